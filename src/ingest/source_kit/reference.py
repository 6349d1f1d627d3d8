"""The reference of the interface of sources: ``python -m ingest.source_kit.reference > docs/source-interface.md``."""

from __future__ import annotations

import dataclasses
import inspect
import re
from collections.abc import Iterator
from typing import Any

from ingest.read.datafile import Twice
from ingest.read.declared import entry_of
from ingest.read.fieldvalues import fraction_as_percent, price_of
from ingest.read.leaves import Leaf
from ingest.read.locate import Places
from ingest.read.recordfile import FileRecord, RecordFile, read_records
from ingest.read.rules import RuleReader
from ingest.read.values import Value, count, day, score
from ingest.records.document import Capture, Check, Document, Entry, Price, Score, Stated, UnreadLine

_PARTS: tuple[tuple[str, tuple[Any, ...]], ...] = (
    ("What a parser is given and gives", (Capture, Document, Entry, Stated, Price, Score, UnreadLine, Check)),
    ("Reading a file", (read_records, RecordFile, FileRecord, Leaf, Twice, entry_of, RuleReader)),
    ("Reading values", (price_of, fraction_as_percent, count, day, score, Value)),
    ("Places", (Places,)),
)


def interface_page() -> str:
    """The classes and functions that a source uses, with their fields and examples, as Markdown."""
    lines = [
        "# The interface of sources",
        "",
        "Made from the docstrings by `src/ingest/source_kit/reference.py`; do not edit. "
        "[adding-a-source.md](adding-a-source.md) leads through it.",
        "",
    ]
    for title, members in _PARTS:
        lines += [f"## {title}", ""]
        for each in members:
            lines += _member(each)
    return "\n".join(lines).rstrip() + "\n"


def _member(member: Any) -> Iterator[str]:
    module = member.__module__
    yield f"### {member.__name__}"
    yield ""
    yield f"`from {module} import {member.__name__}`"
    yield ""
    if inspect.isfunction(member):
        yield f"`{member.__name__}{_plain(str(inspect.signature(member)))}`"
        yield ""
    yield from _markdown(inspect.getdoc(member) or "")
    yield ""
    rows = list(_fields(member))
    if rows:
        yield from ("| field | type | default |", "| --- | --- | --- |", *rows, "")
    for name, method in inspect.getmembers(member, inspect.isfunction) if inspect.isclass(member) else ():
        if not name.startswith("_") and name in vars(member):
            yield f"`{name}{_plain(str(inspect.signature(method)))}`: {_first(method)}"
            yield ""


def _fields(member: Any) -> Iterator[str]:
    if dataclasses.is_dataclass(member):
        for each in dataclasses.fields(member):
            if not each.name.startswith("_"):
                yield f"| `{each.name}` | `{_cell(str(each.type))}` | {_default(each)} |"
    elif hasattr(member, "_fields"):
        for name in member._fields:
            default = member._field_defaults.get(name, dataclasses.MISSING)
            shown = "" if default is dataclasses.MISSING else f"`{default!r}`"
            yield f"| `{name}` | `{_cell(str(member.__annotations__[name]))}` | {shown} |"


def _default(each: dataclasses.Field[Any]) -> str:
    if each.default is not dataclasses.MISSING:
        return f"`{each.default!r}`"
    return "empty" if each.default_factory is not dataclasses.MISSING else ""


def _cell(text: str) -> str:
    return _plain(text).replace("|", "\\|")


def _plain(text: str) -> str:
    """A type or a signature without the names of modules and the quotes around types that are read late."""
    return re.sub(r"\b(?:[a-z_]+\.)+(?=[A-Z])", "", text).replace("'", "")


def _first(method: Any) -> str:
    return _text(" ".join((inspect.getdoc(method) or "").split("\n\n")[0].split()))


def _markdown(docstring: str) -> Iterator[str]:
    """A docstring as Markdown: marks of reStructuredText become those of code, and examples stand in blocks."""
    in_example = False
    for line in docstring.splitlines():
        is_example = line.startswith(">>>") or (in_example and bool(line.strip()))
        if is_example and not in_example:
            yield "```python"
        if in_example and not is_example:
            yield "```"
        in_example = is_example
        yield line if is_example else _text(line)
    if in_example:
        yield "```"


def _text(line: str) -> str:
    return re.sub(r":[a-z]+:`~?([^`]+)`", r"`\1`", line).replace("``", "`")


if __name__ == "__main__":
    print(interface_page(), end="")
