"""Turn a garbled benchmark description into facts: the genuine note and the conditions that it states.

>>> describe("5-shot CoT AI: I'm sorry, I cannot").conditions
{'n_shots': 5, 'prompting': 'chain-of-thought'}
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from ingest.describe.atoms import View, fill
from ingest.describe.conditions import UNKNOWN, Reading, name_atoms, read_conditions
from ingest.describe.leaks import Decision, Leak, find_leaks
from ingest.describe.mend import Mended, add_issue, join, mend, unmark
from ingest.describe.observe import find_turns, has_holes
from ingest.describe.result import CONDITIONS, Described, Part
from ingest.name import name_states
from ingest.records import Check

__all__ = ["CONDITIONS", "Described", "Part", "describe", "forget"]

_MEMO = 16_384
_MEMO_TEXT = 2_000
_MEMO_WORDS = 40
_TRUST = ((7.0, 1.0), (5.0, 0.88), (3.0, 0.8), (1.0, 0.6), (-1.0, 0.4))
"""Confidence by margin: how far the best decision on what leaked beats the next best.

Fitted on hand-written notes that the weights were not learned from (docs/descriptions.md has the table). Share of notes
with an error, by margin: none at 7 or more, 6% from 5 to 7, 4% from 3 to 5, a third below 3."""
_MOST_LOOKS = 12
"""A text that is not settled after so many looks is no note. Known notes need four at most."""
_GUESS = 3.0
"""Below this margin the decision is a guess. The record then has the issue ``doubtful_end``."""
_NOTE = ("note", "words of the vocabulary")
_ABOUT = ("about", "words outside the vocabulary")


def describe(text: str | None, benchmark: str | None = None) -> Described:
    """Read one description.

    ``text`` is the text under ``benchmark``, without the "Self-reported" mark. ``benchmark`` is the name as listed; it
    may state conditions too. The function is pure: the same two texts always give the same record. Describing
    ``description`` again gives the same text and conditions. No text makes it raise.
    """
    if text is not None and len(text) > _MEMO_TEXT:  # keeps the cache within some tens of megabytes
        return _describe(text, benchmark)
    return _remembered(text, benchmark)


def _describe(text: str | None, benchmark: str | None) -> Described:
    named = _named(benchmark)
    if text is None or not text.strip():
        return _without_text(text, named)
    mended = mend(text)
    words, breaks = list(mended.words), mended.breaks
    kept = list(range(len(words)))
    own_name = name_atoms(benchmark)
    found: dict[int, Leak] = {}
    margin = float("inf")
    heading = bool(words) and words[0].startswith("#")
    look = 0
    while True:
        look += 1
        if unmark(words, kept):
            add_issue(mended.issues, "markup")
        whole = len(kept) == len(words)
        look_at = _look if whole or len(kept) > _MEMO_WORDS else _look_again
        view, reading, decision = look_at(
            tuple(words if whole else [words[i] for i in kept]),
            tuple(breaks if whole else [breaks[i] for i in kept]),
            own_name,
            heading=heading,
        )
        margin = min(margin, decision.margin)
        if not decision.leaks:
            break
        if not own_name or own_name[0] not in view.texts:
            own_name = ()
        for leak in decision.leaks:
            found.update(dict.fromkeys(kept[leak.start : leak.end], leak))
        kept = [i for i in kept if i not in found]
        if look == _MOST_LOOKS:
            found.update(dict.fromkeys(kept, Leak(0, len(words), ("unclear",))))
            kept = []
        if not kept:
            view, reading = View([], []), Reading([])
            break
    description = join([words[i] for i in kept], [breaks[i] for i in kept]) if kept else None
    leaks = tuple(dict.fromkeys(found.values()))
    return _record(
        text=text,
        description=description,
        status=_status(text, description, found, mended),
        named=named,
        noted=reading,
        leaks=leaks,
        margin=margin,
        doubts=_doubts(view, reading),
        issues=mended.issues,
        parts=_parts(text, mended, (view, reading), kept, found),
    )


_remembered = lru_cache(maxsize=_MEMO)(_describe)


def _look(
    words: tuple[str, ...], breaks: tuple[bool, ...], own_name: tuple[str, ...], *, heading: bool
) -> tuple[View, Reading, Decision]:
    """What the words show, what they state, and which of them leaked."""
    view = fill(View(list(words), list(breaks), heading=heading))
    find_turns(view)
    reading = read_conditions(view, own_name)
    return view, reading, find_leaks(view, reading)


_look_again = lru_cache(maxsize=_MEMO)(_look)
"""Look at what a cut left. Many texts are cut to the same few words."""


def forget() -> None:
    """Empty the cache of descriptions. For measurements: results never depend on it."""
    _remembered.cache_clear()
    _look_again.cache_clear()


def _named(benchmark: str | None) -> dict[str, Any]:
    """The conditions of the run that the listed name states, without the variant: the benchmark's id holds that."""
    states = name_states(benchmark) if benchmark else {}
    return {column: states[column] for column in CONDITIONS if column in states and column != "variant"}


