"""Sources of other packages, found by their entry points. A broken one harms no other source.

A package is switched off by name if it cannot be imported, has no ``parse`` and ``recognise``, or has the name of
another source. A package that raises, or returns anything but records, rejects only its own captures.
"""

from __future__ import annotations

import re
import sys
import traceback
from collections.abc import Callable, Container, Iterator, Mapping
from contextlib import contextmanager, redirect_stdout
from contextvars import ContextVar
from dataclasses import fields
from datetime import date, datetime
from functools import cache
from importlib.metadata import EntryPoint, entry_points
from math import isfinite
from pathlib import Path
from types import NoneType, UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

from ingest.errors import IngestError
from ingest.knowledge import KnowledgeFileError
from ingest.records import document as records
from ingest.records.document import CONDITION_TYPES, SOURCE_ENTRY_POINTS, STATED_TYPES, Capture, Document

READER_FAILED = "reader_failed"
"""The reason of a capture whose reader is at fault, and not its content."""

_OWN = "ingest.sources."
"""How the modules of this project's own sources begin. One has an entry point too, as an example."""

_TOP = (records.Entry, records.UnreadLine, records.Check)
_PARTS = {"stated": records.Stated, "prices": records.Price, "scores": records.Score}


class BrokenSourceError(IngestError):
    """A source of another package does not keep to its contract. The message says how."""


def installed() -> list[EntryPoint]:
    """The entry points of sources of other packages, sorted by name and module."""
    found = (point for point in entry_points(group=SOURCE_ENTRY_POINTS) if not point.value.startswith(_OWN))
    return sorted(found, key=lambda point: (point.name, point.value))


OF_NOBODY = (
    b"",
    b"{}",
    b"[]",
    b"<!doctype html><title>A page</title>",
    b"a,b\n1,2\n",
    b"- a: 1\n",
    b"a = 1\n",
    b"words",
)
"""Contents that no source may recognise."""


def must_choose(recognise: Callable[[Capture], bool]) -> None:
    """Raise :class:`BrokenSourceError` for a source that takes the files of others: it recognises what is nobody's."""
    for content in OF_NOBODY:
        if recognise(Capture(content)):
            raise BrokenSourceError(f"it takes any file for its own, such as {content!r}")


def must_be_free(point: EntryPoint, built_in: Container[str], taken: Mapping[str, object]) -> None:
    """Raise :class:`BrokenSourceError` for a source with the name of another one, whose place it would take."""
    if point.name in built_in:
        raise BrokenSourceError(f"{point.value!r} has the name of a source of this project")
    if point.name in taken:
        raise BrokenSourceError(f"two packages bring a source of this name; {point.value!r} is not used")


def loaded(point: EntryPoint) -> Any:
    """The module of a source. Raises :class:`BrokenSourceError` where it cannot be imported or is no source.

    A folder of the working directory that has the name of the package would hide an installed one: such a folder
    without an ``__init__.py`` is passed over.
    """
    try:
        with _quietly():
            module = point.load()
            if _is_bare_folder(module):
                del sys.modules[point.module]
                with _without_working_folder():
                    module = point.load()
    except (Exception, SystemExit) as error:
        raise BrokenSourceError(f"it cannot be imported: {type(error).__name__}: {_short(error)}") from error
    return module


def must_be_source(module: Any) -> None:
    """Raise :class:`BrokenSourceError` for a module without what a source has."""
    missing = [name for name in ("parse", "recognise") if not callable(getattr(module, name, None))]
    if missing:
        raise BrokenSourceError(f"{getattr(module, '__name__', module)!r} has no function {' and no '.join(missing)}")


def folder_of(module: Any) -> Path:
    """The folder of a module. Raises :class:`BrokenSourceError` for one without code."""
    if getattr(module, "__file__", None) is None:
        raise BrokenSourceError(f"{getattr(module, '__name__', module)!r} is a folder without an __init__.py")
    return Path(module.__file__).parent


