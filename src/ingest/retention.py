"""What nothing needs any more: what killed runs left behind. What a warehouse or a rebuild needs is never among it.

Captures are never removed: every value of the warehouse leads to one, and a rebuild reads all of them.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from ingest.capture.archive import Archive
from ingest.publish import left_behind, writer_lock
from ingest.settings import Settings

_SECONDS_IN_DAY = 86400


class Removable(NamedTuple):
    """A file that nothing needs, its size in bytes, and why it is there."""

    path: str
    bytes: int
    why: str


def removable(settings: Settings, days: float = 7, now: float | None = None) -> list[Removable]:
    """The files that nothing needs and that are older than ``days``, the largest first. Removes nothing.

    In object storage an object is whole or is not there; what no log names stays, and costs its storage.
    """
    oldest = (time.time() if now is None else now) - days * _SECONDS_IN_DAY
    found = []
    for path, why in (*_of_killed_runs(settings), *([] if settings.archive else _without_log(settings.raw))):
        with suppress(OSError):
            state = path.stat()
            if state.st_mtime < oldest:
                found.append(Removable(str(path), state.st_size, why))
    return sorted(found, key=lambda each: (-each.bytes, each.path))


def remove(settings: Settings, days: float = 7) -> list[Removable]:
    """Remove what :func:`removable` names, while no run writes, and give what was removed.

    Raises :class:`ingest.IngestError` where another run does not end in time.
    """
    removed = []
    with writer_lock(settings.warehouse, settings.lock_wait_seconds, lambda _: None):
        for each in removable(settings, days):
            with suppress(OSError):
                os.unlink(each.path)  # noqa: PTH108  (a name with odd bytes stays as it is)
                removed.append(each)
    return removed


def _of_killed_runs(settings: Settings) -> Iterator[tuple[Path, str]]:
    """Working copies beside the warehouse, and half-written objects: a run that ends removes its own."""
    for path in left_behind(settings.warehouse):
        if path.is_file():
            yield path, "a working copy of a run that was killed"
    for path in _files(settings.raw / "captures" / "objects", ".tmp"):
        yield path, "half of an object of a run that was killed"


def _without_log(raw: Path) -> Iterator[tuple[Path, str]]:
    """Objects that no log names. A run stores an object, then names it; one that is killed in between leaves it."""
    archive = Archive(raw)
    named = {record.sha256 for record in archive.records()}
    for path in _files(raw / "captures" / "objects", ".zst"):
        if path.stem not in named:
            yield path, "an object that no log names: its run was killed before it was logged"


def _files(folder: Path, end: str) -> Iterable[Path]:
    return (path for path in folder.glob(f"*/*{end}") if path.is_file())
