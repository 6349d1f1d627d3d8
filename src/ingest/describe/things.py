"""Read from a note what a run had or lacked: tools, thinking, parallel compute, subtitles, examples.

A thing is named by a stretch of known words ("search and a Python sandbox", "parallel test-time compute"). The words
before it ("without", "may use") and behind it ("is switched off", "not used", "available") say whether the run had it,
in whatever order they stand. Which words these are stands in ``conditions.yaml``.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache
from typing import NamedTuple

from ingest.describe.atoms import SEPARATORS, View
from ingest.describe.vocabulary import Thing, conditions

_FAR = 6
"""Words that may stand between a thing and what says whether the run had it."""
_STOPS = frozenset(",;.!?|•\n[]{}…()")


class Found(NamedTuple):
    """A thing that the run had (``is_on``) or lacked, the atoms that name it, and those that say so.

    If ``weak``, it counts only where nothing else is said of the column: without a Python tool there may be others.
    """

    thing: Thing
    is_on: bool
    start: int
    end: int
    said: tuple[int, ...]
    weak: bool


class _Named(NamedTuple):
    """The keys of a thing: those that name it, those that may stand beside these, and those of which it needs one."""

    thing: Thing
    core: frozenset[str]
    beside: frozenset[str]
    also: frozenset[str]


@cache
def _things() -> tuple[_Named, ...]:
    return tuple(
        _Named(thing, frozenset(thing.core), frozenset((*thing.core, *thing.beside)), frozenset(thing.also))
        for thing in conditions().things
    )


def things(view: View, atoms: Sequence[int], is_free: Sequence[bool]) -> Iterator[Found]:
    """What the run had or lacked, as ``atoms`` say it. Only those that are free by ``is_free`` may name a thing."""
    keys, flags = [view.keys[atom] for atom in atoms], view.flags
    leads = [place for place, atom in enumerate(atoms) if flags[atom] & 8]
    taken: set[int] = set()
    for words in _things():
        end = 0
        for at in leads:
            if at < end or at in taken or words.core.isdisjoint(keys[at]):
                continue
            start, end = _stretch(keys, at, words, taken)
            run = range(start, end)
            if not all(is_free[atoms[place]] for place in run if not words.core.isdisjoint(keys[place])):
                continue
            if words.also and all(words.also.isdisjoint(keys[place]) for place in run):
                continue
            state = _state(keys, start, end, words.thing)
            if state is not None:
                taken.update(run)
                said = tuple(atoms[place] for place in state[1])
                single = words.thing.kinds and not state[0] and any("<toolkind>" in keys[place] for place in run)
                weak = words.thing.weak or single
                yield Found(words.thing, state[0], atoms[start], atoms[end - 1] + 1, said, weak)


def _stretch(keys: list[tuple[str, ...]], at: int, words: _Named, taken: set[int]) -> tuple[int, int]:
    """The stretch of words around ``at`` that name the thing: from its first to behind its last."""
    lists = conditions().states.lists
    bounds = []
    for step in (-1, 1):
        edge = place = at
        while 0 <= (place := place + step) < len(keys) and place not in taken:
            if not words.beside.isdisjoint(keys[place]):
                edge = place
            elif lists.isdisjoint(keys[place]):
                break
        bounds.append(edge)
    return bounds[0], bounds[1] + 1


def _state(keys: list[tuple[str, ...]], start: int, end: int, thing: Thing) -> tuple[bool, list[int]] | None:
    """Whether the run had the thing at these atoms, and the places of the words that say so."""
    before, behind = _before(keys, start), _behind(keys, end)
    if before is None and thing.kinds and start > 1 and (named := _before(keys, start - 1)) and named[0]:
        before = named  # "with crop tool"
    if before is not None and not before[0]:
        return (False, before[1]) if thing.lacked else None
    found = behind or before
    if found and found[0] and thing.by and not any(set(thing.by) & set(keys[place]) for place in found[1]):
        return None
    if found is None:
        if thing.listed and _is_list(keys, start, end, thing):
            return True, []
        return None
    return found if (thing.had if found[0] else thing.lacked) else None


def _before(keys: list[tuple[str, ...]], start: int) -> tuple[bool, list[int]] | None:
    words = conditions().states
    for place in range(start - 1, max(-1, start - 1 - _FAR), -1):
        here = keys[place]
        if not words.without.isdisjoint(here):
            if (
                place > 1
                and not words.joins.isdisjoint(keys[place - 1])
                and not words.having.isdisjoint(keys[place - 2])
            ):
                return None  # with or without
            return False, [place]
        if not words.having.isdisjoint(here):
            return True, [place]
        if words.before.isdisjoint(here):
            return None
    return None


def _behind(keys: list[tuple[str, ...]], end: int) -> tuple[bool, list[int]] | None:
    words = conditions().states
    denied: list[int] = []
    for place in range(end, min(len(keys), end + _FAR)):
        here = keys[place]
        if not words.denies.isdisjoint(here):
            denied.append(place)
        elif not words.lacked.isdisjoint(here):
            return (bool(denied), [*denied, place]) if _ends(keys, place) else None
        elif not words.had.isdisjoint(here):
            return (not denied, [*denied, place]) if denied or _ends(keys, place) else None
        elif denied and not words.asked.isdisjoint(here):
            return False, [*denied, place]
        elif words.behind.isdisjoint(here):
            return (False, denied) if denied and _stops(keys, place) else None
    return (False, denied) if denied and end + _FAR >= len(keys) else None


def _ends(keys: list[tuple[str, ...]], place: int) -> bool:
    """Whether the word at ``place`` belongs to what stands before it: "on" and "no" do not if more follows."""
    words = conditions().states
    return words.short.isdisjoint(keys[place]) or _stops(keys, place + 1)


def _stops(keys: list[tuple[str, ...]], place: int) -> bool:
    return place >= len(keys) or keys[place][0] in SEPARATORS or not conditions().states.joins.isdisjoint(keys[place])


def _is_list(keys: list[tuple[str, ...]], start: int, end: int, thing: Thing) -> bool:
    """Whether the atoms are a list of several such things that is an element by itself."""
    if (start and keys[start - 1][0] not in _STOPS) or (end < len(keys) and keys[end][0] not in _STOPS):
        return False
    return any(not conditions().states.joins.isdisjoint(keys[place]) for place in range(start, end))
