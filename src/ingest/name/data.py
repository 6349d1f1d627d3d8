"""Reviewed decisions about names: the project's, and the user's own."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from pydantic import Field, TypeAdapter, ValidationError

from ingest.errors import IngestError
from ingest.knowledge import FOLDER, Entry, read_text

DECISIONS_VARIABLE = "INGEST_NAMES_DATA"
"""Environment variable with a file of the user's own decisions, read beside the project's ``decisions.yaml``."""


class NameDecision(Entry):
    """What a person decided about a listed name: another spelling of ``same_as``, or a thing of its own."""

    name: str = Field(min_length=1)
    same_as: str | None = Field(None, alias="as")
    new: bool = False
    distinct_from: tuple[str, ...] = ()
    reason: str = Field(min_length=1)


class _Decisions(Entry):
    benchmarks: tuple[NameDecision, ...] = ()
    models: tuple[NameDecision, ...] = ()


def decision_files() -> list[Path]:
    """Files of reviewed decisions that exist: the project's, then the user's own."""
    paths = [FOLDER / "names/decisions.yaml"]
    if own := os.environ.get(DECISIONS_VARIABLE):
        paths.append(Path(own))
    return [path for path in paths if path.is_file()]


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
