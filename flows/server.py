"""The Prefect server that ``ingest serve`` starts for a project, with a database of its own for each project.

``python -m ingest_flows.server FOLDER PORT`` is the process itself. It does what ``prefect server start`` does, in less
time, and ends with the process that started it: its standard input is a pipe that closes then.
"""

from __future__ import annotations

import asyncio
import fcntl
import gc
import json
import os
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Awaitable, Callable, MutableMapping
from contextlib import closing, suppress
from http import HTTPStatus
from importlib.metadata import version
from pathlib import Path
from typing import IO, Any

from ingest.errors import IngestError
from ingest.process import cache_folder, without_collecting
from ingest.served import folder_of, prefect_home, read_record
from ingest.settings import Settings

Message = MutableMapping[str, Any]
Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]

HOST = "127.0.0.1"

_PAUSES = (0.1, 0.2, 0.4, 0.8, 1.6)
"""Seconds between the tries of a request that failed since SQLite was busy."""

_START_SECONDS = 300
"""A server makes its database on its first start: 10 to 27 seconds on two cores, and minutes on a machine that is
busy with other work."""

_STOP_SECONDS = 10

_DATABASES = (
    "PREFECT_API_DATABASE_CONNECTION_URL",
    "PREFECT_SERVER_DATABASE_CONNECTION_URL",
    "PREFECT_SERVER_DATABASE_HOST",
)
"""Settings that name another database than the file of the project."""


_LATE = "PREFECT_SERVER_SERVICES_LATE_RUNS_AFTER_SECONDS"
"""A run that waits for its turn is called late after ten minutes, not after Prefect's 15 seconds. Prefect renames ten
of them at once, each with a connection to SQLite, which has one writer: the server stood still for a minute."""


class ServerError(IngestError):
    """The server cannot be started."""


class TakenError(ServerError):
    """Another ``ingest serve`` has the project."""


