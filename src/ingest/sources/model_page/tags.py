"""Lists of tags: supported features and capabilities, what marks one of them as off, and rows that never differ."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import cache, lru_cache
from typing import NamedTuple

from ingest.read.html import tag_marks
from ingest.read.lines import Line, Page, locator
from ingest.records.document import Check
from ingest.sources.model_page.labels import is_constant_row, is_ornament
from ingest.sources.model_page.words import Row, page_words

_PAIR = 2
_NEAR = 500
_LETTERS = re.compile(r"[a-z]+")
_MARKUP = re.compile(r'(?:\s*+<(?:[^<>"]++|"[^"]*+")*+>)*+')
_CLOSING = re.compile(r"^(?:\s{0,99}</[^<>]{1,60}>)+\s{0,99}")


class Tag(NamedTuple):
    """One tag of a list: ``on`` is what the page says of it, None where its markup differs in words nobody knows."""

    text: str
    line: Line
    on: bool | None


class Tags(NamedTuple):
    """A list of tags as it counts. ``says_nothing`` where the site prints the same row on every page."""

    tags: list[Tag]
    says_nothing: bool


def read_tags(
    row: Row, texts: Sequence[tuple[str, Line]], label: Line, page: Page, *, has_prices: bool = False
) -> Tags:
    """What a list of tags says, given the markup around them in HTML and the place of its label in text.

    ``has_prices`` says whether the page states a price: the site prints its constant list of features beside prices.
    """
    found = _marks(texts, label, page) if page.markup else {}
    said = [found.get(text) for text, _ in texts]
    tags = [Tag(text, line, on) for (text, line), on in zip(texts, _states(said), strict=True)]
    if not is_constant_row(row, tuple([text for text, _ in texts])):
        return Tags(tags, False)
    marked = len({tag.on for tag in tags}) > 1
    return Tags(tags, not marked and not _stands_apart(row, texts, label, said, has_prices))


def without_both(
    has: Sequence[tuple[str, Line]], lacks: Sequence[tuple[str, Line]]
) -> tuple[list[tuple[str, Line]], list[tuple[str, Line]], list[Check]]:
    """What a page says that its model has and lacks, without what it says both of, and a failed check of each of these:
    they may be those of two plans."""
    both = {tag.casefold() for tag, _ in has} & {tag.casefold() for tag, _ in lacks}
    places = [f"{tag} ({locator(line.number, line.number)})" for tag, line in has if tag.casefold() in both]
    left, lacking = ([each for each in tags if each[0].casefold() not in both] for tags in (has, lacks))
    return left, lacking, [Check("contradicting_features", False, "said to be there or not", place) for place in places]


def as_shown(lines: Sequence[Line]) -> tuple[str, str]:
    """The text of lines, each once, and their place."""
    shown = dict.fromkeys((line.number, line.text) for line in lines)
    raw = "".join(
        text if not before else ("\n" if number != before[0] else " ") + text
        for before, (number, text) in zip([(), *shown], shown, strict=False)
    )
    numbers = [number for number, _ in shown]
    return raw, locator(min(numbers), max(numbers))


def _stands_apart(
    row: Row,
    texts: Sequence[tuple[str, Line]],
    label: Line,
    said: Sequence[frozenset[str] | None],
    has_prices: bool,
) -> bool:
    """Whether a full list of features may be believed: nothing that marks one as off can have been lost.

    In HTML each has markup of its own, and the same. In text the list is a block with its label on a page that states
    no price, while the row that a site prints on every page stands beside its prices.
    """
    if row != "features":
        return False
    if any(words is not None for words in said):
        return all(said)
    if has_prices:
        return False
    first = texts[0][1]
    return label.shared == 0 and first.shared != 0 and first.number == label.number + 1


def _marks(texts: Sequence[tuple[str, Line]], label: Line, page: Page) -> Mapping[str, frozenset[str]]:
    """The words in the markup around each tag; a text that stands in several places has the words of all."""
    names = list(dict.fromkeys(text for text, _ in texts if not is_ornament(text)))
    same = _same_markup(page.markup, label.parts[0], names)
    if same and not any(word in same.lower() for word in _plain_words()):
        # One markup from tag to tag, which marks none of them: no need to look closer.
        return dict.fromkeys(names, frozenset(("=",) if "=" in same else ()))
    around = _around(page.markup, label.parts[0], names[0]) if len(names) == 1 else ""
    if around and around.isascii() and _first_words().isdisjoint(_LETTERS.findall(around.lower())):
        return {names[0]: frozenset(("=",) if "=" in around else ())}
    found = tag_marks(page.markup, label.parts[0], names)
    return {text: frozenset().union(*places) for text, places in found.items()}


def _same_markup(markup: str, label: str, names: Sequence[str]) -> str:
    """The markup between each tag and the next one behind the label, where it is the same around all; else ""."""
    at = markup.find(label)
    between: list[str] = []
    for name in names:
        found = markup.find(name, at) if at >= 0 else -1
        if found < 0:
            return ""
        between.append(markup[at:found])
        at = found + len(name)
    if len(names) < _PAIR or len(set(between[1:])) > 1:
        return ""
    opens = _CLOSING.sub("", between[1])
    closes = between[1][: len(between[1]) - len(opens)]
    return between[1] if opens and between[0].endswith(opens) and markup.startswith(closes, at) else ""


def _around(markup: str, label: str, name: str) -> str:
    """The markup between a label and the only tag below it, and on to the next text; "" where the tag is far away."""
    at = markup.find(label)
    found = markup.find(name, at) if at >= 0 else -1
    if not 0 <= found - at < _NEAR:
        return ""
    behind = _MARKUP.match(markup, found + len(name), found + len(name) + _NEAR)
    return markup[at + len(label) : found] + (behind.group() if behind else "")


def _states(said: Sequence[frozenset[str] | None]) -> list[bool | None]:
    """What the markup says of each tag of one list: words that all share say nothing of one, except plain ones."""
    known = [words for words in said if words is not None]
    shared = frozenset.intersection(*known) if len(known) > 1 else frozenset()
    own = [None if words is None else words - shared for words in said]
    states: list[bool | None] = []
    for words, left in zip(said, own, strict=True):
        plain = _state(words, plain=True) if words else None
        told = plain if plain is not None else _state(left, plain=False) if left else None
        states.append(told)
    if not any(own) or len(known) != len(said):
        return [True if state is None else state for state in states]
    # Where one is marked as off, the others are on; where they differ in words nobody knows, nobody can tell.
    if any(state is False for state in states):
        return [True if state is None else state for state in states]
    if any(state is True for state in states):
        return [False if state is None and not left else state for state, left in zip(states, own, strict=True)]
    kinds = {left for left in own if left is not None}
    return [True if len(kinds) in (1, len(own)) else None for _ in own]


@lru_cache(256)
def _state(words: frozenset[str], *, plain: bool) -> bool | None:
    """What words say of a tag; pieces of words count for those that are not plain."""
    if not plain:
        words |= {piece for word in words for piece in word.replace("/", "-").replace("_", "-").split("-")}
    return next((on for on, marks in _state_words(plain) if not marks.isdisjoint(words)), None)


@cache
def _plain_words() -> tuple[str, ...]:
    return tuple(word.partition("=")[0] for _, words in _state_words(True) for word in words)


@cache
def _first_words() -> frozenset[str]:
    """The first letters in a row of each word that says something of a tag."""
    words = [word for plain in (True, False) for _, marks in _state_words(plain) for word in marks]
    return frozenset(found[0] for word in words if (found := _LETTERS.search(word)))


@cache
def _state_words(plain: bool) -> list[tuple[bool, frozenset[str]]]:
    return [(state.on, frozenset(state.words)) for state in page_words().tag_states if state.plain == plain]
