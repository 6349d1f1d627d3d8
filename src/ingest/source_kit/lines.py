"""A page line by line: the rule that claimed each visible line, or none."""

from __future__ import annotations

from importlib import import_module
from typing import Any, NamedTuple

from ingest.errors import IngestError
from ingest.records.document import Capture, Document
from ingest.sources import UNRECOGNISED, parse, recognise


class LineOfPage(NamedTuple):
    """One visible line: its number, its text, and the rule that claimed it. None means unread."""

    line: int
    text: str
    rule: str | None


class PageByLine(NamedTuple):
    """What a source read from a page: its document, and the page line by line."""

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
    """The lines of a page with their rules, read by the named source or by the one that recognises the page.

    Raises :class:`IngestError` if there is no source of that name, or if it reads data files, which have no lines.
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
