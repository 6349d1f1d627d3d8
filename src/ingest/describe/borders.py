"""The signs of the border before each word: how what stands before it ends, how what follows begins and goes on."""

from __future__ import annotations

from functools import cache, lru_cache
from typing import NamedTuple

from ingest.describe.atoms import View
from ingest.describe.conditions import CONDITION, Reading
from ingest.describe.signs import Word, last_words
from ingest.describe.vocabulary import signs

WITHIN = 4
"""Words that may stand before the verb or noun with which a statement on a benchmark opens."""
STATES = frozenset({"condition", "inner"})
RUNNING = frozenset({"auxiliary", "clause", "pronoun", "article", "connective", "verb", "quantifier", "cyrillic"})
"""Signs of running text, which counts apart in a statement on the benchmark."""
_TALK = frozenset({"i", "you", "polite", "refusal", "order", "says_ai", "asks_translation"})
SPOKEN = _TALK | {"we", "hole", "doubled", "pronoun_twice", "role"}
"""Signs that a sentence is no statement on the benchmark."""
_VERB = frozenset({"auxiliary", "auxiliary_about"})
_CLAUSE = frozenset({"pronoun", "clause", "connective", "verb"})
_HOLE = frozenset({"hole", "doubled", "pronoun_twice"})
_KNOWN = STATES | {"filler", "known_phrase", "own_name"}
_FITS = _KNOWN | {"field"}
_STRONG = frozenset({"mark", "role", "heading", "again", "item", "markup", "shape"})
"""Beginnings that count even where a list of notes knows the word."""
_LONG_BRACKET = 20
"""Words of a bracket that a note may hold."""


class _Rest(NamedTuple):
    """What stands from a word to the end of its sentence; ``words`` up to :data:`WITHIN` are counted."""

    talk: bool = False
    verb: bool = False
    clause: bool = False
    hole: bool = False
    states: bool = False
    known: bool = True
    fits: bool = False
    words: int = 0
    goes_on: bool = False
    is_note: bool = False


def is_sentence_end(view: View, shown: list[Word], index: int) -> bool:
    """Whether a sentence ends with word ``index``: at a stop, before a new line or a speaker."""
    after = index + 1
    return shown[index].ends == "stop" or (after < len(shown) and (view.breaks[after] or after in view.turns))


@cache
def openers() -> frozenset[str]:
    """Words with which a statement on a benchmark opens."""
    return frozenset(signs().openers.words)


def border_signs(
    view: View, reading: Reading, shown: list[Word], levels: list[str], names: list[tuple[str, ...]]
) -> list[tuple[str, ...]]:
    """The signs of the border before each word, from its level in lists of notes and its own signs."""
    ahead = _ahead(view, shown, levels, names)
    inside = _inside_brackets(view)
    states = next((atom for atom, level in enumerate(reading.levels) if level == CONDITION), len(reading.levels))
    opening = openers()
    near = [word.plain in opening for word in shown]
    found: list[tuple[str, ...]] = []
    for index, own in enumerate(names):
        begins = _begins(shown[index], levels[index], own)
        opens = not index or begins == "role" or view.breaks[index] or shown[index - 1].ends == "stop"
        here = [f"to_{begins}", *_rest_signs(ahead[index], "sentence" if opens else "rest")]
        if True in near[index : index + WITHIN + 1]:
            here.append("opens_about" if near[index] else "near_about")
        if not index:
            found.append(("at_start", *here))
            continue
        here += _before_signs(shown[index - 1], levels[index - 1], begins, is_line=view.breaks[index], opens=opens)
        here.append("stated" if view.first_atom[index] > states else "unstated")
        if index == 1 and levels[0] == "unknown":
            here.append("after_first_word")
        if inside[index]:
            here.append("in_bracket")
        elif begins in ("bracket", "known_bracket") and True in inside[index + 1 : index + 2]:
            here.append("bracket_closes")
        if index in view.tails or _in_phrase(reading, view.first_atom[index]):
            here.append("inside_phrase")
        found.append(tuple(here))
    return found


def _begins(word: Word, level: str, own: tuple[str, ...]) -> str:
    """How what follows the border begins."""
    strong = next((name for name in ("mark_phrase", "role", "heading", "again") if name in own), None)
    begins = strong.removesuffix("_phrase") if strong else word.begins
    if level in _KNOWN and begins not in _STRONG:
        return "known_bracket" if begins == "bracket" else level
    return begins


@lru_cache(maxsize=4_096)
def _before_signs(before: Word, level: str, begins: str, *, is_line: bool, opens: bool) -> tuple[str, ...]:
    """How what stands before the border ends."""
    after = before.ends or (level if level in _KNOWN else "unknown")
    after = "line" if is_line else "condition" if after == "inner" else after
    found = ["border", f"after_{after}", f"after_{after}_to_{begins}"]
    if not opens and before.ends != "colon":
        found.append("mid_sentence")
    if not before.ends and before.plain in last_words():
        found.append("after_function_word")
    return tuple(found)


@lru_cache(maxsize=4_096)
def _rest_signs(rest: _Rest, what: str) -> tuple[str, ...]:
    """The signs of what follows a border; ``what`` is ``sentence`` at the start of one, else ``rest``."""
    found = [f"{what}_{name}" for name in ("talk", "verb", "clause", "hole", "states") if getattr(rest, name)]
    if rest.known and rest.states:
        found.append(f"{what}_is_note")
    if not rest.fits and rest.words == WITHIN:
        found.append(f"{what}_apart")
    if rest.words < WITHIN:
        found.append("stop_soon" if rest.goes_on else f"{what}_short")
    if rest.is_note and rest.states:
        found.append("note_to_the_end")
    return tuple(found)


def _ahead(view: View, shown: list[Word], levels: list[str], names: list[tuple[str, ...]]) -> list[_Rest]:
    """What stands from each word to the end of its sentence; ``is_note`` tells that nothing else is left."""
    size = len(shown)
    found = [_Rest()] * size
    rest, is_note = _Rest(), True
    for index in range(size - 1, -1, -1):
        level, own = levels[index], names[index]
        if is_sentence_end(view, shown, index):
            rest = _Rest(goes_on=index + 1 < size)
        is_note = is_note and level in _KNOWN
        rest = _Rest(
            rest.talk or not _TALK.isdisjoint(own),
            rest.verb or not _VERB.isdisjoint(own),
            rest.clause or not _CLAUSE.isdisjoint(own),
            rest.hole or not _HOLE.isdisjoint(own),
            rest.states or level in STATES,
            rest.known and level in _KNOWN,
            rest.fits or not _FITS.isdisjoint(own),
            min(rest.words + 1, WITHIN),
            rest.goes_on,
            is_note,
        )
        found[index] = rest
    return found


def _in_phrase(reading: Reading, atom: int) -> bool:
    """Whether a known phrase goes on with ``atom``."""
    spans = reading.spans
    return 0 < atom < len(spans) and 0 < spans[atom - 1] == spans[atom]


def _inside_brackets(view: View) -> list[bool]:
    """Whether each word stands inside a bracket that an earlier word opens and that is closed soon."""
    words = view.words
    inside = [False] * len(words)
    opened = -1
    for index, word in enumerate(words):
        if opened >= 0 and index - opened > _LONG_BRACKET:
            opened = -1
        if opened >= 0 and word.count(")") > word.count("("):
            inside[opened + 1 : index + 1] = [True] * (index - opened)
            opened = -1
        elif word.count("(") > word.count(")"):
            opened = index
    return inside
