"""A page line by line: which rule claimed each visible line, or that none did."""

from __future__ import annotations

from importlib import import_module
from typing import Any, NamedTuple

from ingest.errors import IngestError
from ingest.records.document import Capture, Document
from ingest.sources import UNRECOGNISED, parse, recognise


class LineOfPage(NamedTuple):
    """One visible line: its number, its text and the rule that claimed it (None: unread)."""

    line: int
    text: str
    rule: str | None


class PageByLine(NamedTuple):
    """What a source made of a page: its document, and the page line by line."""

    source: str
    document: Document
    lines: list[LineOfPage]

    def as_dict(self) -> dict[str, Any]:
        """The page as plain data, for JSON."""
        return {
            "source": self.source,
            "rejected": self.document.rejected,
            "lines": [line._asdict() for line in self.lines],
        }


def page_by_line(capture: Capture, source: str | None = None) -> PageByLine:
    """The lines of a page with their rules, by the source of that name or by the one that recognises it.

    Raises :class:`IngestError` for the name of no source, and for a source of data files, which has no lines.
    """
    document = parse(capture, source)
    name = source or recognise(capture)
    if name is None:
        return PageByLine(UNRECOGNISED, document, [])
    try:
        account = import_module(f"ingest.sources.{name.replace('-', '_')}").account
    except (ImportError, AttributeError):
        raise IngestError(f"{name!r} reads data files and no lines; see 'ingest source try {name} FILE'.") from None
    return PageByLine(name, document, [LineOfPage(line.number, line.text, rule) for line, rule in account(capture)])
