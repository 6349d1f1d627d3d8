"""`ingest serve` runs the job on its schedule, and ends what it started and nothing else."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import time
from datetime import UTC, datetime, timedelta
from itertools import takewhile
from typing import Any

import httpx
import pytest
from hook import Hook
from real_server import free_port, quiet, wait_for

from ingest.errors import IngestError
from ingest.publish import writer_lock
from ingest.settings import load_settings

EVERY_TWO_SECONDS = "* * * * * */2"
"""Cron with a sixth field, the seconds: a schedule that fires while a test waits."""


def test_a_scheduled_run_fires_and_loads_a_page(sampled: Any, server: Any, tmp_path: Any) -> None:
    """Whatever another user left where Prefect's runner keeps its files, `/tmp/runner_storage`."""
    (tmp_path / "runner_storage").touch(0)
    before = {run["id"] for run in server.flow_runs()}
    process = _serve(sampled, server.environment | {"TMPDIR": str(tmp_path)}, "--cron", EVERY_TWO_SECONDS)
    try:
        run = wait_for(lambda: _scheduled(server, "COMPLETED", before), process)
    finally:
        output = _end(process)
    assert process.returncode == 0, output
    assert sampled.values("SELECT count(*) FROM models") == [5]
    assert run["id"] in sampled.values("SELECT flow_run_id FROM runs")
    assert run["auto_scheduled"]
    assert server.is_healthy(), "a server that was there before is not taken along"
    assert _scheduled(server, "RUNNING", before) is None
    server.ask(f"/deployments/{run['deployment_id']}/pause_deployment")  # else runs pile up for the tests that follow


def test_without_a_server_it_starts_one_that_heals_and_ends_it(sampled: Any, tmp_path: Any) -> None:
    port, home = free_port(), tmp_path / "prefect"
    proxied = quiet(home) | {"HTTP_PROXY": "http://127.0.0.1:9", "http_proxy": "http://127.0.0.1:9"}
    killed = _serve(sampled, proxied, "--port", str(port))
    (orphan,) = wait_for(lambda: _descendants(killed.pid), killed)
    with httpx.Client(base_url=f"http://127.0.0.1:{port}/api", timeout=5, trust_env=False) as client:
        wait_for(lambda: _deployment(client), killed)
        refused = _serve(sampled, quiet(home), "--port", str(free_port()))
        assert f"Another `ingest serve` (process {killed.pid}) runs this project" in refused.communicate(timeout=300)[0]
        killed.kill()
        killed.communicate()

        process = _serve(sampled, quiet(home), "--port", str(port))  # at once: its server may still hold the port
        deployment = wait_for(lambda: _is_alive(process.pid) and not _is_alive(orphan) and _deployment(client))
        assert client.get(f"http://127.0.0.1:{port}/ui-settings").json()["api_url"] == "/api", "its UI asks itself"
        (server,) = _descendants(process.pid)
        os.kill(server, signal.SIGKILL)
        wait_for(lambda: not _deployment(client), process)
        wait_for(lambda: _deployment(client), process)
    output = _end(process)
    assert process.returncode == 0, output
    assert f"http://127.0.0.1:{port}" in output
    assert "The Prefect server ended by itself; it is started again." in output
    assert [(s["schedule"]["cron"], s["schedule"]["timezone"]) for s in deployment["schedules"]] == [
        ("0 6 * * *", "UTC")
    ]
    assert not _is_alive(server)
    assert not deployment["paused"]
    (project,) = (home / "ingest").iterdir()
    assert (project / "prefect.db").exists(), "a project has a database of its own"


def test_runs_that_fall_due_while_it_is_stopped_are_made_up_by_one(sampled: Any, server: Any) -> None:
    before = {run["id"] for run in server.flow_runs()}

    def begun() -> list[str]:
        runs = server.flow_runs(state={"type": {"any_": ["RUNNING", "COMPLETED"]}}, tags={"all_": ["ingest serve"]})
        return [run["expected_start_time"] for run in runs if run["id"] not in before]

    process = _serve(sampled, server.environment, "--cron", EVERY_TWO_SECONDS)
    wait_for(begun, process)
    _end(process)
    known = server.ask("/deployments/filter")
    assert not any(each["paused"] for each in known if each["name"] == "scheduled"), "others may serve it"
    stopped = datetime.now(UTC)
    time.sleep(5)  # two ticks or three
    process = _serve(sampled, server.environment, "--cron", "0 6 1 1 *")
    try:
        wait_for(lambda: [due for due in begun() if datetime.fromisoformat(due) > stopped], process)
        time.sleep(3)  # no second one comes
        made_up = [due for due in begun() if datetime.fromisoformat(due) > stopped]
    finally:
        output = _end(process)
    assert len(made_up) == 1, output
    assert "runs were missed and one of them is made up" in output
    assert "ingest-pages/scheduled runs at '0 6 1 1 *' (UTC)." in output