def careful_recognise(recognise: Callable[[Capture], object]) -> Callable[[Capture], bool]:
    """``recognise`` of another package: one that raises knows nothing."""

    def asked(capture: Capture) -> bool:
        try:
            with _quietly():
                return bool(recognise(capture))
        except (Exception, SystemExit):
            return False

    return asked


def careful_parse(
    parse: Callable[[Capture], Any], name: str, reader: str, folder: Path
) -> Callable[[Capture], Document]:
    """``parse`` of another package: what it raises or returns wrongly rejects the capture and names the source.

    ``folder`` has its code: the reason names the line that failed. Within :func:`raising` it raises.
    """

    def read(capture: Capture) -> Document:
        try:
            with _quietly():
                document = parse(capture)
        except KnowledgeFileError as error:  # its own fields.yaml is at fault, not the capture
            return Document(name, reader, rejected=f"{READER_FAILED}: {name}: {error}")
        except IngestError:
            raise
        except (Exception, SystemExit) as error:
            if _raises.get():
                raise
            return Document(name, reader, rejected=f"{READER_FAILED}: {name}: {told(error, folder)}")
        if fault := fault_of(document, name):
            return Document(name, reader, rejected=f"{READER_FAILED}: {name}: {fault}")
        return document  # type: ignore[no-any-return]

    return read


@contextmanager
def raising() -> Iterator[None]:
    """In this block, what a parser of another package raises is raised, for whoever works on it."""
    before = _raises.set(True)
    try:
        yield
    finally:
        _raises.reset(before)


_raises: ContextVar[bool] = ContextVar("raises", default=False)


def told(error: BaseException, folder: Path, *, with_code: bool = False) -> str:
    """What a source raised, in one sentence with the file and the line of its own code; ``with_code`` quotes it."""
    frames = traceback.extract_tb(error.__traceback__)
    own = [frame for frame in frames if Path(frame.filename).resolve().is_relative_to(folder.resolve())]
    place = ""
    if last := (own or frames)[-1:]:
        code = f": {last[0].line}" if with_code and last[0].line else ""
        place = f" ({Path(last[0].filename).name}, line {last[0].lineno}{code})"
    return f"{type(error).__name__}: {_short(error)}".rstrip(": ") + place


def fault_of(document: Any, name: str | None = None) -> str | None:
    """In what way a document of a parser is none: a field of another type, or a field that no column has.

    With ``name``, also a document that is said to be of another source, in whose place it would be published.

    >>> fault_of(Document("a", "a/1", entries=[records.Entry(5, "row 2")]))
    'Entry.name is int, not str'
    >>> fault_of(Document("a", "a/1"), "b")
    "the document is said to be of 'a'"
    """
    if not isinstance(document, Document):
        return f"parse returned {type(document).__name__}, not a Document"
    if name is not None and document.source != name:
        return f"the document is said to be of {document.source!r}"
    faults = _wrong(document)
    for each in (*_items(document.entries), *_items(document.unread), *_items(document.checks)):
        faults += _wrong(each) if isinstance(each, _TOP) else [f"a list holds {type(each).__name__}"]
        if isinstance(each, records.Entry):
            for parts, kind in _PARTS.items():
                for part in _items(getattr(each, parts)):
                    faults += _wrong(part) if isinstance(part, kind) else [f"Entry.{parts}: {type(part).__name__}"]
        if faults:
            break
    return faults[0] if faults else None


