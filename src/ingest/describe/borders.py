"""The signs of the border before each word: how the text before it ends, and how the text after it begins."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, lru_cache

from ingest.describe.atoms import View
from ingest.describe.conditions import CONDITION, Reading
from ingest.describe.signs import Word, kinds, last_words
from ingest.describe.vocabulary import signs, weights

WITHIN = 4
"""At most so many words stand before the verb or noun that opens a statement on a benchmark."""
STATES = frozenset({"condition", "inner"})
SPOKEN = frozenset(
    (
        "i",
        "we",
        "you",
        "polite",
        "refusal",
        "order",
        "says_ai",
        "asks_translation",
        "hole",
        "doubled",
        "pronoun_twice",
        "role",
    )
)
"""Signs that a sentence is not a statement on the benchmark."""
RUNNING = frozenset({"auxiliary", "clause", "pronoun", "article", "connective", "verb", "quantifier", "cyrillic"})
"""Signs of running text. In a statement on the benchmark they have weights of their own."""
KNOWN = STATES | {"filler", "known_phrase", "own_name"}
"""Levels of words that the vocabulary of notes knows."""
_STRONG = frozenset({"mark", "role", "heading", "again", "item", "markup", "shape"})
"""Beginnings that count even if the vocabulary of notes knows the word."""
_LONG_BRACKET = 20
"""A bracket with more words than this is no part of a note."""


_SEEN = (
    ("talk", frozenset({"i", "you", "polite", "refusal", "order", "says_ai", "asks_translation"})),
    ("verb", frozenset({"auxiliary", "auxiliary_about"})),
    ("clause", frozenset({"pronoun", "clause", "connective", "verb"})),
    ("hole", frozenset({"hole", "doubled", "pronoun_twice"})),
    ("states", STATES),
    ("fits", KNOWN | {"field"}),
    ("spoken", SPOKEN),
)
"""What a sentence contains, by the signs of its words. The place in this table is the number of the bit."""
_STATED, _FITTING, SPEAKS, _UNKNOWN, _GOES_ON, _MORE, _TURN = (1 << place for place in range(4, 11))
"""Bits of a sentence: it contains a condition; a word of notes or of the field; a word that rules out a statement; an
unknown word. Text follows it; unknown text follows it; a speaker's turn follows it directly."""


@dataclass(slots=True, frozen=True, eq=False)
class WordSigns:
    """The signs of a word with their weights for about and leak.

    ``bits`` is what the word adds to its sentence. ``told`` lists the kinds of leak that the signs are evidence of,
    each with its weight.
    """

    names: tuple[str, ...]
    bits: int
    about: float
    leak: float
    told: tuple[tuple[str, float], ...]

    @staticmethod
    def of(names: tuple[str, ...]) -> WordSigns:
        """The signs ``names`` with what they count."""
        table = weights().words
        found = [table[name] for name in names if name in table]
        told = tuple((kinds()[n], max(table[n][1], 0.0)) for n in names if n in kinds() and n in table)
        return WordSigns(names, _bits(names), sum(w[0] for w in found), sum(w[1] for w in found), told)


@dataclass(slots=True, frozen=True, eq=False)
class BorderSigns:
    """Signs of a border, and their weights for going into a leak, out of one, and between note and about."""

    names: tuple[str, ...]
    into: float
    out: float
    turn: float

    @staticmethod
    def of(*names: str) -> BorderSigns:
        """The signs ``names`` with what they count."""
        table = weights().borders
        found = [table[name] for name in names if name in table]
        return BorderSigns(names, sum(w[0] for w in found), sum(w[1] for w in found), sum(w[2] for w in found))


def is_sentence_end(view: View, shown: list[Word], index: int) -> bool:
    """Whether a sentence ends with word ``index``: at a full stop, before a new line, or before a speaker."""
    after = index + 1
    return shown[index].ends == "stop" or (after < len(shown) and (view.breaks[after] or after in view.turns))


@cache
def openers() -> frozenset[str]:
    """Words that open a statement on a benchmark."""
    return frozenset(signs().openers.words)


def border_signs(
    view: View, reading: Reading, shown: list[Word], levels: list[str], signs_of: list[WordSigns]
) -> list[tuple[BorderSigns, BorderSigns]]:
    """The signs of the border before each word: first of what follows it, then of what precedes it."""
    ahead = _ahead(view, shown, signs_of)
    inside = _inside_brackets(view)
    states = next((atom for atom, level in enumerate(reading.levels) if level == CONDITION), len(reading.levels))
    near = _near_openers(shown)
    breaks, first_atoms, tails, spans = view.breaks, view.first_atom, view.tails, reading.spans
    found: list[tuple[BorderSigns, BorderSigns]] = []
    before, level_before = None, ""
    for index, (word, level, own) in enumerate(zip(shown, levels, signs_of, strict=True)):
        begins = _begins(word, level, own)
        opens = before is None or begins == "role" or breaks[index] or before.ends == "stop"
        what = _what_follows(begins, *ahead[index], near[index], opens)
        if before is None:
            found.append((what, _at_start()))
        else:
            atom = first_atoms[index]
            place = _STATED_BEFORE if atom > states else 0
            if inside[index]:
                place |= _IN_BRACKET
            elif begins in _BRACKETS and index + 1 < len(inside) and inside[index + 1]:
                place |= _CLOSES
            if index in tails or (0 < atom < len(spans) and 0 < spans[atom - 1] == spans[atom]):
                place |= _IN_PHRASE
            if index == 1 and level_before == "unknown":
                place |= _SECOND
            found.append((what, _before_signs(before, level_before, begins, breaks[index], opens, place)))
        before, level_before = word, level
    return found


