"""One run at a time for each warehouse.

The kernel holds the lock (``flock``), so it ends with its process and cannot go stale. The file's content is for people
only.
"""

from __future__ import annotations

import fcntl
import os
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

from ingest.errors import IngestError
from ingest.publish.swap import beside, real


@contextmanager
def writer_lock(warehouse: Path, wait_seconds: float, notice: Callable[[str], None]) -> Iterator[None]:
    """Hold the right to write ``warehouse``.

    Waits up to ``wait_seconds`` for another run, and says so through ``notice``. Raises :class:`IngestError` with the
    holder's process id if the other run takes longer, or if the folder cannot be written.
    """
    warehouse = real(warehouse)
    path = beside(warehouse, "lock")
    try:
        warehouse.parent.mkdir(parents=True, exist_ok=True)
        handle = open_lock(path)
    except OSError as error:
        if os.access(warehouse.parent, os.W_OK | os.X_OK) and os.path.lexists(path):
            raise IngestError(
                f"Cannot open the lock {str(path)!r}: {error.strerror}. Another user made it: remove it while no run "
                "is under way, or let its owner make it readable for this user."
            ) from error
        raise IngestError(
            f"Cannot write in {str(warehouse.parent)!r}: {error.strerror}. "
            "Make the folder writable, or name another file with --warehouse."
        ) from error
    try:
        _wait(handle, path, warehouse, wait_seconds, notice)
        _watch_forks()
        _HELD.add(handle)
        _say_who(
            handle, f"process {os.getpid()} on {socket.gethostname()} since {datetime.now(UTC):%Y-%m-%d %H:%M:%S} UTC\n"
        )
        yield
        _say_who(handle, "")
    finally:
        _HELD.discard(handle)
        os.close(handle)


def open_lock(path: Path) -> int:
    """A lock file, open to write; it is made where it is missing. Where another user made it, it is open to read: the
    kernel locks it all the same. Raises OSError."""
    try:
        return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
    except PermissionError:
        return os.open(path, os.O_RDONLY | os.O_CLOEXEC)


_HELD: set[int] = set()


def _let_go() -> None:
    """Close the lock in a forked child. Otherwise the child would keep it after its parent was killed."""
    for handle in _HELD:
        os.close(handle)
    _HELD.clear()


@cache
def _watch_forks() -> None:
    """Have every child that is forked from now on close the lock. The process that takes a lock asks for it, once."""
    os.register_at_fork(after_in_child=_let_go)


def _say_who(handle: int, text: str) -> None:
    with suppress(OSError):  # a full disk cannot store the process id; the lock holds without it
        os.ftruncate(handle, 0)
        os.pwrite(handle, text.encode(), 0)


def _wait(handle: int, path: Path, warehouse: Path, wait_seconds: float, notice: Callable[[str], None]) -> None:
    until = time.monotonic() + wait_seconds
    told = False
    while True:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return
        except BlockingIOError:
            holder = path.read_text(errors="replace").strip() or "another process"
        if time.monotonic() >= until:
            raise IngestError(f"Another run is writing {str(warehouse)!r} ({holder}); try again when it has ended.")
        if not told:
            notice(f"Waiting for another run on {str(warehouse)!r} ({holder}).")
            told = True
        time.sleep(0.05)
