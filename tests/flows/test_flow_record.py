"""A run by hand is recorded where a Prefect API is configured, and goes on whatever that API does."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest

from ingest.errors import IngestError
from ingest.flow_record import PATIENCE_SECONDS, recorded_run
from ingest.outcome import Outcome

SECRETS = ("hunter2", "pnu_secret")


@pytest.fixture
def notices() -> list[str]:
    return []


@pytest.fixture
def configured(server: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setenv("PREFECT_API_URL", server.url)
    return server


@pytest.fixture
def odd_api(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """Something that listens, notes the requests, and answers as a test says; no Prefect API."""

    class Handler(BaseHTTPRequestHandler):
        seen: list[dict[str, str]] = []  # noqa: RUF012
        status, body = 200, b"<html>"

        def do_POST(self) -> None:
            self.seen.append(dict(self.headers))
            self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(self.status)
            self.send_header("Content-Length", str(len(self.body)))
            self.end_headers()
            self.wfile.write(self.body)

        def log_message(self, *_: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Handler) as listener:
        thread = threading.Thread(target=listener.serve_forever, args=(0.05,))
        thread.start()
        monkeypatch.setenv("PREFECT_API_URL", f"http://127.0.0.1:{listener.server_port}/hunter2/api")
        yield Handler
        listener.shutdown()
        thread.join()


def test_a_run_that_ends_well_is_completed(configured: Any, notices: list[str]) -> None:
    with recorded_run("ingest raw/pages by hand", notices.append) as run:
        assert run.flow_run_id
        assert configured.flow_run(run.flow_run_id)["state_type"] == "RUNNING"
        run.message = "18 pages read"
    record = configured.flow_run(run.flow_run_id)
    assert (record["name"], record["state_type"]) == ("ingest raw/pages by hand", "COMPLETED")
    assert record["state"]["message"] == "18 pages read"
    assert notices == []


@pytest.mark.parametrize(
    ("error", "state", "message"),
    [
        (IngestError("The disk is full: free some space."), "FAILED", "The disk is full: free some space."),
        (RuntimeError("token hunter2 refused"), "FAILED", "Ended by RuntimeError."),
        (KeyboardInterrupt(), "CANCELLED", "Stopped by the user."),
    ],
    ids=["told", "unforeseen", "interrupted"],
)
def test_a_run_that_breaks_off_says_how(
    configured: Any, notices: list[str], error: BaseException, state: str, message: str
) -> None:
    with pytest.raises(type(error)), recorded_run("ingest broken off", notices.append) as run:
        raise error
    record = configured.flow_run(run.flow_run_id)
    assert (record["state_type"], record["state"]["message"]) == (state, message)


def test_a_run_that_was_killed_is_crashed_by_the_next(configured: Any, notices: list[str], house: Any) -> None:
    """A killed process leaves its sign of life without the lock that the kernel took back."""
    with recorded_run("ingest killed", notices.append, house.warehouse) as run:
        (sign,) = (house.warehouse.parent / f".{house.warehouse.name}.runs").iterdir()
    configured.ask(f"/flow_runs/{run.flow_run_id}/set_state", state={"type": "RUNNING"}, force=True)
    sign.parent.mkdir()
    sign.touch()
    with recorded_run("ingest next", notices.append, house.warehouse):
        pass
    assert configured.flow_run(run.flow_run_id)["state_name"] == "Crashed"
    assert not sign.exists()
    assert notices == []


def test_a_record_that_came_too_late_for_the_run_is_finished_all_the_same(
    odd_api: Any, notices: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    class Hasty(threading.Thread):
        def join(self, timeout: float | None = None) -> None:
            late.append(self)

    late: list[threading.Thread] = []
    odd_api.seen.clear()
    odd_api.body = json.dumps({"id": "late"}).encode()
    with monkeypatch.context() as impatient:
        impatient.setattr("ingest.flow_record.threading.Thread", Hasty)
        recording = recorded_run("ingest on a busy machine", notices.append)
        run = recording.__enter__()
    assert (run.flow_run_id, len(notices)) == (None, 1)
    threading.Thread.join(late[0], 60)
    recording.__exit__(None, None, None)
    assert len(odd_api.seen) == 3, "a flow, a run, its end"


def test_it_is_the_flow_that_is_scheduled(configured: Any, notices: list[str]) -> None:
    with recorded_run("ingest by hand", notices.append) as run:
        pass
    flow = configured.client.get("/flows/name/ingest-pages").raise_for_status().json()
    assert configured.flow_run(run.flow_run_id)["flow_id"] == flow["id"]


def test_nothing_is_recorded_where_no_api_is_configured(monkeypatch: pytest.MonkeyPatch, notices: list[str]) -> None:
    monkeypatch.delenv("PREFECT_API_URL", raising=False)
    with recorded_run("ingest", notices.append) as run:
        assert run.flow_run_id is None
    assert notices == []


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:9/api", "http://[::1/api", "http://host:port/api", "nonsense", "ftp://x/api"]
)
def test_an_address_where_nothing_answers_is_told_once(
    monkeypatch: pytest.MonkeyPatch, notices: list[str], url: str
) -> None:
    monkeypatch.setenv("PREFECT_API_URL", url)
    with recorded_run("ingest", notices.append) as run:
        assert run.flow_run_id is None
    (notice,) = notices
    assert "cannot be reached" in notice
    assert "not recorded" in notice


@pytest.mark.parametrize(("status", "body"), [(500, b""), (401, b"{}"), (200, b"<html>"), (200, b"[]"), (200, b"{}")])
def test_an_api_of_another_kind_is_told_without_secrets(
    odd_api: Any, monkeypatch: pytest.MonkeyPatch, notices: list[str], status: int, body: bytes
) -> None:
    odd_api.status, odd_api.body = status, body
    monkeypatch.setenv("PREFECT_API_KEY", "pnu_secret")
    with recorded_run("ingest", notices.append) as run:
        assert run.flow_run_id is None
    (notice,) = notices
    assert "127.0.0.1" in notice
    assert not any(secret in notice for secret in SECRETS)


@pytest.mark.parametrize(
    ("name", "value", "header"),
    [
        ("PREFECT_API_KEY", "pnu_secret", "Bearer pnu_secret"),
        ("PREFECT_API_AUTH_STRING", "me:hunter2", "Basic bWU6aHVudGVyMg=="),
    ],
)
def test_what_the_api_asks_for_is_sent(
    odd_api: Any, monkeypatch: pytest.MonkeyPatch, notices: list[str], name: str, value: str, header: str
) -> None:
    monkeypatch.setenv(name, value)
    with recorded_run("ingest", notices.append):
        pass
    assert odd_api.seen[-1]["Authorization"] == header


def test_a_server_that_vanishes_during_the_run_is_told(odd_api: Any, notices: list[str]) -> None:
    odd_api.body = json.dumps({"id": "1"}).encode()
    with recorded_run("ingest", notices.append) as run:
        assert run.flow_run_id == "1"
        odd_api.status = 503
    (notice,) = notices
    assert "unfinished" in notice


def test_an_api_that_never_answers_holds_nothing_up_for_long(
    monkeypatch: pytest.MonkeyPatch, notices: list[str]
) -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        monkeypatch.setenv("PREFECT_API_URL", f"http://127.0.0.1:{silent.getsockname()[1]}/api")
        with recorded_run("ingest", notices.append) as run:
            assert run.flow_run_id is None
    assert len(notices) == 1
    assert PATIENCE_SECONDS <= 5, "a few seconds at most"


def test_the_active_profile_of_prefect_is_honoured(
    server: Any, notices: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As `prefect config set` writes it; the environment wins."""
    profiles = f"""active = "work"
        [profiles.work]
        PREFECT_API_URL = "{server.url}"
        [profiles.other]
        PREFECT_API_URL = "http://127.0.0.1:9/api"
    """
    (tmp_path / "profiles.toml").write_text(profiles)
    monkeypatch.delenv("PREFECT_API_URL", raising=False)
    monkeypatch.setenv("PREFECT_HOME", str(tmp_path))
    with recorded_run("ingest by profile", notices.append) as run:
        pass
    assert server.flow_run(run.flow_run_id)["state_type"] == "COMPLETED"
    assert notices == []
    monkeypatch.setenv("PREFECT_PROFILE", "other")
    with recorded_run("ingest by profile", notices.append) as run:
        assert run.flow_run_id is None
    assert len(notices) == 1
    (tmp_path / "profiles.toml").write_text("active = [")
    with recorded_run("ingest by profile", notices.append) as run:
        assert (run.flow_run_id, len(notices)) == (None, 1)


def test_an_outcome_is_the_name_of_the_final_state(configured: Any, notices: list[str]) -> None:
    with recorded_run("ingest with a source held back", notices.append) as run:
        run.outcome = Outcome.HELD_BACK
    record = configured.flow_run(run.flow_run_id)
    assert (record["state_type"], record["state"]["name"]) == ("COMPLETED", "Held back")
