"""Reviewed names and decisions that stand beside the project's own: the user's, and those of installed packages."""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

from pydantic import Field, model_validator

from ingest.errors import IngestError
from ingest.knowledge import FOLDER, KnowledgeEntry, checked
from ingest.records.document import SOURCE_ENTRY_POINTS

DECISIONS_VARIABLE = "INGEST_NAMES_DATA"
"""Environment variable with a file of the user's own decisions, read beside the project's ``decisions.yaml``."""


ENTRY_POINTS = "ingest.names"
"""Entry points of other packages: each names the path of a YAML file with ``organizations``, ``providers``, ``models``
or ``benchmarks``, laid out as the project's own files are. The package of a source may have such a file beside its
``source.yaml``: ``names.yaml``."""

_left_out: dict[str, str] = {}
"""Names that cannot be used, by where they come from, with the reason."""

_of_folders: list[Path] = []
"""Files of sources that are not installed."""

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

    @model_validator(mode="before")
    @classmethod
    def _empty(cls, content: Any) -> Any:
        """A file without content, or with ``models:`` and nothing behind it, decides nothing."""
        if isinstance(content, dict):
            return {section: rows or () for section, rows in content.items()}
        return content or {}


def decision_files() -> list[Path]:
    """Files of reviewed decisions that exist: the project's, then the user's own."""
    paths = [FOLDER / "names/decisions.yaml"]
    if own := os.environ.get(DECISIONS_VARIABLE):
        paths.append(Path(own))
    return [path for path in paths if path.is_file()]


def added(section: str, schema: type[T]) -> tuple[T, ...]:
    """The entries of ``section`` that installed packages add, as ``schema`` types them.

    A section with an entry that does not fit is left out as a whole: see :func:`left_out`.
    """
    found: list[T] = []
    for path in (*_added_files(), *_of_folders):
        try:
            found += checked(path, tuple[schema, ...], section)  # type: ignore[valid-type]
        except IngestError as error:
            _left_out[f"{path.parent.name}/{path.name}"] = str(error).rstrip(".")
    return tuple(found)


def left_out() -> dict[str, str]:
    """Names of other packages that cannot be used, as far as they were asked for, each with the reason."""
    return dict(_left_out)


def use_names_of(folder: Path) -> None:
    """Read the ``names.yaml`` of a source that is not installed too. It counts for names that are asked from now on."""
    path = folder / "names.yaml"
    if path.is_file() and path not in _of_folders:
        _of_folders.append(path)


@cache
def _added_files() -> tuple[Path, ...]:
    from importlib.metadata import entry_points
    from importlib.util import find_spec

    found: list[Path] = []
    installed = entry_points()
    for point in sorted(installed.select(group=ENTRY_POINTS), key=lambda p: p.name):
        try:
            found.append(Path(point.load()))
        except Exception as error:  # it costs its own names alone
            _left_out[point.name] = f"its names cannot be read: {type(error).__name__}: {error}"
    for point in sorted(installed.select(group=SOURCE_ENTRY_POINTS), key=lambda p: p.name):
        if "." not in point.module:  # a package is found without being imported
            spec = find_spec(point.module)
            folders = [Path(place) for place in (spec.submodule_search_locations or ())] if spec else []
            found += [path for path in (folder / "names.yaml" for folder in folders) if path.is_file()]
    return tuple(found)


def decisions(kind: str) -> tuple[NameDecision, ...]:
    """Decisions about names of ``kind`` ('benchmarks' or 'models').

    Raises :class:`ingest.IngestError` for a file that holds anything else, since a decision must not be overlooked.
    """
    return tuple(each for path in decision_files() for each in getattr(read_decisions(path), kind))


def read_decisions(path: Path) -> _Decisions:
    """The decisions in one file. Raises :class:`ingest.IngestError` as :func:`decisions` does."""
    try:
        return checked(path, _Decisions)
    except IngestError as error:
        raise IngestError(f"{error}. Each decision needs a name and a reason.") from error
