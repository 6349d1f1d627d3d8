"""How a value is written where a file has only text: cells of CSV, of SQLite and of Markdown tables."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from ingest.report.text import printable


def json_text(value: Any) -> str:
    """A list or struct as JSON in one line; days and times within are ISO 8601.

    >>> json_text(["text", None]), json_text({"score": Decimal("1.5")})
    ('["text",null]', '{"score":1.5}')
    """
    return _encode(value)


def _in_json(value: Any) -> Any:
    if isinstance(value, Decimal):
        return float(value)
    return value.isoformat() if hasattr(value, "isoformat") else str(value)


_encode = json.JSONEncoder(ensure_ascii=False, default=_in_json, separators=(",", ":")).encode
"""Made once: making an encoder takes longer than most cells."""


def json_file(value: Any) -> str:
    """Plain data as the text of a JSON file that people can read and compare."""
    return json.dumps(value, ensure_ascii=False, indent=2) + "\n"


def csv_cell(value: Any) -> Any:
    """A value as a cell of CSV: lists and structs are JSON, booleans ``true`` and ``false``, times ISO 8601.

    >>> csv_cell(["text", "image"]), csv_cell(True), csv_cell(None)
    ('["text","image"]', 'true', None)
    """
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list | tuple | dict):
        return json_text(value)
    return value.isoformat() if isinstance(value, datetime) else value


_MARKS = str.maketrans(
    {mark: f"\\{mark}" for mark in "\\`*_{}[]|#!~$"} | {"&": "&amp;", "<": "&lt;", ">": "&gt;", "@": "&#64;", "\n": " "}
)
_LINKS = (("://", ":&#47;/"), ("www.", "www\\."))
"""What renderers turn into links without being asked."""


class Markup(str):
    """A cell of a table in Markdown that is markup already."""

    __slots__ = ()


def markdown_table(head: Sequence[str], rows: Iterable[Sequence[Any]]) -> list[str]:
    """The lines of a table in Markdown. Cells stay text, but for those that are :class:`Markup`."""
    lines = [f"| {' | '.join(head)} |", f"|{' --- |' * len(head)}"]
    return lines + [f"| {' | '.join(map(markdown_cell, row))} |" for row in rows]


def markdown_cell(cell: Any) -> str:
    """A cell that stays text: nothing of a page becomes markup, a link or a mention in a report."""
    if isinstance(cell, Markup):
        return str(cell)
    text = "" if cell is None else printable(str(cell)).translate(_MARKS)
    for link, broken in _LINKS:
        text = text.replace(link, broken)
    return text
