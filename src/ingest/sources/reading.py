"""How every source of pages begins and ends: from a capture to a document whose visible lines are accounted for."""

from __future__ import annotations

from dataclasses import dataclass, field

from ingest.read.lines import Line
from ingest.read.reject import no_text_reason
from ingest.records.document import Capture, Document


@dataclass(slots=True)
class PageAccount:
    """What a source made of one page: its document, the visible lines, and the rule that claimed each line.

    ``claimed`` has the name of a rule by the number of a line; a line without one is unread.
    """

    document: Document
    lines: list[Line] = field(default_factory=list)
    claimed: dict[int, str] = field(default_factory=dict)

    def rejected(self, reason: str) -> PageAccount:
        """The same reading, turned down for ``reason``: a code, or a code and a sentence."""
        self.document.rejected = reason
        return self

    def account(self) -> list[tuple[Line, str | None]]:
        """Each visible line with the name of the rule that claimed it, None for an unread one."""
        return [(line, self.claimed.get(line.number)) for line in self.lines]


def begin(capture: Capture, source: str, reader: str) -> PageAccount:
    """An empty reading of a capture by the ``reader`` of a source, rejected where the content is no text."""
    return PageAccount(Document(source, reader, rejected=no_text_reason(capture.content)))
