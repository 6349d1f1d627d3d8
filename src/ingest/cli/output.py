"""Tables on a terminal and elsewhere."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from ingest.report.text import printable


def show_table(columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Print rows as a table; cells are data, never markup."""
    console = Console()
    width = None if console.is_terminal else 10_000  # a pipe has no width to fit
    table = Table(box=None, header_style="bold", pad_edge=False)
    for column in columns:
        table.add_column(Text(printable(column)), overflow="fold")
    for row in rows:
        table.add_row(*(Text(_cell(value), justify="right" if _is_number(value) else "left") for value in row))
    Console(width=width).print(table) if width else console.print(table)


def csv_cell(value: Any) -> Any:
    """A value as a cell of CSV: lists and structs are JSON, booleans ``true`` and ``false``, times ISO 8601.

    >>> csv_cell(["text", "image"]), csv_cell(True), csv_cell(None)
    ('["text", "image"]', 'true', None)
    """
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list | tuple | dict):
        return json.dumps(
            value, ensure_ascii=False, default=lambda each: float(each) if isinstance(each, Decimal) else str(each)
        )
    return value.isoformat() if isinstance(value, datetime) else value


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, float):
        return f"{value:.10g}"
    if isinstance(value, list | tuple):
        return ", ".join(_cell(each) for each in value)
    return printable(str(value))


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
