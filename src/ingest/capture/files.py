"""Local files as captures: which files a path names, which document a file is, and when it was captured.

A document is known by its *place*: the file's real path written from the raw folder, so that it is the same by a
relative and an absolute path, through a link, from another working folder and after the project was moved as a whole.
Parts of the path that are days are no part of a document's identity (:func:`undated`): a folder for each day holds
the same documents.
"""

from __future__ import annotations

import errno
import os
import re
import stat
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from pathlib import Path, PurePath
from typing import NamedTuple

from ingest.errors import IngestError
from ingest.records.limits import LARGEST_FILE

_DATE_IN_PATH = re.compile(r"(?<![0-9])(20[0-9]{2})-([01][0-9])-([0-3][0-9])(?![0-9])")
_OWN_FILES = re.compile(r"(?i)\.duckdb(?:\.[a-z0-9]+)*\Z|\.(?:wal|lock|log|pid|tmp|part)\Z")
_OWN_FOLDERS = frozenset({"__pycache__", "node_modules", "site-packages"})
_DUCKDB = b"DUCK"
"""What stands at byte 8 of a DuckDB file (https://duckdb.org/docs/stable/internals/storage)."""

FILES_NAMED = 20
"""Rejected files that the summary of a run names; ``captures`` has them all."""


class File(NamedTuple):
    """A file that a path means. ``place`` is one for each document, whatever the path that leads to it."""

    path: Path
    place: str


class Locations:
    """Writes real paths from the raw folder: ``raw/…`` below it, ``./…`` beside it, else absolute."""

    def __init__(self, raw: Path) -> None:
        self._raw = os.path.realpath(raw)
        self._beside = os.path.dirname(self._raw)  # noqa: PTH120  (text is all that is needed)
        self._folders: dict[str, str] = {}

    def of(self, path: Path) -> str:
        """The place of a file."""
        folder, name = os.path.split(path)
        if os.path.islink(path):  # noqa: PTH114  (thousands of times: strings cost less than paths)
            return self._written(os.path.realpath(path))
        if folder not in self._folders:
            self._folders[folder] = self._written(os.path.realpath(folder))
        return _text(f"{self._folders[folder].rstrip('/')}/{name}")

    def _written(self, real: str) -> str:
        for root, name in ((self._raw, "raw"), (self._beside, ".")):
            if real == root:
                return name
            if real.startswith(root.rstrip("/") + "/"):
                return _text(f"{name}/{real[len(root.rstrip('/')) + 1 :]}")
        return _text(real)


def find_files(
    path: Path, places: Locations, own: frozenset[str] = frozenset(), left_alone: Callable[[str], None] = lambda _: None
) -> Iterator[File]:
    """The files that ``path`` means: itself, or all below it, sorted within each folder.

    Linked folders are followed, each folder is walked once; one that cannot be listed is given itself, so that reading
    it says why. What is no input is left alone and told through ``left_alone``: warehouses, their logs and locks,
    folders of captures, hidden names, virtual environments, and the real paths in ``own``. Raises
    :class:`IngestError` when there is nothing at ``path``.
    """
    if os.path.isdir(path):  # noqa: PTH112  (Path.is_dir raises where a folder on the way is closed)
        yield from _walk(path, places, own, left_alone)
    elif not os.path.lexists(path):
        raise IngestError(f"There is no file or folder at {str(path)!r}.")
    elif _is_own_file(path.name) or os.path.realpath(path) in own:
        left_alone(str(path))
    else:
        yield File(path, places.of(path))


def _walk(root: Path, places: Locations, own: frozenset[str], left_alone: Callable[[str], None]) -> Iterator[File]:
    refused: list[str] = []
    seen: set[str] = set()
    waiting = [str(root)]
    while waiting:
        links: list[str] = []  # after the folders that stand there, so that these keep their own names
        for folder, folders, names in os.walk(waiting.pop(0), onerror=lambda error: refused.append(error.filename)):
            real = os.path.realpath(folder)
            if real in seen:
                folders.clear()
                continue
            seen.add(real)
            entered = []
            for name in sorted(folders):
                path = os.path.join(folder, name)  # noqa: PTH118
                if _is_own_folder(path, name) or os.path.realpath(path) in own:
                    left_alone(path)
                else:
                    entered.append(name)
            folders[:] = entered
            links += [path for name in entered if os.path.islink(path := os.path.join(folder, name))]  # noqa: PTH114, PTH118
            for name in sorted(names):
                path = os.path.join(folder, name)  # noqa: PTH118
                if name.startswith("."):
                    continue
                if _is_own_file(name) or (own and os.path.realpath(path) in own):
                    left_alone(path)
                else:
                    file = Path(path)
                    yield File(file, places.of(file))
        waiting += links
    yield from (File(path, places.of(path)) for path in map(Path, refused))


def _is_own_folder(path: str, name: str) -> bool:
    """Whether a folder is hidden, a virtual environment, holds what programs make, or is an archive of captures."""
    if name.startswith(".") or name in _OWN_FOLDERS:
        return True
    if os.path.exists(os.path.join(path, "pyvenv.cfg")):  # noqa: PTH110, PTH118
        return True
    return name == "captures" and os.path.isdir(os.path.join(path, "objects"))  # noqa: PTH112, PTH118


def _is_own_file(name: str) -> bool:
    return _OWN_FILES.search(name) is not None


def is_warehouse(content: bytes) -> bool:
    """Whether bytes are a DuckDB file, whatever its name."""
    return content[8:12] == _DUCKDB


def state_of(path: Path) -> os.stat_result:
    """What the system says of a file. Raises :class:`OSError`, also for what is no regular file.

    A run would wait for a pipe without end, and a device may never end.
    """
    state = os.stat(path)  # noqa: PTH116  (thousands of times: strings cost less than paths)
    if stat.S_ISDIR(state.st_mode):
        os.scandir(path).close()  # says why it could not be listed
    if not stat.S_ISREG(state.st_mode):
        raise OSError(errno.EINVAL, "Not a regular file")
    if state.st_size > LARGEST_FILE:
        raise OSError(errno.EFBIG, f"{state.st_size:,} bytes, of at most {LARGEST_FILE:,}")
    return state


def location_of(path: Path) -> str:
    """A path as text; bytes of a name that are no UTF-8 are shown as ``\\xe9``."""
    return _text(path.as_posix())


def _text(path: str) -> str:
    return os.fsencode(path).decode("utf-8", "backslashreplace")


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


def like(place: str, known_place: str, known_location: str) -> str:
    """The location of ``place``, written as that of a known place of the same document: with the same beginning.

    >>> like("raw/feeds/2025-09-12/m.json", "raw/feeds/2025-09-11/m.json", "../raw/feeds/2025-09-11/m.json")
    '../raw/feeds/2025-09-12/m.json'
    """
    parts, known, location = place.split("/"), known_place.split("/"), known_location.split("/")
    while known and location and known[-1] == location[-1]:
        known.pop()
        location.pop()
    if parts[: len(known)] != known:
        return place
    return "/".join([*location, *parts[len(known) :]])


def midnight(day: date) -> datetime:
    """The beginning of ``day`` in UTC."""
    return datetime(day.year, day.month, day.day, tzinfo=UTC)