def _items(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _wrong(record: Any) -> list[str]:
    """The fields of a record that have another type than they say."""
    kind: Any = type(record)
    found = [
        f"{kind.__name__}.{name} is {type(value).__name__}, not {allowed[0].__name__}"
        for name, allowed in _types(kind).items()
        if not _fits(value := getattr(record, name), allowed)
    ]
    return found or [*_wrong_in(record), *_beyond(record)]


def _wrong_in(record: Any) -> Iterator[str]:
    """What a record says that its columns cannot hold, though its fields have their types."""
    match record:
        case records.Stated():
            if record.field not in STATED_TYPES:
                yield f"Stated.field {record.field!r} is no column of models"
            elif record.value is not None and not _is_of(record.value, STATED_TYPES[record.field]):
                yield f"{record.field} is {record.value!r:.60}, not {STATED_TYPES[record.field].__name__}"
        case records.Score():
            for name, value in record.conditions.items():
                if name not in CONDITION_TYPES:
                    yield f"Score.conditions has {name!r}, which is no condition"
                elif value is not None and not _is_of(value, CONDITION_TYPES[name]):
                    yield f"the condition {name} is {value!r:.60}, not {CONDITION_TYPES[name].__name__}"
        case records.Price():
            if not _CODE.fullmatch(record.currency):
                yield f"Price.currency is {record.currency!r:.60}, not a code of three capital letters"
            if not record.unit.startswith("per_"):
                yield f"Price.unit is {record.unit!r:.60}, not 'per_…'"


def _beyond(record: Any) -> Iterator[str]:
    """Numbers of a record that are none, or that no column can hold. That of a price goes to quarantine."""
    kind: Any = type(record)
    for name in _types(kind):
        value = getattr(record, name)
        if isinstance(value, float) and not isfinite(value) and not isinstance(record, records.Price):
            yield f"{kind.__name__}.{name} is {value}"
        most = _LARGEST_LINE if isinstance(record, records.UnreadLine) else _LARGEST_COUNT
        if isinstance(value, int) and not isinstance(value, bool) and abs(value) > most:
            yield f"{kind.__name__}.{name} is too large"


_CODE = re.compile("[A-Z]{3}")
_LARGEST_COUNT = 2**63 - 1
_LARGEST_LINE = 2**31 - 1


def _is_of(value: Any, kind: type) -> bool:
    """Whether a value has the type of its column. A list is one of texts; a whole number may stand for a fraction."""
    if kind is list:
        return isinstance(value, list | tuple) and all(isinstance(each, str) for each in value)
    if kind is date:
        return isinstance(value, date) and not isinstance(value, datetime)
    return _fits(value, (int, float) if kind is float else (kind,))


def _fits(value: Any, allowed: tuple[type, ...]) -> bool:
    if isinstance(value, bool):
        return bool in allowed
    if isinstance(value, datetime):
        return datetime in allowed
    if isinstance(value, tuple):
        return tuple in allowed and all(isinstance(each, str) for each in value)
    return isinstance(value, allowed)


@cache
def _types(kind: Any) -> dict[str, tuple[type, ...]]:
    """The types that each field of a record may have."""
    hints = get_type_hints(kind)
    found = {each.name: tuple(_alternatives(hints[each.name])) for each in fields(kind)}
    if kind is records.Stated:
        found["value"] = (str, int, float, bool, date, list, tuple, NoneType)
    return found


def _alternatives(hint: Any) -> Iterator[type]:
    if get_origin(hint) in (Union, UnionType):
        for each in get_args(hint):
            yield from _alternatives(each)
    elif hint is float:
        yield from (float, int)
    else:
        yield get_origin(hint) or hint


def _quietly() -> redirect_stdout[Any]:
    """In this block, what a package prints goes to standard error: standard output is what a command answers."""
    return redirect_stdout(sys.stderr)


def _is_bare_folder(module: Any) -> bool:
    """Whether a module is a folder without code, that stands where the package was looked for."""
    return getattr(module, "__file__", None) is None and hasattr(module, "__path__")


@contextmanager
def _without_working_folder() -> Iterator[None]:
    """In this block nothing is imported from the working directory."""
    here, before = Path.cwd(), sys.path[:]
    sys.path[:] = [place for place in before if place and Path(place) != here]
    try:
        yield
    finally:
        sys.path[:] = before


def _short(error: BaseException) -> str:
    return " ".join(str(error).split())[:200]
