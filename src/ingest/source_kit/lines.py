"""A page line by line: the rule that claimed each visible line, or none, and what was read from it."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from importlib import import_module
from typing import Any, NamedTuple

from ingest.errors import IngestError
from ingest.read.lines import read_page
from ingest.read.reject import no_text_reason
from ingest.records.document import Capture, Document, Entry, Price, Stated
from ingest.sources import UNRECOGNISED, parse, recognise
from ingest.sources.model_page.labels import known

_LINES = re.compile(r"lines? ([0-9]+)(?:-([0-9]+))?")
# Content that no source knows is shown up to this size.
_LARGEST = 2**20
_LONGEST_SHOWN = 60


class LineOfPage(NamedTuple):
    """One visible line: its number, its text, and the rule that claimed it. None means unread.

    ``read`` is what was read from it (``context_tokens = 128000``). For a page that no source knows, it is what the
    line could be (``label of context_tokens``).
    """

    line: int
    text: str
    rule: str | None
    read: tuple[str, ...] = ()


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

    @property
    def summary(self) -> str:
        """In one sentence, what became of the page: how much of it was read, or why it was turned down."""
        if self.document.rejected:
            return f"rejected: {self.document.rejected}"
        unread = sum(line.rule is None for line in self.lines)
        told = f"{len(self.lines) - unread} of {len(self.lines)} lines claimed, {unread} unread"
        failed = [check.name for check in self.document.checks if not check.passed]
        checks = f", failed checks: {', '.join(dict.fromkeys(failed))}" if failed else ""
        return f"read by {self.source}: {told}{checks}"


def page_by_line(capture: Capture, source: str | None = None) -> PageByLine:
    """The lines of a page with their rules, read by the named source or by the one that recognises the page.

    The lines of a page that no source knows are unread, each with what it could be. Raises :class:`IngestError` if
    there is no source of that name, or if it reads data files, which have no lines.
    """
    document = parse(capture, source)
    name = source or recognise(capture)
    if name is None:
        return PageByLine(UNRECOGNISED, document, _unknown_lines(capture))
    try:
        account = import_module(f"ingest.sources.{name.replace('-', '_')}").account
    except (ImportError, AttributeError):
        raise IngestError(f"{name!r} reads data files and no lines; see 'ingest source try {name} FILE'.") from None
    read = _read_by_line(document)
    lines = [LineOfPage(line.number, line.text, rule, tuple(read[line.number])) for line, rule in account(capture)]
    return PageByLine(name, document, lines)


def _unknown_lines(capture: Capture) -> list[LineOfPage]:
    """The lines of a page that no source knows; none of content that is no page."""
    if len(capture.content) > _LARGEST or no_text_reason(capture.content):
        return []
    lines = read_page(capture.content, capture.media_type).lines
    return [LineOfPage(line.number, line.text, None, _could_be(line.text)) for line in lines]


def _could_be(text: str) -> tuple[str, ...]:
    """What a line could be by its words: a label, with or without its value, or a heading."""
    for words in (text, text.lstrip("-•* ").partition(":")[0]):
        what = known(words)
        if what.field:
            return (f"label of {_column(what.field.target, what.field.value)}",)
        if what.section:
            return (f"heading of {what.section}",)
    return ()


def _column(target: str, kind: str) -> str:
    return f"price of {target}" if kind == "price" else target


def _read_by_line(document: Document) -> dict[int, list[str]]:
    """What was read, by the number of the line where it ends."""
    read: dict[int, list[str]] = defaultdict(list)
    for entry in document.entries:
        for place, said in facts(entry):
            found = _LINES.fullmatch(place or "")
            if found:
                read[int(found[2] or found[1])].append(said)
    return read


def facts(entry: Entry) -> Iterator[tuple[str | None, str]]:
    """What was read of an entry, each with its place: ``context_tokens = 128000``."""
    yield entry.locator, f"model = {entry.name}"
    if entry.organization:
        yield entry.organization_locator, f"organization = {entry.organization}"
    for stated in entry.stated:
        yield stated.locator, f"{stated.field} = {_shown(stated.value, stated.problem)}{_held(stated)}"
    for price in entry.prices:
        unit = f" {price.currency} {price.unit}" if price.amount is not None else ""
        more = [price.tier, f"sold by {price.provider}" if price.provider else None, *price.doubts]
        said = f"price of {price.kind} = {_shown(price.amount, price.problem, unit)}{_joined(more)}{_held(price)}"
        yield price.locator, said
    for score in entry.scores:
        unit = f" {score.unit}" if score.unit else ""
        interval = f"{score.ci_low} to {score.ci_high}" if score.ci_low is not None else None
        more = [
            interval,
            f"stderr {score.stderr}" if score.stderr is not None else None,
            f"{score.n_items} items" if score.n_items is not None else None,
            *(f"{name} {value}" for name, value in score.conditions.items()),
            score.category,
            f"measured by {score.measured_by}" if score.measured_by else None,
            f"on {score.measured_on}" if score.measured_on else None,
            score.reference,
            _cut(score.description) if score.description else None,
        ]
        yield score.locator, f"{score.benchmark} = {_shown(score.score, score.problem, unit)}{_joined(more)}"


def _joined(parts: Iterable[str | None]) -> str:
    return "".join(f", {part}" for part in parts if part)


def _held(said: Stated | Price) -> str:
    """From when to when a statement holds, where it says so."""
    since = f", from {said.valid_from}" if said.valid_from else ""
    return f"{since}, until {said.valid_to}" if said.valid_to else since


def _shown(value: Any, problem: str | None, unit: str = "") -> str:
    """A value with its unit. One with a problem goes to quarantine, which is said beside it."""
    if value is None:
        return f"not read ({problem})" if problem else "nothing"
    text = _cut(", ".join(map(str, value)) if isinstance(value, list) else str(value)) + unit
    return f"{text} (in quarantine: {problem})" if problem else text


def _cut(text: str) -> str:
    return text if len(text) <= _LONGEST_SHOWN else f"{text[:_LONGEST_SHOWN]}…"
