"""The server that `ingest serve` starts: its database, and what it does with requests that SQLite had no time for."""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from ingest_flows import server as own
from ingest_flows.server import OwnServer, Patient


@pytest.fixture
def with_database(tmp_path: Path) -> OwnServer:
    """A server that has opened its database; no process runs. Its folder has signs that mean something in a URI."""
    folder = tmp_path / "a #1 ?b%20"
    folder.mkdir()
    with closing(sqlite3.connect(folder / "prefect.db")) as connection:
        connection.execute("CREATE TABLE flow_run (id)")
        connection.execute("INSERT INTO flow_run VALUES ('kept')")
        connection.commit()
    server = OwnServer(folder, 0, {})
    server._opened = server._file()
    return server


def test_a_database_that_comes_back_is_as_it_was(with_database: OwnServer) -> None:
    """A connection that is made meanwhile leaves an empty database and its log, which would damage the real one."""
    database = with_database.folder / "prefect.db"
    assert not with_database.has_lost_database
    database.rename(database.with_name("away.db"))
    assert with_database.has_lost_database and with_database.lacks_database
    open_still = sqlite3.connect(database)
    open_still.execute("PRAGMA journal_mode = WAL")
    open_still.execute("BEGIN IMMEDIATE")
    assert Path(f"{database}-wal").exists()
    assert with_database.has_lost_database and not with_database.lacks_database
    with_database.pause()
    assert with_database.is_paused, "it is not told that it ended by itself"
    assert with_database.lacks_database
    assert not Path(f"{database}-wal").exists()
    open_still.close()
    database.with_name("away.db").replace(database)
    assert not with_database.has_lost_database
    with closing(sqlite3.connect(database)) as connection:
        assert connection.execute("SELECT * FROM flow_run").fetchall() == [("kept",)]


def test_another_database_in_its_place_is_kept(with_database: OwnServer) -> None:
    database = with_database.folder / "prefect.db"
    restored = database.with_name("restored.db")
    restored.write_bytes(database.read_bytes())
    restored.replace(database)
    assert with_database.has_lost_database
    with_database.pause()
    assert database.exists()


@pytest.mark.parametrize("content", [b"no database" * 500, None], ids=["no database", "a page is damaged"])
def test_a_damaged_database_is_set_aside(with_database: OwnServer, content: bytes | None) -> None:
    database = with_database.folder / "prefect.db"
    with_database._set_aside_damaged()
    assert with_database.damaged is None, "it is well"
    whole = database.read_bytes()
    damaged = content or whole[:4096] + bytes([255]) * (len(whole) - 4096)
    database.write_bytes(damaged)
    with_database._set_aside_damaged()
    assert not database.exists()
    assert with_database.damaged is not None
    assert with_database.damaged.read_bytes() == damaged


class Busy:
    """An ASGI application that answers 503 some times, as Prefect does, and what it was asked."""

    def __init__(self, times: int, error: Exception | None) -> None:
        self.times, self.error, self.asked = times, error, list[bytes]()

    async def __call__(self, _: Any, receive: Any, send: Any) -> None:
        body, more = b"", True
        while more:
            message = await receive()
            body += message["body"]
            more = message.get("more_body", False)
        self.asked.append(body)
        is_busy = len(self.asked) <= self.times
        await send({"type": "http.response.start", "status": 503 if is_busy else 200, "headers": []})
        await send({"type": "http.response.body", "body": b"busy" if is_busy else b"done"})
        if is_busy and self.error:
            raise self.error  # as starlette does, once it has answered


@pytest.mark.parametrize(("times", "answer"), [(0, (200, b"done")), (2, (200, b"done")), (9, (503, b"busy"))])
@pytest.mark.parametrize("error", [None, sqlite3.OperationalError("database is locked")])
def test_a_request_that_sqlite_had_no_time_for_is_answered_again(
    times: int, answer: tuple[int, bytes], error: Exception | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(own, "_PAUSES", (0, 0, 0))
    application = Busy(times, error)
    parts = [{"body": b"some", "more_body": True}, {"body": b"thing", "more_body": False}]
    sent: list[Any] = []

    async def receive() -> Any:
        return {"type": "http.request", **parts.pop(0)}

    async def send(message: Any) -> None:
        sent.append(message)

    async def asked() -> None:
        await Patient(application)({"type": "http"}, receive, send)

    if error is not None and answer[0] == 503:
        with pytest.raises(sqlite3.OperationalError):
            asyncio.run(asked())
    else:
        asyncio.run(asked())
    assert [message.get("status", message.get("body")) for message in sent] == list(answer)
    assert application.asked == [b"something"] * min(times + 1, 4)
