"""From a model page of OpenRouter to its record: the id below the name, and the figures below the id."""

from __future__ import annotations

import re
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Literal

from ingest.knowledge import KnowledgeEntry, Phrases, knowledge
from ingest.read import values
from ingest.read.lines import Line, locator, read_page, words_of
from ingest.read.text import may_be_json
from ingest.records.document import Capture, Document, Entry, Price, Stated, UnreadLine
from ingest.sources.reading import PageAccount, begin
from ingest.sources.settings import load_settings

SOURCE = load_settings(Path(__file__).with_name("source.yaml"))
NAME: str = SOURCE["name"]
READER: str = f"{NAME}/{SOURCE['reader']}"
PROVIDER = "openrouter"

_ID = re.compile(r"[a-z0-9][a-z0-9._-]{0,60}/[a-z0-9][a-z0-9._-]{0,80}(?::(?P<variant>[a-z]{2,12}))?")
_SITE = re.compile(r"://(?:www\.)?openrouter\.ai/")
_NAME_OF_SITE = "OpenRouter"
_LARGEST = 4 * 2**20
# How far down the page the id stands.
_FIRST_LINES = 60
# A paragraph that is no row of figures.
_LONGEST = 300
_NO_LINE = Line(0, "", ())


class FigurePattern(KnowledgeEntry):
    """A figure as the page writes it, and what it states."""

    name: str
    pattern: str
    example: str
    reason: str
    states: str | None = None
    kind: Literal["count", "day"] | None = None
    price: str | None = None
    unit: str = "per_million_tokens"
    factor: float = 1.0
    nothing: str | None = None


class OpenRouterWords(KnowledgeEntry):
    """The whole of ``openrouter_page.yaml``."""

    ends: Phrases
    labels: Phrases
    patterns: tuple[FigurePattern, ...]


def page_words() -> OpenRouterWords:
    """The content of ``knowledge/pages/openrouter_page.yaml``."""
    words: OpenRouterWords = knowledge("pages/openrouter_page", OpenRouterWords)
    return words


def recognise(capture: Capture) -> bool:
    """Whether a page has prices as OpenRouter writes them, and names the router."""
    if may_be_json(capture.content) or len(capture.content) > _LARGEST:
        return False
    words = words_of(capture.content, capture.media_type)
    if "openrouter" not in words:
        return False
    if "/m input tokens" in words or "/m output tokens" in words:
        return True
    return "input price" in words and "per 1m" in words and _is_of_the_site(capture)


def _is_of_the_site(capture: Capture) -> bool:
    """Whether a page comes from the router, names it as its own or shows its name at the top, and shows an id."""
    page = read_page(capture.content, capture.media_type)
    notes = (page.notes.get("canonical", ""), page.notes.get("og:url", ""), capture.location)
    first = page.lines[:_FIRST_LINES]
    is_own = any(_SITE.search(note) for note in notes) or any(line.text == _NAME_OF_SITE for line in first)
    return is_own and any(_ID.fullmatch(line.text) for line in first)


def parse(capture: Capture) -> Document:
    """The :class:`Document` of the page: one entry, or the reason why it is rejected."""
    return _read(capture).document


def account(capture: Capture) -> list[tuple[Line, str | None]]:
    """Each visible line of a page with the name of the rule that claimed it, None for an unread one."""
    return _read(capture).account()


def _read(capture: Capture) -> PageAccount:
    reading = begin(capture, NAME, READER)
    document, claimed = reading.document, reading.claimed
    if document.rejected:
        return reading
    page = read_page(capture.content, capture.media_type)
    document.repairs, reading.lines = page.repairs, page.lines
    at = next((n for n, line in enumerate(page.lines[:_FIRST_LINES]) if _ID.fullmatch(line.text)), None)
    if at is None or at == 0:
        return reading.rejected(
            "no_id: no id such as openai/gpt-4o-mini stands below a name; give the page of one model"
        )
    found = _ID.fullmatch(page.lines[at].text)
    name = next((line for line in page.lines[:at] if line.heading == 1), page.lines[at - 1])
    entry = Entry(name.text, locator(name.number, name.number), source_key=page.lines[at].text)
    claimed |= {name.number: "name", page.lines[at].number: "id"}
    variant = found["variant"] if found else None
    for line, behind in pairwise([*page.lines[at + 1 :], _NO_LINE]):
        if line.text.lower().startswith(page_words().ends.phrases):
            break
        if line.text.lower() in page_words().labels.phrases and len(behind.text) <= _LONGEST:
            both = line._replace(text=f"{line.text} {behind.text}")
            if _take(both, entry, variant, last=behind.number):
                claimed |= {line.number: "figures", behind.number: "figures"}
        elif len(line.text) <= _LONGEST and _take(line, entry, variant):
            claimed[line.number] = "figures"
    if not (entry.stated or entry.prices):
        return reading.rejected("no_figures: below the id stands neither a context nor a price")
    document.entries.append(entry)
    document.unread = [UnreadLine(line.number, line.text) for line in page.lines if line.number not in claimed]
    return reading


def _take(line: Line, entry: Entry, variant: str | None, last: int = 0) -> bool:
    """Takes the figures of one line, or of a label and the line below; the first of each kind counts, since others
    below are of sellers."""
    place = locator(line.number, last or line.number)
    text = line.text
    for rule, pattern in _patterns():
        match = pattern.search(text)
        if match is None:
            continue
        # What a rule took is out of the way of the next: a date is glued to the number behind it.
        text = f"{text[: match.start()]} {text[match.end() :]}"
        if rule.states and not any(each.field == rule.states for each in entry.stated):
            reader = values.day if rule.kind == "day" else values.count
            value = reader(match[1])
            unit = value.unit if rule.kind == "day" else None
            stated = Stated(rule.states, value.value, match[1], place, value.low, value.high, unit, value.problem)
            entry.stated.append(stated)
        elif rule.price and not any(each.kind == rule.price for each in entry.prices):
            entry.prices.append(_price(rule, match[1], place, variant))
    return text != line.text


def _price(rule: FigurePattern, text: str, place: str, variant: str | None) -> Price:
    value = values.money(text)
    amount, low, high = (
        None if number is None else float(f"{number * rule.factor:.12g}")
        for number in (value.value, value.low, value.high)
    )
    return Price(
        str(rule.price),
        amount,
        text,
        place,
        rule.unit,
        value.unit or "USD",
        provider=PROVIDER,
        tier=variant,
        low=low,
        high=high,
        problem=value.problem,
    )


@cache
def _patterns() -> list[tuple[FigurePattern, re.Pattern[str]]]:
    return [(rule, re.compile(rule.pattern)) for rule in page_words().patterns]
