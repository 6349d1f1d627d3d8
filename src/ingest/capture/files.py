"""Local files as captures: the files that a path names, the document of each file, and its time of capture.

The *place* of a document is the file's real path as seen from the raw folder. So it is the same for a relative and an
absolute path, through a link, from another working folder, and after the whole project was moved. Parts of the path
that are days do not count (:func:`undated`): a folder for each day has the same documents.
"""

from __future__ import annotations

import errno
import os
import re
import stat
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, date, datetime
from functools import lru_cache
from operator import attrgetter
from pathlib import Path, PurePath
from typing import NamedTuple

from ingest.errors import IngestError
from ingest.records.limits import LARGEST_FILE

_DATE_IN_PATH = re.compile(r"(?<![0-9])(?P<year>20[0-9]{2})-(?P<month>[01][0-9])-(?P<day>[0-3][0-9])(?![0-9])")
_DAY = re.compile(
    r"(?:[A-Za-z_]{1,12}=)?"
    r"(?P<year>20[0-9]{2})(?P<mark>[-_.]?)(?P<month>[01][0-9])(?P=mark)(?P<day>[0-3][0-9])"
    r"(?:[T_ -](?P<hour>[0-2][0-9])(?P<colon>[-_.:h]?)(?P<minute>[0-5][0-9])(?:(?P=colon)(?P<second>[0-5][0-9]))?Z?)?"
)
_MAY_HOLD_DAY = re.compile(r"20[0-9]{2}[-_./]?[01][0-9]")
_OWN_FILES = re.compile(
    r"(?i)\.duckdb(?:\.[a-z0-9]+)*\Z|\.(?:wal|lock|log|pid|tmp|part|partial|filepart|crdownload|opdownload|aria2|swp)\Z"
    r"|~\Z"
)
"""What programs keep beside their files: warehouses, locks, logs, downloads under way, copies of editors."""
_OWN_FOLDERS = frozenset({"__pycache__", "node_modules", "site-packages"})
_DUCKDB = b"DUCK"
"""The bytes at offset 8 of a DuckDB file (https://duckdb.org/docs/stable/internals/storage)."""

FILES_NAMED = 20
"""The summary of a run names at most so many rejected files; ``captures`` has all of them."""


class File(NamedTuple):
    """A file that a path names. ``place`` identifies its document, whatever path leads to it.

    ``path`` is text, since a run on unchanged files does little else than walk over thousands of them.
    """

    path: str
    place: str


class Locations:
    """Writes real paths as seen from the raw folder: ``raw/…`` below it, ``./…`` beside it, else absolute."""

    def __init__(self, raw: Path) -> None:
        self._raw = os.path.realpath(raw)
        self._beside = os.path.dirname(self._raw)  # noqa: PTH120  (text is all that is needed)

    def of(self, path: str | Path) -> str:
        """The place of a file."""
        folder, name = os.path.split(path)
        if os.path.islink(path):  # noqa: PTH114  (text is all that is needed)
            return self.of_real(os.path.realpath(path))
        return _text(f"{self.of_real(os.path.realpath(folder)).rstrip('/')}/{name}")

    def is_taken(self, place: str) -> bool:
        """Whether there is a file at a place that :meth:`of` wrote, as far as the text tells which path it is."""
        if "\\" in place:  # may stand for bytes of a name that are no UTF-8
            return True
        beginning, _, rest = place.partition("/")
        root = {"raw": self._raw, ".": self._beside}.get(beginning)
        return os.path.lexists(f"{root.rstrip('/')}/{rest}" if root is not None else place)

    def of_real(self, real: str) -> str:
        """The place of a file or folder by its real path."""
        for root, name in ((self._raw, "raw"), (self._beside, ".")):
            if real == root:
                return name
            if real.startswith(root.rstrip("/") + "/"):
                return _text(f"{name}/{real[len(root.rstrip('/')) + 1 :]}")
        return _text(real)


