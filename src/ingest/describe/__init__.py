"""Turn a garbled benchmark description into facts: the genuine note and the conditions that it states.

>>> describe("5-shot CoT AI: I'm sorry, I cannot").conditions
{'n_shots': 5, 'prompting': 'chain-of-thought'}
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any, NamedTuple

from ingest.describe.atoms import View, fill
from ingest.describe.conditions import may_name, read_conditions
from ingest.describe.leaks import SURE, Decision, Leak, find_leaks
from ingest.describe.mend import add_issue, join, mend, unmark
from ingest.describe.observe import find_turns, has_holes
from ingest.describe.reading import UNKNOWN, Reading
from ingest.describe.result import CONDITIONS, Described, Part
from ingest.name import name_states
from ingest.records import Check

__all__ = ["CONDITIONS", "Described", "Part", "describe", "forget", "parts_of"]

_MEMO = 16_384
_MEMO_TEXT = 2_000
_MEMO_WORDS = 40
_TRUST = ((6.0, 1.0), (4.0, 0.85), (3.0, 0.8), (2.0, 0.7), (1.0, 0.55), (-1.0, 0.5))
"""Confidence by margin: how far the best decision on what leaked beats the next best."""
_TRUST_UNREAD = 0.88
"""At most so much confidence if a word remains that the vocabulary does not know: it may state a condition.