def _without_text(text: str | None, named: dict[str, Any]) -> Described:
    conditions = named
    return Described(
        None,
        text,
        "absent",
        conditions=dict(conditions),
        condition_sources=dict.fromkeys(conditions, "name"),
        conditions_confidence=0.95 if conditions else None,
        rules=tuple(f"name:{column}" for column in named),
    )


def _status(text: str, description: str | None, leaks: dict[int, Leak], mended: Mended) -> str:
    if description is None:
        return "discarded"
    if leaks or "too_long" in mended.issues:
        return "salvaged"
    return "clean" if description == text else "repaired"


def _record(
    *,
    text: str,
    description: str | None,
    status: str,
    named: dict[str, Any],
    noted: Reading,
    leaks: tuple[Leak, ...],
    margin: float,
    doubts: list[str],
    issues: list[str],
    parts: tuple[Part, ...],
) -> Described:
    conditions, sources, checks = _unite(noted.conditions, named)
    said = issues + list(dict.fromkeys(kind for leak in leaks for kind in leak.kinds))
    rules = [*said, *(f"note:{rule}" for rule in noted.rules), *(f"name:{column}" for column in named)]
    said += doubts
    if margin < _GUESS:
        said.append("doubtful_end")
    if noted.bent:
        said.append("bent_wording")
    said += [f"ambiguous_{column}" for column in noted.ambiguous]
    return Described(
        description,
        text,
        status,
        tuple(said),
        conditions,
        sources,
        _confidence(margin, noted, checks, doubts),
        checks,
        parts,
        tuple(dict.fromkeys(rules)),
    )


def _unite(noted: dict[str, Any], named: dict[str, Any]) -> tuple[dict[str, Any], dict[str, str], tuple[Check, ...]]:
    """The conditions of note and name together. Where the two contradict each other, neither is taken."""
    if not named:
        return dict(noted), dict.fromkeys(noted, "note"), ()
    conditions: dict[str, Any] = {}
    sources: dict[str, str] = {}
    checks: list[Check] = []
    for column in CONDITIONS:
        if column in noted and column in named and noted[column] != named[column]:
            checks.append(Check(f"name_and_note_agree:{column}", False, str(named[column]), str(noted[column])))
        elif column in noted:
            conditions[column], sources[column] = noted[column], "note"
        elif column in named:
            conditions[column], sources[column] = named[column], "name"
    return conditions, sources, tuple(checks)


def _confidence(margin: float, reading: Reading, checks: tuple[Check, ...], doubts: list[str]) -> float:
    """Confidence in description and conditions: 1 without any doubt, lower with each doubt."""
    confidence = next(trust for least, trust in _TRUST if margin >= least)
    confidence *= 0.85 if reading.bent else 1.0
    confidence *= 0.8 ** (len(reading.ambiguous) + len(checks))
    confidence *= 0.85 ** len(doubts)
    return round(confidence, 3)


def _doubts(view: View, reading: Reading) -> list[str]:
    """Doubts about the genuine part: lost words, and numbers or models that no condition explains."""
    doubts: list[str] = []
    unread = [atom for atom, level in enumerate(reading.levels) if level == UNKNOWN]
    if has_holes(view, reading):
        doubts.append("holes")
    if view.has_model and any("{model}" in view.keys[atom] for atom in unread):
        doubts.append("unread_model")
    if any("{n}" in view.keys[atom] or "{q}" in view.keys[atom] for atom in unread):
        doubts.append("unread_number")
    return doubts


def _parts(
    text: str, mended: Mended, last_look: tuple[View, Reading], kept: list[int], cuts: dict[int, Leak]
) -> tuple[Part, ...]:
    """All stretches of ``text``, each with its kind and rule. ``kept`` are the indexes of the genuine words."""
    view, reading = last_look
    words = mended.words
    word_of = view.word_of
    noted = {kept[word_of[atom]] for atom, level in enumerate(reading.levels) if level}
    stretches: list[tuple[int, int, tuple[str, str]]] = []
    begin, size = 0, len(words)
    while begin < size:
        cut = cuts.get(begin)
        end = size
        if cuts:
            end = begin + 1
            while end < size and cuts.get(end) is cut:
                end += 1
        if cut is None:
            _sentences(words, noted, begin, end, stretches)
        else:
            stretches.append((begin, end, (cut.kinds[0], "+".join(cut.kinds))))
        begin = end
    if len(stretches) == 1 and not mended.starts:  # one kind, and nothing mended
        return (Part(stretches[0][2][0], text, 0, len(text), stretches[0][2][1]),)
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
