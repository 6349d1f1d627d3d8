"""Alter a fixture for the contract of a source: damage it, enlarge it, or add a field."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterator
from typing import Any

from ingest.read.datafile import delimiter_of

NEW_FIELD = "newfieldofacheck"
"""The name of a field that no source has."""


def with_field(content: bytes) -> bytes | None:
    """The file with one more field in each record, or None if the format is unknown."""
    if (records := _json_lines(content)) is not None:
        return b"".join(json.dumps({**record, NEW_FIELD: "x"}).encode() + b"\n" for record in records)
    try:
        root = json.loads(content)
    except (ValueError, RecursionError):
        return _with_field_in_text(content)
    largest: Any = max(_containers(root), key=len, default=None)
    if largest is None:
        return None
    for record in largest.values() if isinstance(largest, dict) else largest:
        if isinstance(record, dict):
            record[NEW_FIELD] = "x"
    return json.dumps(root).encode()


def _with_field_in_text(content: bytes) -> bytes | None:
    field = NEW_FIELD.encode()
    if b"</tr>" in content:
        head, end, rows = content.partition(b"</tr>")
        return head + b"<th>" + field + b"</th>" + end + rows.replace(b"</tr>", b"<td>x</td></tr>")
    if rule := _MARKDOWN_RULE.search(content):
        return _with_column(content, rule.start())
    if re.search(rb"(?m)^\[\[", content):
        return re.sub(rb"(?m)^(\[\[[^\n]{1,200}\]\])", rb"\1\n" + field + b' = "x"', content)
    if re.search(rb"(?m)^- [a-z_]{1,40}:", content):
        return re.sub(rb"(?m)^- (?=[a-z_]{1,40}:)", b"- " + field + b": x\n  ", content)
    return _with_cell(content)


def _with_cell(content: bytes) -> bytes | None:
    """A table of CSV with one more column, or None if it is no such table."""
    try:
        text = content.decode("utf-8-sig")
        delimiter = delimiter_of(text)
        rows_of = list(csv.reader(io.StringIO(text, newline=""), strict=True, delimiter=delimiter))
    except (UnicodeDecodeError, csv.Error):
        return None
    if len(rows_of) < 2 or len(rows_of[0]) < 2 or {len(row) for row in rows_of} != {len(rows_of[0])}:
        return None
    written = io.StringIO()
    csv.writer(written, delimiter=delimiter).writerows(
        [*rows_of[0], NEW_FIELD] if row is rows_of[0] else [*row, "x"] for row in rows_of
    )
    return written.getvalue().encode()


_MARKDOWN_RULE = re.compile(rb"(?m)^\|(?: ?:?-{1,200}:? ?\|){2,50} *$")
"""The line between the head and the rows of a table of Markdown."""


def _with_column(content: bytes, rule: int) -> bytes:
    """A text of Markdown with one more column in the table whose head ends at ``rule``."""
    head, rows = content[:rule].rstrip(), content[rule:]
    line, _, rest = rows.partition(b"\n")
    own = re.match(rb"(?:\|[^\n]*\n?)*", rest)
    table = own[0] if own else b""
    told = re.sub(rb"(?m)(?<=\|)[ \t]*$", b" x |", table)
    return b"".join((head, b" ", NEW_FIELD.encode(), b" |\n", line.rstrip(), b" --- |\n", told, rest[len(table) :]))


def reversed_records(content: bytes) -> tuple[bytes, bytes] | None:
    """The file, and the file with its records in the opposite order, written in one way.

    None if it is neither JSON nor a plain table of CSV.
    """
    try:
        root = json.loads(content)
    except (ValueError, RecursionError):
        if (records := _json_lines(content)) is not None:
            written = [json.dumps(record).encode() + b"\n" for record in records]
            return b"".join(written), b"".join(reversed(written))
        lines = content.decode("utf-8", "replace").splitlines(keepends=True)
        delimiter = delimiter_of(lines[0]) if lines else ","
        cells = {line.count(delimiter) for line in lines}
        if len(lines) < 3 or b'"' in content or len(cells) > 1 or cells == {0}:
            return None
        rows = [line if line.endswith("\n") else f"{line}\n" for line in lines]
        return content, "".join([rows[0], *reversed(rows[1:])]).encode()
    return json.dumps(root).encode(), json.dumps(_reversed(root)).encode()


def _json_lines(content: bytes) -> list[dict[str, Any]] | None:
    """The objects of a file with one in each line; None if it is another kind of file."""
    try:
        records = [json.loads(line) for line in content.splitlines() if line.strip()]
    except (ValueError, RecursionError):
        return None
    return records if len(records) > 1 and all(isinstance(record, dict) for record in records) else None


def _reversed(value: Any) -> Any:
    """The tree with the objects of every container in the opposite order."""
    if isinstance(value, list):
        items = [_reversed(item) for item in value]
        return items[::-1] if any(isinstance(item, dict) for item in items) else items
    if isinstance(value, dict):
        pairs = [(key, _reversed(item)) for key, item in value.items()]
        return dict(pairs[::-1] if pairs and all(isinstance(item, dict) for _, item in pairs) else pairs)
    return value


def damaged(content: bytes) -> Iterator[tuple[str, bytes]]:
    """Damaged contents on which a parser must not fail, each with a description of the damage."""
    yield "an empty file", b""
    yield "zero bytes", b"\x00" * 1000
    yield "Latin-1", content + "é".encode("latin-1")
    yield "deep nesting", b"[" * 50_000
    yield "deep objects", b'{"a":' * 50_000
    yield "another kind of list", b"[1, null, [], {}]"
    for part in range(1, 8):
        yield f"the first {part} eighths", content[: len(content) * part // 8]
    for old, new in ((b'"', b"'"), (b":", b""), (b"0", b"x"), (b",", b"\n"), (b"{", b"[")):
        yield f"{old!r} replaced by {new!r}", content.replace(old, new)


def grown(content: bytes, times: int) -> bytes:
    """A file of the same kind with its records repeated ``times`` times.

    In JSON the entries of the largest container are repeated, in other formats the lines.
    """
    try:
        root = json.loads(content)
    except (ValueError, RecursionError):
        first, _, rest = content.partition(b"\n")
        return first + b"\n" + rest * times
    _grow(root, times)
    return json.dumps(root).encode()


def _grow(root: Any, times: int) -> None:
    largest: Any = max(_containers(root), key=len, default=None)
    if isinstance(largest, list):
        largest.extend(list(largest) * (times - 1))
    elif isinstance(largest, dict):
        for key, value in list(largest.items()):
            largest.update({f"{key}-{number}": value for number in range(1, times)})


def _containers(value: Any) -> Iterator[Any]:
    """The containers that hold records: lists of objects, and objects of objects."""
    if isinstance(value, dict | list):
        items = list(value.values()) if isinstance(value, dict) else value
        if any(isinstance(item, dict) for item in items):
            yield value
        for item in items:
            yield from _containers(item)