Both are fitted on the notes that are never learned from (docs/descriptions.md has the table). Share of notes with an
error from a margin of 6 on: 1% if each word is known, 5% otherwise."""
_MOST_LOOKS = 12
"""A text that is not settled after so many looks is no note. Known notes need four at most."""
_GUESS = 3.0
"""Below this margin the decision is a guess. The record then has the issue ``doubtful_end``."""
_NOTE = ("note", "words of the vocabulary")
_ABOUT = ("about", "words outside the vocabulary")


class _Settled(NamedTuple):
    """What remains of a text: its words by index, the leak of each word that was cut, what the last look shows, and
    the smallest margin of a decision."""

    kept: list[int]
    cuts: dict[int, Leak]
    view: View
    reading: Reading
    margin: float


def describe(text: str | None, benchmark: str | None = None, *, is_whole: bool = False) -> Described:
    """Read one description.

    ``text`` is the text under ``benchmark``, without the "Self-reported" mark. ``benchmark`` is the name as listed; it
    may state conditions too. The function is pure: the same two texts always give the same record. Describing
    ``description`` again gives the same text and conditions. No text makes it raise.

    ``is_whole`` says that the source quotes its notes in full (a table of results from papers): nothing has leaked into
    them, so nothing is cut.
    """
    if text is not None and len(text) > _MEMO_TEXT:  # keeps the cache within some tens of megabytes
        return _describe(text, benchmark, is_whole)
    return _remembered(text, benchmark, is_whole)


def _describe(text: str | None, benchmark: str | None, is_whole: bool) -> Described:
    states = name_states(benchmark) if benchmark else {}  # the benchmark's id holds the variant
    named = {column: states[column] for column in CONDITIONS if column in states and column != "variant"}
    name_rules = tuple(f"name:{column}" for column in named)
    if text is None or not text.strip():
        sources, confidence = dict.fromkeys(named, "name"), 0.95 if named else None
        return Described(None, text, "absent", (), named, sources, confidence, (), name_rules)
    mended = mend(text)
    words, breaks = list(mended.words), mended.breaks
    kept, cuts, view, reading, margin = _settle(words, breaks, mended.issues, benchmark, is_whole=is_whole)
    description = join([words[i] for i in kept], [breaks[i] for i in kept]) if kept else None
    status = "clean" if description == text else "repaired"
    if cuts or "too_long" in mended.issues:
        status = "salvaged" if kept else "discarded"
    conditions, sources, checks = _unite(reading.conditions, named)
    said = dict.fromkeys([*mended.issues, *(kind for leak in cuts.values() for kind in leak.kinds)])
    rules = dict.fromkeys([*said, *(f"note:{rule}" for rule in reading.rules), *name_rules])
    doubts = _doubts(view, reading)
    issues = [*said, *doubts, *["doubtful_end"] * (margin < _GUESS), *["bent_wording"] * reading.bent]
    issues += [f"ambiguous_{column}" for column in reading.ambiguous]
    trust = next(trust for least, trust in _TRUST if margin >= least)
    confidence = min(trust, 1.0 if reading.is_read(view.texts) else _TRUST_UNREAD) * (0.85 if reading.bent else 1.0)
    confidence *= 0.8 ** (len(reading.ambiguous) + len(checks)) * 0.85 ** len(doubts)
    return Described(
        description,
        text,
        status,
        tuple(issues),
        conditions,
        sources,
        round(confidence, 3),
        checks,
        tuple(rules),
    )


_remembered = lru_cache(maxsize=_MEMO)(_describe)


def _settle(
    words: list[str], breaks: list[bool], issues: list[str], benchmark: str | None, *, is_whole: bool
) -> _Settled:
    """Look at the text and cut what leaked, again and again, until a look cuts nothing."""
    kept = list(range(len(words)))
    cuts: dict[int, Leak] = {}
    margin = SURE
    heading = bool(words) and words[0].startswith("#")
    for _ in range(_MOST_LOOKS):
        if unmark(words, kept):
            add_issue(issues, "markup")
        look_at = _look if not cuts or len(kept) > _MEMO_WORDS else _look_again
        view, reading, decision = look_at(
            tuple([words[i] for i in kept]), tuple([breaks[i] for i in kept]), benchmark, heading=heading
        )
        if is_whole:
            return _Settled(kept, cuts, view, reading, margin)
        margin = min(margin, decision.margin)
        if not decision.leaks:
            return _Settled(kept, cuts, view, reading, margin)
        if not may_name(view, benchmark):
            benchmark = None
        for leak in decision.leaks:
            cuts.update(dict.fromkeys(kept[leak.start : leak.end], leak))
        kept = [i for i in kept if i not in cuts]
        if not kept:
            break
    cuts.update(dict.fromkeys(kept, Leak(0, len(words), ("unclear",))))
    return _Settled([], cuts, View([], []), Reading([]), margin)


def _look(
    words: tuple[str, ...], breaks: tuple[bool, ...], benchmark: str | None, *, heading: bool
) -> tuple[View, Reading, Decision]:
    """What the words show, what they state, and which of them leaked."""
    view = fill(View(list(words), list(breaks), heading=heading))
    find_turns(view)
    reading = read_conditions(view, benchmark)
    return view, reading, find_leaks(view, reading)


_look_again = lru_cache(maxsize=_MEMO)(_look)
"""Look at what a cut left. Many texts are cut to the same few words."""


def forget() -> None:
    """Empty the cache of descriptions. For measurements: results never depend on it."""
    _remembered.cache_clear()
    _look_again.cache_clear()


def _unite(noted: dict[str, Any], named: dict[str, Any]) -> tuple[dict[str, Any], dict[str, str], tuple[Check, ...]]:
    """The conditions of note and name together. Where the two contradict each other, neither is taken."""
    checks = tuple(
        Check(f"name_and_note_agree:{column}", False, str(named[column]), str(noted[column]))
        for column in noted
        if column in named and named[column] != noted[column]
    )
    against = {check.name.partition(":")[2] for check in checks}
    united = {column: value for column, value in (named | noted).items() if column not in against}
    conditions = {column: united[column] for column in CONDITIONS if column in united} if named else united
    return conditions, {column: "note" if column in noted else "name" for column in conditions}, checks


def _doubts(view: View, reading: Reading) -> list[str]:
    """Doubts about the genuine part: lost words, and numbers or models that no condition explains."""
    unread = {key for atom, level in enumerate(reading.levels) if level == UNKNOWN for key in view.keys[atom]}
    doubts = ["holes"] if has_holes(view, reading) else []
    if "{model}" in unread:
        doubts.append("unread_model")
    if not unread.isdisjoint(("{n}", "{q}")):
        doubts.append("unread_number")
    return doubts


def parts_of(text: str | None, benchmark: str | None = None, *, is_whole: bool = False) -> tuple[Part, ...]:
    """All stretches of the description ``text``, each with its kind and rule."""
    if text is None or not text.strip():
        return ()
    mended = mend(text)
    words = mended.words
    kept, cuts, view, reading, _ = _settle(list(words), mended.breaks, [], benchmark, is_whole=is_whole)
    noted = {kept[view.word_of[atom]] for atom, level in enumerate(reading.levels) if level}
    stretches: list[tuple[int, int, tuple[str, str]]] = []
    begin, size = 0, len(words)
    while begin < size:
        cut, end = cuts.get(begin), begin + 1
        while end < size and cuts.get(end) is cut:
            end += 1
        if cut is None:
            _sentences(words, noted, begin, end, stretches)
        else:
            stretches.append((begin, end, (cut.kinds[0], "+".join(cut.kinds))))
        begin = end
    parts: list[Part] = []
    starts, ends = mended.places()
    for begin, end, (kind, rule) in stretches:
        start, stop = starts[begin], ends[end - 1]
        if parts and start < parts[-1].end:  # mending split one stretch into two words; show it once
            start = parts[-1].end
            if stop <= start:
                continue
        parts.append(Part(kind, text[start:stop], start, stop, rule))
    if words and (stop := ends[-1]) < len(text) and text[stop:].strip():
        parts.append(Part("too_long", text[stop:], stop, len(text), "beyond the length that is analysed"))
    return tuple(parts)


def _sentences(
    words: list[str], noted: set[int], begin: int, end: int, into: list[tuple[int, int, tuple[str, str]]]
) -> None:
    """Label genuine words by sentence: ``note`` if any word is in the vocabulary of notes, else ``about``."""
    first = len(into)
    for index in range(begin, end):
        if words[index][-1] in ".;!?" or index + 1 == end:
            label = _ABOUT if noted.isdisjoint(range(begin, index + 1)) else _NOTE
            if len(into) > first and into[-1][2] is label:
                into[-1] = (into[-1][0], index + 1, label)
            else:
                into.append((begin, index + 1, label))
            begin = index + 1
