"""Reviewed names and decisions that stand beside the project's own: the user's, and those of installed packages."""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

from pydantic import Field, TypeAdapter, ValidationError

from ingest.errors import IngestError
from ingest.knowledge import FOLDER, KnowledgeEntry, read_text

DECISIONS_VARIABLE = "INGEST_NAMES_DATA"
"""Environment variable with a file of the user's own decisions, read beside the project's ``decisions.yaml``."""


ENTRY_POINTS = "ingest.names"
"""Entry points of other packages: each names the path of a YAML file with ``organizations``, ``providers``, ``models``
or ``benchmarks``, laid out as the project's own files are."""

T = TypeVar("T")


class NameDecision(KnowledgeEntry):
    """What a person decided about a listed name: another spelling of ``same_as``, or a thing of its own."""

    name: str = Field(min_length=1)
    same_as: str | None = Field(None, alias="as")
    new: bool = False
    distinct_from: tuple[str, ...] = ()
    reason: str = Field(min_length=1)


class _Decisions(KnowledgeEntry):
    benchmarks: tuple[NameDecision, ...] = ()
    models: tuple[NameDecision, ...] = ()


def decision_files() -> list[Path]:
    """Files of reviewed decisions that exist: the project's, then the user's own."""
    paths = [FOLDER / "names/decisions.yaml"]
    if own := os.environ.get(DECISIONS_VARIABLE):
        paths.append(Path(own))
    return [path for path in paths if path.is_file()]


def added(section: str, schema: type[T]) -> tuple[T, ...]:
    """The entries of ``section`` that installed packages add, as ``schema`` types them.

    Raises :class:`ingest.IngestError` naming the file and the place of an entry that does not fit.
    """
    found: list[T] = []
    for path in _added_files():
        content: Any = read_text(path) or {}
        rows = content.get(section) or [] if isinstance(content, dict) else None
        try:
            found += TypeAdapter(tuple[schema, ...]).validate_python(rows)  # type: ignore[valid-type]
        except ValidationError as error:
            first = error.errors()[0]
            raise IngestError(f"{path}: {section}/{'/'.join(map(str, first['loc']))}: {first['msg']}") from error
    return tuple(found)


@cache
def _added_files() -> tuple[Path, ...]:
    from importlib.metadata import entry_points  # noqa: PLC0415 - costs more than a page

    return tuple(Path(point.load()) for point in sorted(entry_points(group=ENTRY_POINTS), key=lambda p: p.name))


def decisions(kind: str) -> tuple[NameDecision, ...]:
    """Decisions about names of ``kind`` ('benchmarks' or 'models').

    Raises :class:`ingest.IngestError` for a file that holds anything else, since a decision must not be overlooked.
    """
    found: list[NameDecision] = []
    for path in decision_files():
        content: Any = read_text(path) or {}
        if isinstance(content, dict):  # "models:" with nothing behind it is an empty list
            content = {section: rows or [] for section, rows in content.items()}
        try:
            said = TypeAdapter(_Decisions).validate_python(content)
        except ValidationError as error:
            first = error.errors()[0]
            place = "/".join(str(part) for part in first["loc"])
            raise IngestError(f"{path}: {place}: each decision needs a name and a reason: {first['msg']}") from error
        found.extend(getattr(said, kind))
    return tuple(found)