def test_each_schedule_is_told(house: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    from ingest_flows import serving

    monkeypatch.setenv("INGEST_SOURCES", "models-dev")
    settings = load_settings(raw=house.raw, warehouse=house.warehouse, schedule="0 6 1 1 *")
    serving.Service(settings, serving.scheduled(settings, {}), "http://127.0.0.1:9/api")._tell([])
    told = capsys.readouterr().out.splitlines()
    assert told[0] == "ingest-pages/scheduled runs at '0 6 1 1 *' (UTC)."
    assert told[1].startswith("ingest-source/models-dev runs at '")


def test_a_run_whose_process_is_killed_is_told_and_made_up(sampled: Any, make_house: Any, server: Any) -> None:
    """While it waits for the lock. A second project on the same server is warned that both serve its deployment."""
    with Hook() as hook:
        environment = server.environment | {"INGEST_ALERT_TO": hook.url}
        process = _serve(sampled, environment, "--cron", "0 6 1 1 *")
        try:
            with writer_lock(sampled.warehouse, 0, lambda _: None):
                deployment = wait_for(lambda: _polled(server), process)
                run = server.ask(f"/deployments/{deployment['id']}/create_flow_run", state={"type": "SCHEDULED"})
                wait_for(lambda: server.flow_run(run["id"])["state_type"] == "RUNNING", process)
                second = _serve(make_house(), server.environment, "--cron", "0 6 1 1 *")
                warned = "".join(takewhile(lambda line: "Ctrl-C ends" not in line, second.stdout or ()))
                _end(second)
                for engine in _descendants(process.pid):
                    os.kill(engine, signal.SIGKILL)
                (told,) = wait_for(lambda: hook.messages, process)
            is_made_up = {"all_": ["made up"]}
            wait_for(lambda: server.flow_runs(state={"type": {"any_": ["COMPLETED"]}}, tags=is_made_up), process)
            wait_for(lambda: len(hook.messages) == 2, process)
        finally:
            output = _end(process)
    assert server.flow_run(run["id"])["state_name"] == "Crashed", output
    assert re.fullmatch(
        r"\[ingest\] (ingest \S+ \S+|A run of ingest-pages due at \S+ UTC) was broken off", told["subject"]
    )
    assert hook.messages[1]["subject"] == told["subject"].replace("[ingest] ", "[ingest] Well again: ")
    assert "Warning: ingest-pages/scheduled is served by another process too" in warned


def test_a_schedule_that_is_none_and_a_port_that_is_taken_are_told_in_one_sentence(house: Any, server: Any) -> None:
    from ingest_flows import serving

    settings = load_settings(raw=house.raw, warehouse=house.warehouse, schedule="whenever")
    with pytest.raises(IngestError, match="'whenever' is no cron"):
        serving.serve(settings, {}, None, None)
    taken = httpx.URL(server.url).port
    process = _serve(house, quiet(house.root / "prefect"), "--port", str(taken))
    output = process.communicate(timeout=300)[0]
    assert process.returncode == 1
    assert output.count("\n") == 1, output
    assert f"Port {taken}" in output


def _serve(house: Any, environment: dict[str, str], *arguments: str) -> subprocess.Popen[str]:
    options = house.process_options()
    process: subprocess.Popen[str] = house.start(
        "serve", *arguments, env=options["env"] | environment, stderr=subprocess.STDOUT
    )
    return process


def _end(process: subprocess.Popen[str]) -> str:
    """Tell it to end as a service manager does; what it said."""
    process.send_signal(signal.SIGTERM)
    try:
        return process.communicate(timeout=300)[0]
    except subprocess.TimeoutExpired:
        process.kill()
        raise


def _scheduled(server: Any, state: str, before: set[str]) -> dict[str, Any] | None:
    """A scheduled run in a state that is not one of those ``before``, which other tests left."""
    runs = server.flow_runs(state={"type": {"any_": [state]}}, tags={"all_": ["ingest serve"]})
    return next((run for run in runs if run["id"] not in before), None)


def _polled(server: Any) -> dict[str, Any] | None:
    """The deployment, once somebody asked for its runs in the last seconds."""
    found = _deployment(server.client)
    polled = found and found["last_polled"]
    is_young = polled and datetime.fromisoformat(polled) > datetime.now(UTC) - timedelta(seconds=20)
    return found if is_young else None


def _deployment(client: httpx.Client) -> dict[str, Any] | None:
    try:
        answer = client.get("/deployments/name/ingest-pages/scheduled")
    except httpx.HTTPError:
        return None
    return answer.json() if answer.is_success else None


def _descendants(pid: int) -> set[int]:
    """The processes below one, however they are grouped."""
    listed = subprocess.run(["ps", "-Ao", "pid=,ppid="], capture_output=True, text=True, check=True).stdout
    parents = {int(child): int(parent) for child, parent in map(str.split, listed.splitlines())}
    found: set[int] = set()
    while more := {child for child, parent in parents.items() if parent in found | {pid}} - found:
        found |= more
    return {child for child in found if _is_alive(child)}


def _is_alive(pid: int) -> bool:
    for _ in range(20):  # a process that has just ended may wait for its parent to notice
        state = subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True, check=False)
        if not state.stdout.strip() or state.stdout.startswith("Z"):
            return False
        time.sleep(0.05)
    return True
