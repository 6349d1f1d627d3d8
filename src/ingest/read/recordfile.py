"""The records of a data file of any format: where each stands, and its fields.

A file of JSON or TOML has them at a place (``/models``, or ``/*/models`` for those of each key), one of JSON lines has
one in each line (``/0``, ``/1``, …); a table of CSV, HTML or Markdown has one in each row; YAML has one in each item of
its list.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

from ingest.errors import IngestError
from ingest.read.datafile import (
    Twice,
    decoded,
    read_csv,
    read_json,
    read_json_lines,
    read_toml,
    read_yaml_blocks,
)
from ingest.read.htmltable import html_rows
from ingest.read.leaves import Leaf, escaped, leaves
from ingest.read.markdown import read_markdown
from ingest.read.values import is_nothing
from ingest.read.xmlfile import read_xml

ONLY_TEXTS = ("csv", "html", "markdown", "xml")
"""Formats in which every value is a text."""

_READERS = {"json": read_json, "jsonl": read_json_lines, "toml": read_toml, "xml": read_xml}

TREES = tuple(_READERS)
"""Formats whose records stand at a place."""

_SHOWN = 8


class FileRecord(NamedTuple):
    """One record: its place and its fields.

    The keys above it are fields too: ``(key)``, or ``(key 1)`` and ``(key 2)`` where there are several. So are the
    values of the objects around it: ``../name``, ``../../vendor``.
    """

    place: str
    fields: list[Leaf]


@dataclass(slots=True)
class RecordFile:
    """The records of one file, the repairs of its text, and the keys that it has twice.

    ``incomplete`` says why the file is a part of what was sent, if its form tells that; the last record is none then.
    """

    records: list[FileRecord]
    repairs: list[str]
    doubled: tuple[Twice, ...] = ()
    incomplete: str | None = None


def read_records(content: bytes, format_: str, at: str = "") -> RecordFile:
    """The records of a file in one of the formats json, jsonl, toml, xml, csv, yaml, html and markdown.

    ``at`` is where those of JSON, TOML and XML are: a JSON pointer in which ``*`` is every key.

    Raises :class:`IngestError` for a file that is not of the format, and ``no_models`` for one without a record; it
    names the keys that are there instead.

    >>> [record.place for record in read_records(b'{"models": [{"id": "a"}, {"id": "b"}]}', "json", "/models").records]
    ['/models/0', '/models/1']
    """
    if format_ in TREES:
        return _of_tree(content, format_, at)
    if format_ == "csv":
        table = read_csv(content)
        found = [FileRecord(row.locator, list(row.leaves())) for row in table.rows if row.whole or not table.is_cut_off]
        incomplete = "cut_off: the last row is not whole" if table.is_cut_off else None
    elif format_ == "yaml":
        blocks = read_yaml_blocks(content)
        found = [FileRecord(block.locator, list(block.fields)) for block in blocks]
        incomplete = "cut_off: the file ends within a value" if blocks and blocks[-1].is_cut_off else None
    else:
        found, incomplete = list(_TABLES[format_](content)), None
    if not found:
        raise IngestError(f"no_models: the file holds no records that can be read as {format_}")
    return RecordFile(found, [], incomplete=incomplete)


def formats() -> tuple[str, ...]:
    """The formats whose records can be read."""
    return (*TREES, "csv", "yaml", *_TABLES)


class _Node(NamedTuple):
    """A value of a tree with its place, the keys that ``*`` stands for, and the objects around it, innermost first."""

    place: str
    value: Any
    keys: tuple[str, ...] = ()
    around: tuple[tuple[str, dict[str, Any]], ...] = ()


def _of_tree(content: bytes, format_: str, at: str) -> RecordFile:
    tree = _READERS[format_](content)
    beside: dict[tuple[str, int], list[Leaf]] = {}
    found = [FileRecord(node.place, _fields(node, beside)) for node in _below(tree.root, at)]
    if not found:
        raise IngestError(f"no_models: nothing stands at {at or '/'!r}; the file has {_keys(tree.root)}")
    return RecordFile(found, list(tree.repairs), tuple(tree.doubled))


def _below(root: Any, at: str) -> Iterator[_Node]:
    """The records at a place."""
    here = [_Node("", root)]
    for part in [part for part in at.split("/") if part]:
        here = [found for each in here for found in _children(each, None if part == "*" else part)]
    for each in here:
        yield from _children(each, None)


def _children(node: _Node, name: str | None) -> Iterator[_Node]:
    """What is below a container: all of it, or what has this name."""
    place, value, keys, around = node
    if isinstance(value, list) and name is None:
        yield from (_Node(f"{place}/{number}", item, keys, around) for number, item in enumerate(value))
    elif isinstance(value, dict):
        for key, item in value.items():
            if name is None or key == name:
                yield _Node(f"{place}/{escaped(key)}", item, keys if name else (*keys, key), ((place, value), *around))


def _fields(node: _Node, beside: dict[tuple[str, int], list[Leaf]]) -> list[Leaf]:
    """The fields of a record. ``beside`` keeps those of the objects around, which many records share."""
    found = [
        Leaf("(key)" if len(node.keys) == 1 else f"(key {number})", key, key, node.place)
        for number, key in enumerate(node.keys, 1)
    ]
    for depth, (place, container) in enumerate(node.around, 1):
        if (place, depth) not in beside:
            values = {key: value for key, value in container.items() if not isinstance(value, dict | list)}
            beside[place, depth] = list(leaves(values, place, "../" * depth))
        found += beside[place, depth]
    if isinstance(node.value, dict):
        return [*found, *leaves(node.value, node.place)]
    return [*found, Leaf("(no record)", node.value, str(node.value)[:100], node.place)]


def _keys(root: Any) -> str:
    if isinstance(root, dict):
        shown = ", ".join(map(repr, list(root)[:_SHOWN]))
        return f"the keys {shown}{' and more' if len(root) > _SHOWN else ''}" if root else "no keys"
    return f"a list of {len(root)} items" if isinstance(root, list) else "no object"


def _html(content: bytes) -> Iterator[FileRecord]:
    for place, fields in html_rows(content):
        yield FileRecord(place, fields)


def _markdown(content: bytes) -> Iterator[FileRecord]:
    for table in read_markdown(decoded(content)).tables:
        names = [cell.text for cell in table.head.cells]
        for row in table.rows:
            place = f"line {row.line}"
            texts = [cell.text for cell in row.cells]
            yield FileRecord(
                place,
                [
                    Leaf(name, None if is_nothing(text) else text, text, place)
                    for name, text in zip(names, texts, strict=False)
                ],
            )


_TABLES: dict[str, Callable[[bytes], Iterator[FileRecord]]] = {
    "html": _html,
    "markdown": _markdown,
}
