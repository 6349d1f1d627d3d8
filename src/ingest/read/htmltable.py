"""Rows of HTML tables as records, with the visible lines where they stand."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator

from ingest.errors import IngestError
from ingest.read.leaves import Leaf
from ingest.read.lines import Page, locator, read_page
from ingest.read.values import is_nothing


def html_rows(content: bytes, select: str = "table tr") -> Iterator[tuple[str, list[Leaf]]]:
    """The rows that a CSS selector finds, each with its place and a field for each cell.

    A row of ``th`` cells names the fields of the rows below it. Where a cell states nothing ("-"), its value is
    None. Raises :class:`IngestError` for markup that cannot be read.
    """
    from bs4 import BeautifulSoup
    from bs4.exceptions import ParserRejectedMarkup

    try:
        rows = BeautifulSoup(content, "lxml").select(select)
    except (ParserRejectedMarkup, RecursionError) as error:
        raise IngestError(f"invalid_html: {type(error).__name__}") from None
    stands = _where(read_page(content))
    names: list[str] = []
    at = 0
    for row in rows:
        cells = row.find_all(["td", "th"])
        texts = [cell.get_text(" ", strip=True) for cell in cells]
        if cells and all(cell.name == "th" for cell in cells):
            names = texts
            continue
        numbers: list[int] = []
        for text in texts:
            places = stands.get(text, [])
            next_one = bisect_left(places, at)
            if next_one < len(places):
                at = places[next_one]
                numbers.append(at)
        if not numbers:
            continue
        place = locator(numbers[0], numbers[-1])
        yield (
            place,
            [
                Leaf(name, None if is_nothing(text) else text, text, place)
                for name, text in zip(names or map(str, range(1, len(texts) + 1)), texts, strict=False)
            ],
        )


def _where(page: Page) -> dict[str, list[int]]:
    """The numbers of the lines on which a text stands by itself, in order."""
    found: dict[str, list[int]] = {}
    for line in page.lines:
        for text in {line.text, *line.parts}:
            found.setdefault(text, []).append(line.number)
    return found