class OwnServer:
    """A Prefect server of one project, on this machine. ``folder`` has its database, its log and who runs it."""

    def __init__(self, folder: Path, port: int, environment: dict[str, str]) -> None:
        self.folder = folder
        self.port = port
        self._environment = environment
        self._process: subprocess.Popen[bytes] | None = None
        self._lock: IO[str] | None = None
        self._opened: int | None = None
        self.is_paused = False
        """Whether its process was ended by :meth:`pause`, and did not end by itself."""
        self.damaged: Path | None = None
        """Where a database that was damaged lies now. A new one was begun in its place."""
        self.was_killed: int | None = None
        """The process of the `ingest serve` before, where it did not end this server."""

    @property
    def url(self) -> str:
        """The address of its API."""
        return f"http://{HOST}:{self.port}/api"

    @property
    def log(self) -> Path:
        """Its output since its last start."""
        return self.folder / "server.log"

    @property
    def is_running(self) -> bool:
        """Whether its process is there."""
        return self._process is not None and self._process.poll() is None

    def begin(self) -> None:
        """Take the project and start the process; :meth:`wait` says when it answers.

        A server that a killed ``ingest serve`` left behind is ended first. Raises :class:`ServerError` where another
        ``ingest serve`` has the project, the port is taken, or the folder cannot be written.
        """
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            self._take()
        except OSError as error:
            raise ServerError(
                f"Cannot write in {str(self.folder)!r}: {error.strerror}; set PREFECT_HOME to a folder for Prefect's "
                "data."
            ) from None
        self._end_orphan()
        self.port = free_port(self.port)
        self._launch()

    def wait(self) -> None:
        """Wait until it answers. Raises :class:`ServerError` where it ends or takes too long."""
        import httpx

        until = time.monotonic() + _START_SECONDS
        with httpx.Client(timeout=2, trust_env=False) as client:  # no proxy between this machine and itself
            while time.monotonic() < until:
                if not self.is_running:
                    status = self._process.returncode if self._process else None
                    raise ServerError(
                        f"The Prefect server ended while it started (status {status}): see {str(self.log)!r}."
                    )
                with suppress(httpx.HTTPError):  # not there yet
                    if client.get(f"{self.url}/health").is_success:
                        self._keep_tables()
                        self._opened = self._file()
                        return
                time.sleep(0.1)
        raise ServerError(f"The Prefect server was not healthy after {_START_SECONDS} seconds: see {str(self.log)!r}.")

    def start_again(self) -> None:
        """Start the process again on the same port after it ended. Raises :class:`ServerError`.

        A database that is damaged is set aside, and a new one is begun: the runs that are due are made all the same.
        """
        self._set_aside_damaged()
        self._launch()
        self.wait()

    def restart(self) -> None:
        """End the process, however it hangs, and start it again on the same port. Raises :class:`ServerError`."""
        self._end_process()
        self.start_again()

    @property
    def has_lost_database(self) -> bool:
        """Whether the file that it opened is no longer where it was: it was moved or removed, or another one came."""
        return self._opened is not None and self._file() != self._opened

    @property
    def lacks_database(self) -> bool:
        """Whether there is no file of a database that it had before."""
        return self._opened is not None and self._file() is None

    def pause(self) -> None:
        """End the process, since its database is gone. :meth:`start_again` or :meth:`restart` takes it up again.

        SQLite makes an empty file for each new connection meanwhile. That one is removed with its log: the log would
        damage the database when its file comes back.
        """
        self._end_process()
        self.is_paused = True
        if self.has_lost_database and _is_empty(self._database):
            self._remove_files()

    def _remove_files(self) -> None:
        for end in ("", "-wal", "-shm"):
            Path(f"{self._database}{end}").unlink(missing_ok=True)

    def _file(self) -> int | None:
        """What tells the file of the database from others; None where there is none."""
        if self._is_elsewhere:
            return None
        try:
            return self._database.stat().st_ino
        except OSError:
            return None

    def _set_aside_damaged(self) -> None:
        if self._is_elsewhere or not _is_damaged(self._database):
            return
        self.damaged = self._database.with_name("prefect.db.damaged")
        with suppress(OSError):
            self._database.replace(self.damaged)
            self._remove_files()

    @property
    def _is_elsewhere(self) -> bool:
        """Whether the settings name another database than the file of the project."""
        return any(name in self._environment for name in _DATABASES)

    def _end_process(self) -> None:
        if self._process is not None:
            self._process.terminate()
            try:
                self._process.wait(_STOP_SECONDS)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()

    def end(self) -> None:
        """End the process and give the project back."""
        if self._process is not None:
            self._end_process()
            self._process = None
            with suppress(OSError):
                (self.folder / "server.json").unlink()
        if self._lock is not None:
            self._lock.close()
            self._lock = None

    @property
    def _database(self) -> Path:
        return self.folder / "prefect.db"

    @property
    def _migrated(self) -> Path:
        """Says which version of Prefect made the tables of the database."""
        return self.folder / "migrated"

    def _take(self) -> None:
        """Hold the lock of the project. It ends with this process."""
        self._lock = (self.folder / "serve.lock").open("a+", encoding="utf-8")
        until = time.monotonic() + 5  # one that is just ending
        while True:
            try:
                fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                return
            except BlockingIOError:
                if time.monotonic() > until:
                    break
                time.sleep(0.1)
        known = read_record(self.folder)
        self._lock.close()
        self._lock = None
        raise TakenError(
            f"Another `ingest serve` (process {known.get('serve_pid', 'unknown')}) runs this project, with its server "
            f"at http://{HOST}:{known.get('port', '?')}: use that one, or end it first."
        )

    def _end_orphan(self) -> None:
        """End the server of a killed ``ingest serve`` of this project: whoever holds the lock is its only owner."""
        known = read_record(self.folder)
        pid = int(known.get("server_pid", 0))
        self.was_killed = known.get("serve_pid")
        if not pid or not self._is_ours(pid):
            return
        for how, seconds in ((signal.SIGTERM, 5.0), (signal.SIGKILL, 5.0)):
            with suppress(ProcessLookupError):
                os.kill(pid, how)
            until = time.monotonic() + seconds
            while time.monotonic() < until:
                if not self._is_ours(pid):
                    return
                time.sleep(0.05)

    def _is_ours(self, pid: int) -> bool:
        """Whether the process is a server of this folder: its arguments say so, since ids are used again."""
        said = subprocess.run(
            ["ps", "-o", "stat=,args=", "-p", str(pid)], capture_output=True, text=True, check=False
        ).stdout.strip()
        return "ingest_flows.server" in said and str(self.folder) in said and not said.startswith("Z")

    def _keep_tables(self) -> None:
        """Note that the tables are made, and keep a copy of a new database for the next project."""
        if self.has_tables():
            return
        self._migrated.write_text(_made_by(), "utf-8")
        with suppress(OSError, sqlite3.Error, RuntimeError):  # a cache that cannot be written
            kept = _template()
            if kept.exists() or not self._database.exists():
                return
            kept.parent.mkdir(parents=True, exist_ok=True)
            unfinished = kept.with_name(f"{kept.name}.{os.getpid()}")
            with closing(sqlite3.connect(self._database)) as source, closing(sqlite3.connect(unfinished)) as copy:
                source.backup(copy)
            unfinished.replace(kept)

    def _begin_with_tables(self) -> None:
        """Let a new database begin as a copy of one that has its tables: making them takes 10 seconds."""
        if self._database.exists():
            return
        with suppress(OSError, RuntimeError):
            shutil.copyfile(_template(), self._database)
            self._migrated.write_text(_made_by(), "utf-8")

    def has_tables(self) -> bool:
        """Whether this version of Prefect made the tables of the database, so that the server starts in seconds."""
        try:
            return self._migrated.read_text("utf-8") == _made_by() and self._database.exists()
        except OSError:
            return False

    def _launch(self) -> None:
        command = [sys.executable, "-m", "ingest_flows.server", str(self.folder), str(self.port)]
        environment = (
            {_LATE: "600"} | self._environment | {"PREFECT_HOME": str(self.folder), "PREFECT_API_URL": self.url}
        )
        if not self._is_elsewhere:
            self._begin_with_tables()
            if self.has_tables():
                environment.setdefault("PREFECT_SERVER_DATABASE_MIGRATE_ON_START", "false")
        with self.log.open("wb") as output:
            # A session of its own: Ctrl-C in the terminal must not end it before the runs that talk to it.
            self._process = subprocess.Popen(
                command,
                env=environment,
                stdin=subprocess.PIPE,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self.is_paused = False
        record = {"serve_pid": os.getpid(), "server_pid": self._process.pid, "port": self.port}
        (self.folder / "server.json").write_text(json.dumps(record), "utf-8")


def for_project(settings: Settings, port: int) -> OwnServer:
    """The server of a project, not yet begun. Its runs are kept for as long as the settings say."""
    kept = {
        "PREFECT_SERVER_SERVICES_DB_VACUUM_ENABLED": "events,flow_runs",
        "PREFECT_SERVER_SERVICES_DB_VACUUM_RETENTION_PERIOD": str(settings.keep_runs_days * 86400),
    }
    return OwnServer(folder_of(prefect_home(os.environ), settings.warehouse), port, kept | dict(os.environ))


def _uri(database: Path, mode: str) -> str:
    """The file for SQLite, in the given mode (https://www.sqlite.org/uri.html), whatever signs its path has."""
    return f"{database.absolute().as_uri()}?mode={mode}"


def _is_empty(database: Path) -> bool:
    """Whether a database is there and has no table."""
    with suppress(sqlite3.Error), closing(sqlite3.connect(_uri(database, "ro"), uri=True)) as connection:
        return connection.execute("SELECT count(*) FROM sqlite_master").fetchall() == [(0,)]
    return False


def _is_damaged(database: Path) -> bool:
    """Whether SQLite calls a database damaged, or none at all. One that is locked or absent is not."""
    try:
        with closing(sqlite3.connect(_uri(database, "rw"), uri=True)) as connection:
            return connection.execute("PRAGMA quick_check(1)").fetchall() != [("ok",)]
    except sqlite3.OperationalError:
        return False
    except sqlite3.DatabaseError:
        return True


def free_port(port: int) -> int:
    """``port``, or a free one for 0. Raises :class:`ServerError` where it is taken."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError as error:
            raise ServerError(
                f"Port {port} cannot be used ({error.strerror}): name another with --port, or, where a Prefect server "
                f"runs there, set PREFECT_API_URL=http://{HOST}:{port}/api."
            ) from None
        return int(probe.getsockname()[1])


def _made_by() -> str:
    return version("prefect")


def _template() -> Path:
    """A database of Prefect with its tables and nothing in them, kept in the user's cache. Deleting it is safe.

    Raises RuntimeError where there is no home folder.
    """
    return cache_folder() / f"prefect-{_made_by()}.db"


def _end_with_parent() -> None:
    """Wait until whoever started this process is gone, then end."""
    sys.stdin.buffer.read()
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(_STOP_SECONDS)
    os._exit(1)


class Patient:
    """An ASGI application that answers a request again which failed since SQLite was busy with another one.

    Prefect answers 503 then, and its own client asks again. Its UI and other clients do not. Nothing was changed by a
    request that is answered so, since its transaction was rolled back.
    """

    def __init__(self, application: Application) -> None:
        self._application = application

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection (https://asgi.readthedocs.io/en/latest/specs/www.html)."""
        if scope["type"] != "http":
            await self._application(scope, receive, send)
            return
        body = [await receive()]
        while body[-1].get("more_body"):
            body.append(await receive())
        for pause in (*_PAUSES, None):
            answer = _Answer(send, may_refuse=pause is not None)
            try:
                await self._application(dict(scope), _again(body, receive), answer.take)
            except Exception:
                if not answer.is_refused:
                    raise
            if pause is None or not answer.is_refused:
                return
            await asyncio.sleep(pause)


class _Answer:
    """What an application sends. With ``may_refuse``, an answer that it was busy is kept back."""

    def __init__(self, send: Send, *, may_refuse: bool) -> None:
        self._send = send
        self._may_refuse = may_refuse
        self.is_refused = False

    async def take(self, message: Message) -> None:
        """Pass a message on."""
        if message["type"] == "http.response.start":
            self.is_refused = self._may_refuse and message["status"] == HTTPStatus.SERVICE_UNAVAILABLE
        if not self.is_refused:
            await self._send(message)


def _again(body: list[Message], receive: Receive) -> Receive:
    """``receive``, with a body that was received already before what comes next."""
    left = iter(body)

    async def received() -> Message:
        return next(left, None) or await receive()

    return received


def main(port: int) -> None:
    """Serve Prefect's API and UI on ``port`` until a signal comes or the starting process is gone."""
    threading.Thread(target=_end_with_parent, daemon=True).start()
    with without_collecting():  # a fifth of the start
        import uvicorn
        from prefect.server.api.server import create_app

        app = create_app(final=True)
        gc.freeze()
    uvicorn.run(Patient(app), host=HOST, port=port, timeout_keep_alive=5, log_level="warning")


if __name__ == "__main__":
    main(int(sys.argv[2]))
