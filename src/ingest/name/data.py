"""Reviewed names and decisions that stand beside the project's own: the user's, and those of installed packages."""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

from pydantic import Field, model_validator

from ingest.errors import IngestError
from ingest.knowledge import FOLDER, KnowledgeEntry, checked, nearest
from ingest.records.document import SOURCE_ENTRY_POINTS

DECISIONS_VARIABLE = "INGEST_NAMES_DATA"
"""Environment variable with a file of the user's own decisions, read beside the project's ``decisions.yaml``."""


ENTRY_POINTS = "ingest.names"
"""Entry points of other packages: each names the path of a YAML file with ``organizations``, ``providers``, ``models``
or ``benchmarks``, laid out as the project's own files are. The package of a source may have such a file beside its
``source.yaml``: ``names.yaml``."""

SECTIONS = ("organizations", "providers", "models", "benchmarks")
"""The lists of such a file."""

_left_out: dict[str, str] = {}
"""Names that cannot be used, by where they come from, with the reason."""

_of_folders: list[Path] = []
"""Files of sources that are not installed."""

_replaced: set[Path] = set()
"""Files of installed sources that a folder takes the place of."""

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


def added(section: str, schema: type[T], but: frozenset[Path] = frozenset()) -> tuple[T, ...]:
    """The entries of ``section`` that installed packages add, as ``schema`` types them; none of the files in ``but``.

    A section with an entry that does not fit is left out as a whole: see :func:`left_out`.
    """
    found: list[T] = []
    for path in _files():
        if path not in but:
            try:
                found += checked(path, tuple[schema, ...], section)  # type: ignore[valid-type]
            except IngestError as error:
                _leave_out(path, error)
    return tuple(found)


def made_with_added(make: Callable[[frozenset[Path]], T]) -> T:
    """What ``make`` makes of the project's own names and of those that other packages add.

    ``make`` gets the files that it must leave out, and raises :class:`ingest.IngestError` where one name would mean two
    things. A file that cannot stand beside the project's own and those before it is left out: see :func:`left_out`.
    """
    try:
        return make(frozenset())
    except IngestError:
        out = frozenset(_files())
        made = make(out)  # where the project's own names are at fault, this raises
    for path in sorted(out):
        try:
            made = make(out - {path})
        except IngestError as error:
            _leave_out(path, error)
        else:
            out -= {path}
    return made


def _files() -> tuple[Path, ...]:
    return tuple(path for path in (*_added_files(), *_of_folders) if path not in _replaced)


def _leave_out(path: Path, error: IngestError) -> None:
    _left_out[f"{path.parent.name}/{path.name}"] = str(error).rstrip(".")


def left_out() -> dict[str, str]:
    """Names of other packages that cannot be used, as far as they were asked for, each with the reason."""
    return dict(_left_out)


def is_added_to() -> bool:
    """Whether other packages add names. A file with a list that is none of names is left out of it."""
    for path in _files():
        try:
            said = checked(path, dict[str, list[Any]])
        except IngestError as error:
            _leave_out(path, error)
            continue
        for section in sorted(set(said) - set(SECTIONS)):
            _leave_out(path, IngestError(f"there is no list {section!r}{nearest(section, SECTIONS)}"))
    return bool(_files())


def use_names_of(folder: Path, instead_of: Path | None = None) -> None:
    """Read the ``names.yaml`` of a source that is not installed too. It counts for names that are asked from now on.

    ``instead_of`` is the folder of the source that it takes the place of: the names of that one no longer count.
    """
    path = (folder / "names.yaml").resolve()
    if instead_of is not None and (replaced := instead_of / "names.yaml").resolve() != path:
        _replaced.add(replaced)
    is_read = any(path == each.resolve() for each in (*_added_files(), *_of_folders))
    if path.is_file() and not is_read:
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