def find_files(
    path: Path, places: Locations, own: frozenset[str] = frozenset(), left_alone: Callable[[str], None] = lambda _: None
) -> Iterator[File]:
    """The files that ``path`` names: itself, or all files below it, sorted within each folder.

    Follows linked folders and walks each folder once. A folder that cannot be listed is returned itself, so that
    reading it says why. Skips what is not input, and reports it through ``left_alone``: warehouses, their logs and
    locks, folders of captures, hidden names, virtual environments, and what lies at or below the real paths in ``own``.
    A hidden folder or a virtual environment is read if ``path`` names it. Raises :class:`IngestError` if there is
    nothing at ``path``.
    """
    real = os.path.realpath(path)
    is_folder = os.path.isdir(path)  # noqa: PTH112  (Path.is_dir raises where a folder on the way is closed)
    if not is_folder and not os.path.lexists(path):
        raise IngestError(f"There is no file or folder at {str(path)!r}.")
    if any(real == each or real.startswith(f"{each}/") for each in own) or (is_folder and _holds_captures(real)):
        left_alone(str(path))
    elif is_folder:
        yield from _walk(path, places, own, left_alone)
    elif _is_own_file(path.name):
        left_alone(str(path))
    else:
        yield File(str(path), places.of(path))


def _walk(root: Path, places: Locations, own: frozenset[str], left_alone: Callable[[str], None]) -> Iterator[File]:
    """All files below ``root``: each folder once, linked ones after those that stand there, so that these keep their
    own names. The listing of a folder tells what is a link, so no file has to be asked."""
    refused: list[str] = []
    seen: set[str] = set()
    waiting, linked = [str(root)], deque[str]()
    while waiting or linked:
        folder = waiting.pop() if waiting else linked.popleft()
        real = os.path.realpath(folder)
        if real in seen:
            continue
        seen.add(real)
        try:
            folders, files = _listed(folder)
        except OSError:
            refused.append(folder)
            continue
        entered: list[str] = []
        for entry in folders:
            if _is_own_folder(entry.path, entry.name) or os.path.realpath(entry.path) in own:
                left_alone(entry.path)
            else:
                (linked if entry.is_symlink() else entered).append(entry.path)
        waiting += reversed(entered)
        place = places.of_real(real).rstrip("/")
        for entry in files:
            is_link = entry.is_symlink()
            target = os.path.realpath(entry.path) if is_link else f"{real}/{entry.name}"
            if _is_own_file(entry.name) or target in own:
                left_alone(entry.path)
            else:
                path = entry.path.removeprefix(_HERE)
                yield File(path, places.of_real(target) if is_link else _text(f"{place}/{entry.name}"))
    yield from (File(path.removeprefix(_HERE), places.of(path)) for path in refused)


_HERE = "./"
"""What paths below "." begin with; a location does without it."""


def _listed(folder: str) -> tuple[list[os.DirEntry[str]], list[os.DirEntry[str]]]:
    """The folders in a folder, and its files that are not hidden, sorted by name. Raises :class:`OSError`."""
    folders, files = [], []
    with os.scandir(folder) as entries:
        for entry in sorted(entries, key=attrgetter("name")):
            if _is_folder(entry):
                folders.append(entry)
            elif not entry.name.startswith("."):
                files.append(entry)
    return folders, files


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:  # a link into a folder that is closed
        return False


def _is_own_folder(path: str, name: str) -> bool:
    """Whether a folder is hidden, a virtual environment, made by programs, or an archive of captures."""
    if name.startswith(".") or name in _OWN_FOLDERS:
        return True
    if os.path.exists(os.path.join(path, "pyvenv.cfg")):  # noqa: PTH110, PTH118
        return True
    return _holds_captures(path)


def _holds_captures(folder: str) -> bool:
    """Whether a folder is an archive of captures, or a copy of one under another name."""
    needed = ("objects",) if os.path.basename(folder) == "captures" else ("objects", "log")  # noqa: PTH119
    return all(os.path.isdir(os.path.join(folder, name)) for name in needed)  # noqa: PTH112, PTH118


def _is_own_file(name: str) -> bool:
    return _OWN_FILES.search(name) is not None


def is_warehouse(content: bytes) -> bool:
    """Whether the bytes are those of a DuckDB file."""
    return content[8:12] == _DUCKDB


def state_of(path: str | Path, most: int = LARGEST_FILE) -> os.stat_result:
    """The status of a file. Raises :class:`OSError`, also if it is not a regular file, or has more than ``most`` bytes.

    A run would wait for a pipe for ever, and a device may never end.
    """
    state = os.stat(path)  # noqa: PTH116  (thousands of times: strings cost less than paths)
    if stat.S_ISDIR(state.st_mode):
        os.scandir(path).close()  # says why it could not be listed
    if not stat.S_ISREG(state.st_mode):
        raise OSError(errno.EINVAL, "Not a regular file")
    if state.st_size > most:
        raise OSError(errno.EFBIG, f"{state.st_size:,} bytes, of at most {most:,}")
    return state


