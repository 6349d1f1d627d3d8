"""Local files as captures: which files a path means, and when a file was captured."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path, PurePath

from ingest.errors import IngestError

_DATE_IN_PATH = re.compile(r"(?<![0-9])(20[0-9]{2})-([01][0-9])-([0-3][0-9])(?![0-9])")


def find_files(path: Path, skip: Path | None = None) -> Iterator[Path]:
    """The files that ``path`` means, sorted: itself, or all below it.

    Hidden names are passed over, as is the folder ``skip`` (the raw archive's own).
    Raises :class:`IngestError` when there is nothing at ``path``.
    """
    if path.is_dir():
        for folder, folders, names in os.walk(path):
            here = Path(folder)
            folders[:] = sorted(n for n in folders if not n.startswith(".") and (skip is None or here / n != skip))
            for name in sorted(names):
                if not name.startswith("."):
                    yield here / name
    elif path.exists():
        yield path
    else:
        raise IngestError(f"There is no file or folder at {str(path)!r}.")


def date_in_path(location: str) -> date | None:
    """The last ISO date among the parts of a path: ``feeds/2025-09-11/models.json`` was captured that day."""
    for year, month, day in reversed(_DATE_IN_PATH.findall(location)):
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
