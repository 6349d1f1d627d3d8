"""The faults: how each is injected and mended, and which alert it must bring."""

from __future__ import annotations

import asyncio
import fcntl
import os
import shutil
import signal
import socket
import sqlite3
import subprocess
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from project import MODELS, NothingCameError, Project, feed, page, wait_for
from server import Answer

Act = Callable[[Project, int], None]

SECONDS_AWAY = 60
"""How long Prefect's database is away."""

SECONDS_BACK = 40
"""How far the clock goes back."""


@dataclass(frozen=True)
class Fault:
    """One fault. ``alert`` is part of the subject of the one message that it brings, "" where it brings none.

    ``ends``: a second message says when it is well again. ``where`` is what it breaks: two faults of different inputs
    can be met by one round. ``why_not`` says why it cannot be made here.
    """

    name: str
    where: str
    act: Act
    alert: str
    ends: bool = True
    mend: Act = lambda _project, _number: None
    or_else: str = ""
    """What the subject has where a run was just about to begin. A second message says then when it is well again."""
    why_not: Callable[[], str | None] = lambda: None

    def is_told_by(self, message: str) -> bool:
        """Whether a message is the alert of this fault."""
        return any(part and part in message for part in (self.alert, self.or_else))

    def wells(self, alerts: Sequence[str]) -> int:
        """How many messages say that it is well again, after these alerts."""
        return 1 if self.or_else and any(self.or_else in each for each in alerts) else int(self.ends)


# The source on the web.


def _answers(answer: Callable[[int], Answer]) -> Act:
    def act(project: Project, number: int) -> None:
        project.web.routes["/models.json"] = answer(number)

    return act


def _data(body: bytes, **more: object) -> Answer:
    return Answer(body, media_type="application/json", **more)  # type: ignore[arg-type]


async def _silence() -> AsyncIterator[bytes]:
    await asyncio.sleep(30)
    yield b""


def _forbids(project: Project, _number: int) -> None:
    project.web.routes["/robots.txt"] = Answer(b"User-agent: *\nDisallow: /\n", media_type="text/plain")


def _allows(project: Project, _number: int) -> None:
    project.web.routes.pop("/robots.txt", None)


def _mute_hook(project: Project, number: int) -> None:
    """The webhook is down while the source fails: the alert comes once it answers again."""
    project.hook.status = 500
    project.web.routes["/models.json"] = Answer(status=500)
    project.wait_for_runs()
    project.hook.status = 200


LOGIN = b"<html><title>Sign in</title><h1>Sign in</h1><form><input name=user><input type=password></form></html>"

