"""Local files as captures: which files a path means, and when a file was captured."""

from __future__ import annotations

import errno
import os
import re
import stat
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path, PurePath

from ingest.errors import IngestError

_DATE_IN_PATH = re.compile(r"(?<![0-9])(20[0-9]{2})-([01][0-9])-([0-3][0-9])(?![0-9])")


FILES_NAMED = 20
"""Rejected files that the summary of a run names; ``captures`` has them all."""


def find_files(path: Path, skip: Path | None = None) -> Iterator[Path]:
    """The files that ``path`` means: itself, or all below it, sorted within each folder.

    Hidden names are passed over, as is the folder ``skip`` (the raw archive's own). Linked folders are followed,
    each folder is walked once; one that cannot be listed is given itself, so that reading it says why.
    Raises :class:`IngestError` when there is nothing at ``path``.
    """
    if os.path.isdir(path):  # noqa: PTH112  (Path.is_dir raises where a folder on the way is closed)
        yield from _walk(path, {os.path.realpath(skip)} if skip is not None else set())
    elif os.path.lexists(path):
        yield path
    else:
        raise IngestError(f"There is no file or folder at {str(path)!r}.")


def _walk(root: Path, seen: set[str]) -> Iterator[Path]:
    refused: list[str] = []
    waiting = [root]
    while waiting:
        links: list[Path] = []  # after the folders that stand there, so that these keep their own names
        for folder, folders, names in os.walk(waiting.pop(0), onerror=lambda error: refused.append(error.filename)):
            here, real = Path(folder), os.path.realpath(folder)
            if real in seen:
                folders.clear()
                continue
            seen.add(real)
            folders[:] = sorted(name for name in folders if not name.startswith("."))
            links += [here / name for name in folders if (here / name).is_symlink()]
            yield from (here / name for name in sorted(names) if not name.startswith("."))
        waiting += links
    yield from map(Path, refused)


def read_file(path: Path) -> tuple[bytes, float]:
    """The bytes of a file and its modification time. Raises :class:`OSError`, also for what is no regular file.

    A pipe would keep a run waiting for ever, and a device may never end.
    """
    mode = path.stat().st_mode
    if stat.S_ISDIR(mode):
        os.scandir(path).close()  # says why it could not be listed
    if not stat.S_ISREG(mode):
        raise OSError(errno.EINVAL, "Not a regular file")
    with path.open("rb") as file:
        return file.read(), os.fstat(file.fileno()).st_mtime


def location_of(path: Path) -> str:
    """A path as text; bytes of a name that are no UTF-8 are shown as ``\\xe9``."""
    return os.fsencode(path.as_posix()).decode("utf-8", "backslashreplace")


def date_in_path(location: str) -> date | None:
    """The day of capture that a path tells: ``feeds/2025-09-11/models.json`` was captured that day.

    That is the last part that is an ISO date and nothing else; only without one, the last date within a part: names
    of models hold dates too (``feeds/2025-09-11/o1-2024-12-17/model.json``).
    """
    parts = [part for part in PurePath(location).parts if _DATE_IN_PATH.fullmatch(part)]
    for year, month, day in reversed(_DATE_IN_PATH.findall(location) + _DATE_IN_PATH.findall("/".join(parts))):
        try:
            return date(int(year), int(month), int(day))
        except ValueError:
            continue
    return None


def undated(location: str) -> str:
    """``location`` without the parts of its path that are dates: what stays the same from day to day."""
    parts = PurePath(location).parts
    return "/".join(part for part in parts if not _DATE_IN_PATH.fullmatch(part)).replace("//", "/")


def midnight(day: date) -> datetime:
    """The start of a day in UTC."""
    return datetime(day.year, day.month, day.day, tzinfo=UTC)