def location_of(path: str) -> str:
    """A path as it is shown. Bytes of a name that are not UTF-8 are shown as ``\\xe9``."""
    return _text(path)


def _text(path: str) -> str:
    return path if path.isascii() else os.fsencode(path).decode("utf-8", "backslashreplace")


def time_in_path(location: str) -> datetime | None:
    """The time of capture in a path: ``feeds/2025-09-11/models.json`` was captured on that day, in UTC.

    It is that of the last part that is a day (:func:`undated`). Without such a part, it is the last ISO date inside a
    part. Names of models have dates too (``feeds/2025-09-11/o1-2024-12-17/model.json``).
    """
    if not _MAY_HOLD_DAY.search(location):
        return None
    days = _days(location)
    if days:
        return days[-1].time
    for year, month, day in reversed(_DATE_IN_PATH.findall(location)):
        if (time := _time(year, month, day)) is not None:
            return time
    return None


def two_days_of_one_document(files: Iterable[File]) -> tuple[str, str] | None:
    """Two of ``files`` that their folders tell to be one document of two days, such as ``2025-06-30/models.json`` and
    ``2025-12-31/models.json``; None where there are none."""
    first: dict[str, tuple[datetime, str]] = {}
    for file in files:
        day = time_in_path(file.place) if document_of(file.place) != file.place else None
        if day is not None:
            known, path = first.setdefault(document_of(file.place), (day, file.path))
            if known != day:
                return path, file.path
    return None


def impossible_day(location: str) -> str | None:
    """The first part of a path that is written as a day and is none, such as ``2025-02-30``; else None."""
    if not _MAY_HOLD_DAY.search(location):
        return None
    for part in PurePath(location).parts:
        written = _DAY.fullmatch(part)
        if written is not None and written["mark"] and _time(*written.group("year", "month", "day")) is None:
            return part
    return None


def document_of(location: str) -> str:
    """What the locations of one document share: the location, :func:`undated` where it has a day in it."""
    return undated(location) if _MAY_HOLD_DAY.search(location) else location


@lru_cache(maxsize=65536)
def undated(location: str) -> str:
    """``location`` without the parts of its path that are days, so that it is the same every day.

    A part is a day as ``2025-09-11``. In the path of a file it may also be written ``20250911``, ``2025_09_11`` or
    ``2025/09/11``, begin with a key (``date=2025-09-11``) and end with a time (``2025-09-11T06-00-00``). In a URL such
    parts may tell documents apart.
    """
    parts = list(PurePath(location).parts)
    for day in reversed(_days(location)):
        del parts[day.begin : day.end]
    return "/".join(parts).replace("//", "/")


class _Day(NamedTuple):
    """Parts of a path that are a day, and its time."""

    begin: int
    end: int
    time: datetime


def _days(location: str) -> list[_Day]:
    parts = PurePath(location).parts
    found: list[_Day] = []
    at = 0
    while at < len(parts):
        day = _day_at(parts, at, is_url="://" in location)
        if day is not None:
            found.append(day)
        at = day.end if day is not None else at + 1
    return found


def _day_at(parts: Sequence[str], at: int, *, is_url: bool) -> _Day | None:
    """The day that begins with a part, if there is one."""
    form = _DATE_IN_PATH if is_url else _DAY
    if (one := form.fullmatch(parts[at])) is not None:
        time = _time(*one.group(*("year", "month", "day", "hour", "minute", "second")[: 3 if is_url else 6]))
        return _Day(at, at + 1, time) if time is not None else None
    three = parts[at : at + 3]
    if is_url or len(three) < 3 or [len(part) for part in three] != [4, 2, 2]:
        return None
    time = _time(*three) if _DATE_IN_PATH.fullmatch("-".join(three)) else None
    return _Day(at, at + 3, time) if time is not None else None


def _time(year: str, month: str, day: str, *clock: str | None) -> datetime | None:
    hour, minute, second = [*(int(part or 0) for part in clock), 0, 0, 0][:3]
    try:
        return datetime(int(year), int(month), int(day), hour, minute, second, tzinfo=UTC)
    except ValueError:
        return None


def like(place: str, known_place: str, known_location: str) -> str:
    """The location of ``place``, written with the same beginning as the location of a known place of its document.

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
    """The start of ``day`` in UTC."""
    return datetime(day.year, day.month, day.day, tzinfo=UTC)