_STATED_BEFORE, _IN_BRACKET, _CLOSES, _IN_PHRASE, _SECOND = (1 << place for place in range(5))
"""Bits for the place of a border: after a condition, in a bracket, before a closed bracket, in a phrase, second."""
_BRACKETS = frozenset({"bracket", "known_bracket"})


@cache
def _at_start() -> BorderSigns:
    return BorderSigns.of("at_start")


def _near_openers(shown: list[Word]) -> list[str]:
    """For each word, whether a statement on the benchmark opens with it or soon after it."""
    opening = openers()
    found, since = [""] * len(shown), WITHIN + 1
    for index in range(len(shown) - 1, -1, -1):
        since = 0 if shown[index].plain in opening else since + 1
        if since <= WITHIN:
            found[index] = "near_about" if since else "opens_about"
    return found


@lru_cache(maxsize=16_384)
def _what_follows(begins: str, seen: int, words: int, near: str, opens: bool) -> BorderSigns:
    """The signs of the text after a border."""
    rest = _rest_signs(seen, words, "sentence" if opens else "rest")
    return BorderSigns.of(f"to_{begins}", *rest, *((near,) if near else ()))


@lru_cache(maxsize=16_384)
def _begins(word: Word, level: str, own: WordSigns) -> str:
    """How the text after the border begins."""
    strong = next((name for name in ("mark_phrase", "role", "heading", "again") if name in own.names), None)
    begins = strong.removesuffix("_phrase") if strong else word.begins
    if level in KNOWN and begins not in _STRONG:
        return "known_bracket" if begins == "bracket" else level
    return begins


@lru_cache(maxsize=16_384)
def _before_signs(  # noqa: PLR0917 -- cached, which keywords make slow
    before: Word, level: str, begins: str, is_line: bool, opens: bool, place: int
) -> BorderSigns:
    """How the text before the border ends, and where the border stands."""
    after = before.ends or (level if level in KNOWN else "unknown")
    after = "line" if is_line else "condition" if after == "inner" else after
    stated = {
        "border": True,
        f"after_{after}": True,
        f"after_{after}_to_{begins}": True,
        "mid_sentence": not opens and before.ends != "colon",
        "after_function_word": not before.ends and before.plain in last_words(),
        "stated": place & _STATED_BEFORE,
        "unstated": not place & _STATED_BEFORE,
        "after_first_word": place & _SECOND,
        "in_bracket": place & _IN_BRACKET,
        "bracket_closes": place & _CLOSES,
        "inside_phrase": place & _IN_PHRASE,
    }
    return BorderSigns.of(*(name for name, holds in stated.items() if holds))


@lru_cache(maxsize=4_096)
def _rest_signs(seen: int, words: int, what: str) -> tuple[str, ...]:
    """The signs of the rest of a sentence. ``what`` is ``sentence`` if the border opens one, else ``rest``."""
    found = [
        f"{what}_{name}"
        for place, (name, _) in enumerate(_SEEN)
        if seen & 1 << place and name not in ("fits", "spoken")
    ]
    if seen & _STATED and not seen & _UNKNOWN:
        found.append(f"{what}_is_note")
    if not seen & _FITTING and words == WITHIN:
        found.append(f"{what}_apart")
    if words < WITHIN:
        found.append("stop_soon" if seen & _GOES_ON else f"{what}_short")
    if seen & _TURN:
        found.append(f"{what}_before_turn")
    if seen & _STATED and not seen & (_UNKNOWN | _MORE):
        found.append("note_to_the_end")
    return tuple(found)


def _ahead(view: View, shown: list[Word], signs_of: list[WordSigns]) -> list[tuple[int, int]]:
    """For each word, what its sentence contains from there on, as bits, and how many words, at most :data:`WITHIN`."""
    size = len(shown)
    found = [(0, 0)] * size
    seen, words = 0, 0
    for index in range(size - 1, -1, -1):
        if is_sentence_end(view, shown, index):
            more = _MORE if seen & (_UNKNOWN | _MORE) else 0
            turn = _TURN if index + 1 in view.turns else 0
            seen, words = (_GOES_ON if index + 1 < size else 0) | more | turn, 0
        seen |= signs_of[index].bits
        words = min(words + 1, WITHIN)
        found[index] = (seen, words)
    return found


def _bits(names: tuple[str, ...]) -> int:
    """What a word with these signs adds to its sentence, as bits."""
    bits = 0 if not KNOWN.isdisjoint(names) else _UNKNOWN
    for place, (_, group) in enumerate(_SEEN):
        if not group.isdisjoint(names):
            bits |= 1 << place
    return bits


def _inside_brackets(view: View) -> list[bool]:
    """For each word, whether it stands in a short bracket that an earlier word opens."""
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