OF_THE_SOURCE = [
    Fault("the source answers 500", "source", _answers(lambda _: Answer(b"oops", status=500)), "north"),
    Fault("the source answers 404", "source", _answers(lambda _: Answer(b"gone", status=404)), "north"),
    Fault("the source answers 429", "source",
          _answers(lambda _: Answer(status=429, headers={"Retry-After": "20"})), "north"),
    Fault("half of a file comes", "source",
          _answers(lambda n: _data(feed(n)[: len(feed(n)) // 2], length=len(feed(n)), cut=True)), "north"),
    Fault("half of a file comes as if it were whole", "source",
          _answers(lambda n: _data(feed(n)[: len(feed(n)) // 2])), "north"),
    Fault("the source lists half of its models", "source", _answers(lambda n: _data(feed(n, MODELS // 2))), "north"),
    Fault("a login page comes with 200", "source", _answers(lambda _: Answer(LOGIN)), "north"),
    Fault("nothing comes with 200", "source", _answers(lambda _: _data(b"")), "north"),
    Fault("the source never answers", "source", _answers(lambda _: Answer(pieces=_silence)), "north"),
    Fault("the source redirects in a circle", "source",
          _answers(lambda _: Answer(status=302, headers={"Location": "/models.json"})), "north"),
    Fault("robots.txt forbids the source", "source", _forbids, "north", mend=_allows),
    Fault("the source fails and the webhook too", "source", _mute_hook, "north"),
]  # fmt: skip


# Files under raw/.


def _page(content: Callable[[int], bytes]) -> Act:
    def act(project: Project, number: int) -> None:
        (project.pages / "sparrow.txt").write_bytes(content(number))

    return act


def _added(name: str, content: Callable[[int], bytes]) -> tuple[Act, Act]:
    """What writes a file below raw/, and what removes it."""

    def act(project: Project, number: int) -> None:
        path = project.raw / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content(number))

    return act, lambda project, _number: (project.raw / name).unlink()


def warc(number: int) -> bytes:
    """A WARC file with one page."""
    body = page(number, "Wren 2").encode()
    http = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: %d\r\n\r\n" % len(body) + body
    head = (
        f"WARC/1.0\r\nWARC-Type: response\r\nWARC-Record-ID: <urn:uuid:00000000-0000-4000-8000-{number:012}>\r\n"
        f"WARC-Target-URI: https://models.test/wren\r\nWARC-Date: 2026-01-01T00:00:{number % 60:02}Z\r\n"
        f"Content-Type: application/http; msgtype=response\r\nContent-Length: {len(http)}\r\n\r\n"
    )
    return head.encode() + http + b"\r\n\r\n"


def _unreadable(project: Project, _number: int) -> None:
    """A file that even root cannot read: a link that leads to itself."""
    path = project.pages / "loop.txt"
    path.unlink(missing_ok=True)
    path.symlink_to("loop.txt")


def _forbidden(project: Project, number: int) -> None:
    path = project.pages / "secret.txt"
    path.write_text(page(number, "Wren 3"))
    path.chmod(0)


def _removed(name: str) -> Act:
    return lambda project, _number: (project.pages / name).unlink()


def _is_root() -> str | None:
    return "root may read every file" if os.geteuid() == 0 else None


def _with_file(fault: str, alert: str, name: str, content: Callable[[int], bytes]) -> Fault:
    act, mend = _added(name, content)
    return Fault(fault, "files", act, alert, ends=bool(alert), mend=mend)


def of_a_day_to_come(number: int) -> bytes:
    """A page that is as good as those of the round."""
    return page(number, "Wren 4").encode()


OF_FILES = [
    Fault("a page turns into a login page", "files", _page(lambda _: LOGIN), "sparrow"),
    Fault("a page is empty", "files", _page(lambda _: b""), "sparrow"),
    Fault("a page breaks off in its middle", "files", _page(lambda n: page(n).encode()[:300]), "sparrow"),
    Fault("a page is bytes of no text", "files", _page(lambda _: bytes(range(256)) * 40), "sparrow"),
    _with_file("a WARC file is none", "bad.warc", "pages/bad.warc", lambda _: b"no warc\r\n" * 9),
    _with_file("a WARC file breaks off", "cut.warc", "pages/cut.warc", lambda n: warc(n)[:-200]),
    Fault("a file cannot be read", "files", _forbidden, "secret.txt", mend=_removed("secret.txt"), why_not=_is_root),
    Fault("a link leads to itself", "files", _unreadable, "loop.txt", mend=_removed("loop.txt")),
    # its pages are read, as of the day on which they came, and a check says so
    _with_file("a folder is of a day to come", "", "2031-01-01/wren.txt", of_a_day_to_come),
]


# What all runs need.


def _take_lock(project: Project, _number: int) -> None:
    """Another process holds the lock of the warehouse for as long as the runs of a round take."""
    path = project.warehouse.with_name(f".{project.warehouse.name}.lock")
    with path.open("a+") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        project.wait_for_runs()


def _fill(project: Project, _number: int) -> None:
    """Fill the disk of the project, for as long as the runs of a round take."""
    path = project.root / "fill"
    try:
        with path.open("wb", buffering=0) as file:
            while True:
                file.write(b"\0" * 65536)
    except OSError:
        pass
    try:
        project.wait_for_runs()
    finally:
        path.unlink()


def _misspell(project: Project, _number: int) -> None:
    path = project.root / "ingest.toml"
    path.write_text('shedule = "0 6 * * *"\n')
    try:
        project.wait_for_runs()
    finally:
        path.unlink()


def can_mount() -> str | None:
    """Why a disk of its own cannot be had for the project; None where it can."""
    if os.geteuid() != 0:
        return "only root may mount a disk that can be filled"
    done = subprocess.run(
        ["unshare", "--mount", "mount", "-t", "tmpfs", "none", "/mnt"], capture_output=True, check=False
    )
    return None if done.returncode == 0 else f"a tmpfs cannot be mounted: {done.stderr.decode().strip()}"


OF_ALL = [
    Fault("another process holds the lock", "all", _take_lock, "failed"),
    Fault("the disk is full", "all", _fill, "failed", why_not=can_mount),
    Fault("ingest.toml has a setting that is none", "all", _misspell, "failed"),
]


# Processes.


def _kill_serve(project: Project, _number: int) -> None:
    """`ingest serve` alone is killed while a run is under way, and started again by its service manager."""
    project.engine_pid()
    project.stop(signal.SIGKILL)
    project.start()


def _kill_idle_serve(project: Project, _number: int) -> None:
    """`ingest serve` alone is killed while nothing runs."""
    project.engine_pid()
    wait_for(lambda: not any("flow-run" in said or "engine" in said for said in project.processes().values()), 180,
             "the end of a run")  # fmt: skip
    project.stop(signal.SIGKILL)
    project.start()


def _kill_server(project: Project, _number: int) -> None:
    os.kill(project.server_pid(), signal.SIGKILL)


def _kill_server_in_run(project: Project, _number: int) -> None:
    project.engine_pid()
    os.kill(project.server_pid(), signal.SIGKILL)


def _kill_engine(project: Project, _number: int) -> None:
    os.kill(project.engine_pid(), signal.SIGKILL)


def _end_engine(project: Project, _number: int) -> None:
    os.kill(project.engine_pid(), signal.SIGTERM)


def _power_cut(project: Project, _number: int) -> None:
    """All processes are gone at once while a run is under way."""
    project.engine_pid()
    assert project.process is not None
    for pid in (project.process.pid, *project.processes()):
        os.kill(pid, signal.SIGKILL)
    project.ended()
    project.start()


def _stop(how: signal.Signals) -> Act:
    """It is stopped in order while a run is under way, and started again after a run was due."""

    def act(project: Project, _number: int) -> None:
        project.engine_pid()
        status = project.stop(how)
        if status != 0:
            raise NothingCameError(f"ingest serve ended with status {status}, not 0")
        time.sleep(project.period * 1.2)
        project.start()

    return act


def _take_port(project: Project, _number: int) -> None:
    """It is stopped, and another program has its port: started twice, as a service manager does."""
    project.stop()
    with socket.socket() as other:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        other.bind(("127.0.0.1", project.port))
        other.listen()
        for _ in range(2):
            project.launch()
            if project.ended() != 1:
                raise NothingCameError("ingest serve took a port that another program has")
    project.start()


def _lock_database(project: Project, _number: int) -> None:
    """Another process locks Prefect's database for a minute."""
    with closing(
        sqlite3.connect(project.folder_of_server / "prefect.db", timeout=30, isolation_level=None)
    ) as connection:
        connection.execute("BEGIN EXCLUSIVE")
        time.sleep(SECONDS_AWAY)
        connection.execute("ROLLBACK")


def _move_database(project: Project, _number: int) -> None:
    """Prefect's database is away for a minute, and comes back."""
    path = project.folder_of_server / "prefect.db"
    away = path.with_name("away.db")
    path.rename(away)
    time.sleep(SECONDS_AWAY)
    away.replace(path)


def _stop_postgres(project: Project, _number: int) -> None:
    """Prefect's PostgreSQL is stopped for a minute."""
    assert project.postgres is not None
    project.postgres.stop()
    time.sleep(SECONDS_AWAY)
    project.postgres.start()


def _no_compiler() -> str | None:
    return None if shutil.which("cc") else "there is no C compiler for the library that changes the clock"


def _wrong_clock(project: Project) -> Path:
    """The library that changes the clock of the wall of a process (``clock.c``)."""
    library = project.root.parent / "clock.so"
    source = Path(__file__).with_name("clock.c")
    subprocess.run(["cc", "-shared", "-fPIC", "-O1", "-o", str(library), str(source)], check=True)
    return library


def _turn_clock_back(project: Project, _number: int) -> None:
    """Everything is started anew with a clock that goes wrong, and again with the right one."""
    project.stop()
    stopped = datetime.now(UTC)
    project.clock_shown_again.append((stopped - timedelta(seconds=SECONDS_BACK), stopped))
    project.clock = {"LD_PRELOAD": str(_wrong_clock(project)), "CLOCK_OFFSET": str(-SECONDS_BACK)}
    project.start()
    before = datetime.now(UTC).timestamp() - SECONDS_BACK
    since = datetime.fromtimestamp(before, UTC)
    wait_for(lambda: sum(1 for _ in project.made(since)) >= 2, 300, "two runs with the clock turned back")
    project.stop()
    project.clock = {}
    project.start()


OF_PROCESSES = [
    Fault("`ingest serve` is killed in a run", "processes", _kill_serve, "broken off"),
    Fault("`ingest serve` is killed between runs", "processes", _kill_idle_serve, "was killed", ends=False,
          or_else="broken off"),
    Fault("Prefect's server is killed", "processes", _kill_server, "server ended", ends=False),
    Fault("Prefect's server is killed in a run", "processes", _kill_server_in_run, "server ended", ends=False),
    Fault("the process of a run is killed", "processes", _kill_engine, "broken off"),
    Fault("the process of a run is told to end", "processes", _end_engine, "broken off"),
    Fault("all processes are killed at once", "processes", _power_cut, "broken off"),
    Fault("`ingest serve` gets SIGTERM in a run", "processes", _stop(signal.SIGTERM), "", ends=False),
    Fault("`ingest serve` gets Ctrl-C in a run", "processes", _stop(signal.SIGINT), "", ends=False),
    Fault("another program has the port", "processes", _take_port, "Port"),
    Fault("the clock is turned back", "processes", _turn_clock_back, "", ends=False,
          why_not=_no_compiler),
]  # fmt: skip

ON_SQLITE = [
    Fault("Prefect's database is locked for a minute", "processes", _lock_database, "does not answer"),
    Fault("Prefect's database is away for a minute", "processes", _move_database, "does not answer"),
]

ON_POSTGRES = [
    Fault("PostgreSQL is stopped for a minute", "processes", _stop_postgres, "does not answer"),
]

ALL = [*OF_THE_SOURCE, *OF_FILES, *OF_ALL, *OF_PROCESSES]
"""Faults with any database."""
