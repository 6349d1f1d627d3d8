"""Rows of HTML tables as records, with the visible lines where they stand."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from ingest.errors import IngestError
from ingest.read.leaves import Leaf
from ingest.read.lines import Page, locator, read_page
from ingest.read.values import is_nothing

if TYPE_CHECKING:
    from bs4 import Tag

GROUP = "(group)"
"""The field that a row of one cell across the table is to the rows below it."""

_WIDEST = 200
"""No table of models has more columns, and no cell of one spans more rows."""


class _Cell(NamedTuple):
    """A text of a row. ``place`` is where it stands if that is not with the row, as that of a cell from above."""

    text: str
    place: str | None = None


@dataclass(slots=True)
class _Table:
    """What is known of a table so far: the names of its columns, and the cells that reach into the rows below."""

    names: list[str] = field(default_factory=list)
    in_head: bool = True
    group: _Cell | None = None
    spans: dict[int, tuple[int, _Cell]] = field(default_factory=dict)

    def fill(self, cells: Sequence[Tag], texts: Sequence[str], places: Sequence[str]) -> list[_Cell]:
        """The cells of a row by column: each in all columns that it spans, with those that reach down to it."""
        row: list[_Cell] = []
        below: dict[int, tuple[int, _Cell]] = {}
        own = iter(zip(cells, texts, places, strict=True))
        while len(row) < _WIDEST:
            if len(row) in self.spans:
                rows, reaching = self.spans[len(row)]
                if rows > 1:
                    below[len(row)] = (rows - 1, reaching)
                row.append(reaching)
                continue
            cell, text, place = next(own, (None, "", ""))
            if cell is None:
                break
            rows = _span(cell, "rowspan")
            for _ in range(_span(cell, "colspan")):
                if rows > 1:
                    below[len(row)] = (rows - 1, _Cell(text, place))
                row.append(_Cell(text))
        self.spans = below
        return row

    def name(self, row: Sequence[_Cell]) -> None:
        """Take a row for the names of the columns; in a head of several rows a name has the words of all."""
        texts = [cell.text for cell in row]
        if self.names and self.in_head:
            above = [*self.names, *[""] * (len(texts) - len(self.names))]
            texts = [" ".join(dict.fromkeys(filter(None, both))) for both in zip(above, texts, strict=False)]
        self.names, self.in_head = texts, True


def html_rows(content: bytes, select: str = "table tr") -> Iterator[tuple[str, list[Leaf]]]:
    """The rows that a CSS selector finds, each with its place and a field for each cell.

    A row of ``th`` cells names the fields of the rows below it; a head of several rows joins their words. A cell
    that spans several rows or columns is a field of each. A row of one cell across the table is no record but the field
    ``(group)`` of the rows below. Where a cell states nothing ("-"), its value is None. Raises :class:`IngestError`
    for markup that cannot be read.
    """
    from bs4 import BeautifulSoup
    from bs4.exceptions import ParserRejectedMarkup

    try:
        rows = BeautifulSoup(content, "lxml").select(select)
    except (ParserRejectedMarkup, RecursionError) as error:
        raise IngestError(f"invalid_html: {type(error).__name__}") from None
    stands = _where(read_page(content))
    of, table, at = None, _Table(), 0
    for row in rows:
        if (around := row.find_parent("table")) is not of:
            of, table = around, _Table()
        cells = row.find_all(["td", "th"])
        texts = [cell.get_text(" ", strip=True) for cell in cells]
        numbers: list[int] = []
        for text in texts:
            numbers += _next(stands.get(text, []), numbers[-1] if numbers else at)
        filled = table.fill(cells, texts, [_place(stands.get(text, []), numbers) for text in texts])
        is_head = bool(cells) and all(cell.name == "th" for cell in cells)
        if is_head and not _is_across(cells, table):
            table.name(filled)
        elif numbers and _is_across(cells, table):
            table.group, at = _Cell(texts[0], locator(numbers[0], numbers[-1])), numbers[-1]
        elif numbers:
            table.in_head, at = False, numbers[-1]
            yield locator(numbers[0], numbers[-1]), _leaves(filled, table, locator(numbers[0], numbers[-1]))


def _leaves(row: Sequence[_Cell], table: _Table, place: str) -> list[Leaf]:
    """The fields of a row, with the group that it stands in."""
    names = table.names or [str(number) for number in range(1, len(row) + 1)]
    found = [_leaf(name, cell, place) for name, cell in zip(names, row, strict=False)]
    return [_leaf(GROUP, table.group, place), *found] if table.group else found


def _leaf(name: str, cell: _Cell, place: str) -> Leaf:
    return Leaf(name, None if is_nothing(cell.text) else cell.text, cell.text, cell.place or place)


def _is_across(cells: Sequence[Tag], table: _Table) -> bool:
    """Whether a row is one cell across a table of several columns."""
    return len(cells) == 1 and len(table.names) > 1 and _span(cells[0], "colspan") >= len(table.names)


def _span(cell: Tag, name: str) -> int:
    text = str(cell.get(name, "1")).strip()
    return min(max(int(text), 1), _WIDEST) if text.isascii() and text.isdigit() and len(text) < 6 else 1


def _next(places: Sequence[int], at: int) -> list[int]:
    """The first of some lines that is not before ``at``, if there is one."""
    next_one = bisect_left(places, at)
    return [places[next_one]] if next_one < len(places) else []


def _place(places: Sequence[int], numbers: Sequence[int]) -> str:
    """The line of one text among those of its row."""
    own = [number for number in numbers if number in places[bisect_left(places, number) :][:1]]
    return locator(own[0], own[0]) if own else ""


def _where(page: Page) -> dict[str, list[int]]:
    """The numbers of the lines on which a text stands by itself, in order."""
    found: dict[str, list[int]] = {}
    for line in page.lines:
        for text in {line.text, *line.parts}:
            found.setdefault(text, []).append(line.number)
    return found
