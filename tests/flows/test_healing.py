"""What heals by itself: runs whose process is gone, and runs that were missed. Asked of a real server."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from ingest_flows import set_environment
from real_server import wait_for

from ingest.lives import alive
from ingest.served import folder_of
from ingest.settings import Settings, load_settings


@pytest.fixture
def settings(house: Any) -> Settings:
    return load_settings(raw=house.raw, warehouse=house.warehouse)


def ask(server: Any, call: Callable[[Any], Awaitable[Any]]) -> Any:
    """What a call of Prefect's client gives, made at the server of these tests."""
    set_environment()
    from prefect.client.orchestration import get_client
    from prefect.settings import PREFECT_API_URL, PREFECT_HOME, temporary_settings

    async def called() -> Any:
        async with get_client() as client:
            return await call(client)

    with temporary_settings({PREFECT_API_URL: server.url, PREFECT_HOME: server.home}):
        return asyncio.run(called())


def deployment(server: Any, **more: Any) -> UUID:
    """A new deployment of a flow, which nobody serves."""
    flow = server.ask("/flows/", name="ingest-pages")
    return UUID(server.ask("/deployments/", name=f"healing-{uuid4()}", flow_id=flow["id"], **more)["id"])


def a_run(server: Any, of: UUID, state: str, name: str | None = None) -> str:
    """A run of a deployment in a state."""
    run = server.ask(f"/deployments/{of}/create_flow_run", state={"type": "SCHEDULED"})
    server.ask(f"/flow_runs/{run['id']}/set_state", state={"type": state, "name": name}, force=True)
    return str(run["id"])


def runs_of(server: Any, of: UUID) -> list[dict[str, Any]]:
    return list(server.ask("/flow_runs/filter", deployments={"id": {"any_": [str(of)]}}))


@contextmanager
def living(settings: Settings, flow_run_id: str) -> Iterator[None]:
    with alive(settings.warehouse, flow_run_id):
        yield


def test_a_run_whose_process_is_gone_is_crashed_and_made_up_once(server: Any, settings: Settings) -> None:
    from ingest_flows import healing

    of = deployment(server)
    lives, died = (a_run(server, of, "RUNNING") for _ in range(2))
    with living(settings, died):
        left = settings.warehouse.parent / f".{settings.warehouse.name}.runs"
        content = (left / died).read_bytes()
    left.mkdir()
    (left / died).write_bytes(content)  # a killed process leaves the file, and the kernel takes its lock
    with living(settings, lives):
        buried = ask(server, lambda client: healing.bury(client, settings, [of], alone=False))
        assert [str(run.id) for run in buried] == [died]
        assert server.flow_run(lives)["state_type"] == "RUNNING"
    assert server.flow_run(died)["state_name"] == "Crashed"
    assert not left.exists()

    server.ask(f"/flow_runs/{lives}/set_state", state={"type": "CRASHED"}, force=True)
    for _ in range(2):
        ask(server, lambda client: healing.make_up(client, [of]))
    assert sorted(run["state_type"] for run in runs_of(server, of)) == ["CRASHED", "CRASHED", "SCHEDULED"]


@pytest.mark.parametrize("alone", [True, False])
def test_a_run_of_another_machine_is_left_to_the_heartbeat(server: Any, settings: Settings, alone: bool) -> None:
    from ingest_flows import healing

    of = deployment(server)
    elsewhere = a_run(server, of, "RUNNING")
    ask(server, lambda client: healing.bury(client, settings, [of], alone=alone))
    assert server.flow_run(elsewhere)["state_type"] == ("CRASHED" if alone else "RUNNING")


def test_only_a_run_that_was_broken_off_is_made_up(server: Any) -> None:
    from ingest_flows import healing

    states = {
        ("COMPLETED", None): False,
        ("COMPLETED", "Held back"): False,
        ("FAILED", None): False,
        ("CANCELLED", None): False,  # a person did that
        ("CRASHED", None): True,
        ("RUNNING", None): False,
    }
    last = {state: deployment(server) for state in states}
    for state, of in last.items():
        a_run(server, of, *state)
    ask(server, lambda client: healing.make_up(client, last.values()))
    assert {state: len(runs_of(server, of)) == 2 for state, of in last.items()} == states


def test_of_the_runs_that_were_missed_the_newest_is_made_and_the_others_say_why_not(server: Any) -> None:
    from ingest_flows import healing

    every_second = {"schedule": {"cron": "* * * * * *", "timezone": "UTC"}, "active": True}
    of = deployment(server, schedules=[every_second])
    wait_for(lambda: len(runs_of(server, of)) > 5)  # Prefect plans them ahead
    now = datetime.now(UTC) + timedelta(seconds=5)

    def due() -> list[dict[str, Any]]:
        return [run for run in runs_of(server, of) if datetime.fromisoformat(run["expected_start_time"]) <= now]

    assert len(due()) > 2
    (said,) = ask(server, lambda client: healing.make_up(client, [of], now))
    states = {run["expected_start_time"]: run["state_name"] for run in due()}
    assert said.startswith(f"{len(states)} runs were missed and one of them is made up")
    assert [states[when] for when in sorted(states)][-1] in ("Scheduled", "Late")
    assert {states[when] for when in sorted(states)[:-1]} == {"Skipped"}
    server.ask(f"/deployments/{of}/pause_deployment")


