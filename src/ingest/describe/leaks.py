"""Tells which stretches of a text are note, which say what the benchmark tests, and which leaked in.

Each word shows signs (:mod:`ingest.describe.observe`), and so does each border between two words. ``weights.yaml`` says
how much a sign counts for a word of each of three states (note, about, leak), and for a change of state at a border.
:func:`find_leaks` takes the states with the highest sum (Viterbi), in one pass.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from ingest.describe.atoms import View
from ingest.describe.conditions import Reading
from ingest.describe.observe import Observed, observe
from ingest.describe.signs import HANGING, kinds
from ingest.describe.vocabulary import weights

NOTE, ABOUT, LEAK = 0, 1, 2
_SHORTEST = 3
"""Words of a leak within a note, if nothing but its words gives it away."""
_NAMED, _OPENS = 1.0, 100.0
"""Weight from which a kind of leak is named; what a speaker's turn gets on top where it opens the leak."""
_MARKED = frozenset({"grading_mark", "dialogue", "markup", "repetition"})


@dataclass(slots=True, frozen=True)
class Leak:
    """Words ``start`` to ``end`` are leaked text; ``kinds`` of leak, the weightiest first."""

    start: int
    end: int
    kinds: tuple[str, ...]


class Decision(NamedTuple):
    """The leaks of a text, and how much the best reading outdoes the best that decides otherwise on some word."""

    leaks: list[Leak]
    margin: float


def find_leaks(view: View, reading: Reading) -> Decision:
    """The stretches of ``view`` that are leaked text."""
    observed = observe(view, reading)
    states, margin = _decode(observed)
    size, start = len(states), 0
    leaks: list[Leak] = []
    for index in range(1, size + 1):
        if index < size and (states[index] == LEAK) == (states[start] == LEAK):
            continue
        kinds_of = _kinds(observed[start:index])
        within = start > 0 and index < size and index - start < _SHORTEST
        if states[start] == LEAK and not (within and _MARKED.isdisjoint(kinds_of)):
            leaks.append(Leak(_without_hanging(view, observed, start) if index == size else start, index, kinds_of))
        start = index
    return Decision(leaks, margin)


def _without_hanging(view: View, observed: Observed, start: int) -> int:
    """Where the leak begins that ends the text: signs and numbers of items before it open what is cut off."""
    while start and (view.words[start - 1] in HANGING or "list_item" in observed[start - 1][0]):
        start -= 1
    return start


def _kinds(observed: Observed) -> tuple[str, ...]:
    """The kinds of leak that the signs of a stretch tell of: what opens it first, then the weightiest."""
    table, known = weights().words, kinds()
    sums: dict[str, float] = {}
    for at, (names, _) in enumerate(observed):
        for name in names:
            if name in known and name in table:
                bonus = _OPENS if not at and name == "role" else 0.0
                sums[known[name]] = sums.get(known[name], bonus) + max(table[name][1], 0.0)
    named = [kind for kind in sums if sums[kind] >= _NAMED]
    return tuple(sorted(named, key=lambda kind: (-sums[kind], kind))[:4]) or ("unclear",)


def _decode(observed: Observed) -> tuple[list[int], float]:
    """The states with the highest sum, and the margin to the best sum with a word decided otherwise."""
    moves = [_moves(border) for _, border in observed]
    scores = [_scores(names) for names, _ in observed]
    best, back = [], []
    note, about, leak = 0.0, -1e9, -1e9
    for (into, out, turn), (word_about, word_leak) in zip(moves, scores, strict=True):
        from_leak = leak + out
        kept = max(note, about)
        new_note, origin_note = max((note, NOTE), (about + turn, ABOUT), (from_leak, LEAK))
        new_about, origin_about = max((about, ABOUT), (note + turn, NOTE), (from_leak + turn, LEAK))
        new_leak, origin_leak = max((leak, LEAK), (kept + into, NOTE if note >= about else ABOUT))
        note, about, leak = new_note, new_about + word_about, new_leak + word_leak
        best.append((note, about, leak))
        back.append((origin_note, origin_about, origin_leak))
    final = max(note, about, leak)
    state = (note, about, leak).index(final)
    states = [state] * len(back)
    for index in range(len(back) - 1, 0, -1):
        state = back[index][state]
        states[index - 1] = state
    return states, _margin(best, moves, scores, final)


def _margin(
    best: list[tuple[float, float, float]],
    moves: list[tuple[float, float, float]],
    scores: list[tuple[float, float]],
    final: float,
) -> float:
    """By how much the best sum outdoes each that takes some word for leaked where it does not, or the reverse."""
    margin = 1e9
    note = about = leak = 0.0  # the best sums of what stands behind the word, by the state of the word
    for index in range(len(best) - 1, -1, -1):
        kept_sum = max(best[index][NOTE] + note, best[index][ABOUT] + about)
        margin = min(margin, final - min(kept_sum, best[index][LEAK] + leak))
        into, out, turn = moves[index]
        word_about, word_leak = scores[index]
        as_about, as_leak = about + word_about, leak + word_leak
        note, about, leak = (
            max(note, as_about + turn, as_leak + into),
            max(as_about, note + turn, as_leak + into),
            max(as_leak, note + out, as_about + turn + out),
        )
    return margin


@lru_cache(maxsize=16_384)
def _scores(names: tuple[str, ...]) -> tuple[float, float]:
    table = weights().words
    found = [table[name] for name in names if name in table]
    return sum(one[0] for one in found), sum(one[1] for one in found)


@lru_cache(maxsize=16_384)
def _moves(names: tuple[str, ...]) -> tuple[float, float, float]:
    table = weights().borders
    found = [table[name] for name in names if name in table]
    return sum(one[0] for one in found), sum(one[1] for one in found), sum(one[2] for one in found)