def test_a_run_that_falls_due_while_its_deployment_is_registered_is_made_up_once(server: Any) -> None:
    from ingest_flows import healing

    schedule = {"schedule": {"cron": "* * * * * *", "timezone": "UTC"}, "active": True}
    of = deployment(server, schedules=[schedule])
    name = server.client.get(f"/deployments/{of}").json()["name"]
    wait_for(lambda: len(runs_of(server, of)) > 5)
    before = ask(server, lambda client: healing.planned(client, [f"ingest-pages/{name}", "ingest-pages/unknown"]))
    server.ask(f"/deployments/{of}/pause_deployment")  # deletes what was planned, as registering does
    later = before[0].expected_start_time
    assert len(before) > 2
    for said in (1, 0):
        sentences = ask(server, lambda client: healing.make_up_lost(client, before, later))
        assert len(sentences) == said
    (made_up,) = server.ask(
        "/flow_runs/filter", deployments={"id": {"any_": [str(of)]}}, flow_runs={"tags": {"all_": [healing.MADE_UP]}}
    )
    assert made_up["state_type"] == "SCHEDULED"


def test_runs_that_pile_up_behind_another_are_one(server: Any) -> None:
    from ingest_flows import healing

    schedule = {"schedule": {"cron": "* * * * * *", "timezone": "UTC"}, "active": True}
    of = deployment(server, schedules=[schedule])
    wait_for(lambda: len(runs_of(server, of)) > 5)
    now = datetime.now(UTC) + timedelta(seconds=3)

    async def submitted(client: Any) -> list[Any]:
        waiting = await client.get_scheduled_flow_runs_for_deployments([of], now + timedelta(seconds=2))
        left, needless = healing.only_newest(waiting, now)
        await healing.skip(client, needless, None)
        return left

    left = ask(server, submitted)
    skipped = [run["state"]["message"] for run in runs_of(server, of) if run["state_name"] == "Skipped"]
    assert set(skipped) == {"Skipped: a later run reads what this one would have."}
    assert sum(run.next_scheduled_start_time <= now for run in left) == 1
    assert len(left) > 1, "those that are due in the next seconds stay"
    server.ask(f"/deployments/{of}/pause_deployment")


def test_each_deployment_has_its_turn_where_runs_take_longer_than_the_time_between_them() -> None:
    from ingest_flows.healing import piles
    from prefect.client.schemas.objects import FlowRun

    north, pages, flow = uuid4(), uuid4(), uuid4()
    now = datetime(2026, 1, 1, 6, 0, 50, tzinfo=UTC)

    def run(of: UUID, second: int, *, is_planned: bool = True) -> Any:
        at = now.replace(second=second)
        return FlowRun(id=uuid4(), flow_id=flow, deployment_id=of, expected_start_time=at, auto_scheduled=is_planned)

    runs = [run(north, 22), run(north, 37), run(pages, 15), run(pages, 45), run(north, 20, is_planned=False)]
    runs += [run(pages, 55)]  # in five seconds
    seconds = [[each.expected_start_time.second for each in pile] for pile in piles(runs, now)]
    assert seconds == [[15, 45], [20], [22, 37], [55]]


def test_the_server_is_told_once_to_crash_runs_without_a_heartbeat(server: Any) -> None:
    from ingest_flows import healing

    for _ in range(2):
        ask(server, healing.watch_heartbeats)
    (automation,) = server.ask("/automations/filter", automations={"name": {"any_": [healing._ZOMBIES]}})
    assert automation["enabled"]
    assert [action["state"] for action in automation["actions"]] == ["CRASHED"]
    assert automation["trigger"]["within"] == 90
    assert "prefect.flow-run.Held back" in automation["trigger"]["expect"], "a run that ended otherwise is not dead"


def test_projects_have_a_database_each() -> None:
    home = Path("/home/somebody/.prefect")
    one, other = (folder_of(home, Path(f"/srv/{name}/warehouse/models.duckdb")) for name in ("models", "copies"))
    assert one != other
    assert one.parent == other.parent == home / "ingest"
    assert one.name.startswith("models-")


def test_a_proxy_has_no_part_between_this_machine_and_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://proxy.example:3128")
    monkeypatch.setenv("NO_PROXY", "intranet.example")
    monkeypatch.delenv("no_proxy", raising=False)
    set_environment()
    assert os.environ["NO_PROXY"] == os.environ["no_proxy"] == "intranet.example,127.0.0.1,localhost"
