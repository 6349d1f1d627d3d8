"""Read the conditions of a run from a note, or from a benchmark's name."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import accumulate, chain
from typing import Any, NamedTuple

from ingest.describe.atoms import SEPARATORS, View, cut
from ingest.describe.footnotes import read_footnotes
from ingest.describe.reading import BENCHMARK, CONDITION, FILLER, UNKNOWN, Reading, StatedCondition, settle
from ingest.describe.result import CONDITIONS
from ingest.describe.things import Found, things
from ingest.describe.vocabulary import (
    Statement,
    any_order,
    condition_trie,
    english,
    longest,
    seconds,
    spelling,
    statements,
)
from ingest.name import name_category, name_parts

_CLASSES = {"{level}": "<level>", "{size}": "<size>"}
"""Placeholders for the word of a class."""
_LEVELS = {"highest": "max", "maximum": "max", "maximal": "max"}
_INTEGERS = frozenset({"n_shots", "n_runs", "thinking_tokens"})
_SMALLEST = {"thinking_tokens": 128}
"""No maker offers a smaller budget: a smaller number means something else ("from 1 to 5")."""
_GLOSS = 6
"""A gloss has at most so many atoms, brackets included."""
_LARGEST = {"n_shots": 1_000, "n_runs": 10_000, "thinking_tokens": 10_000_000}
_MOST_EXAMPLES = 64
"""More examples than this are the size of a set, unless the note calls them shots."""

_ROLES = {"<grader>": "grader_model", "<grades>": "grader_model", "<user>": "user_model"}
_OPPONENTS = frozenset({"against", "vs", "versus", "than", "over", "of", "on"})
"""Words before a model that the result is compared with, or whose answers were used."""
_BESIDE = frozenset({"and", "&", "+", "/"})
"""What stands between two models that share a role."""
_NOW = frozenset({"now", "currently"})
"""What stands before a model that took a role over: "user formerly GPT-4o, now GPT-4.1"."""
_WAS, _USED = (["is"], ["was"], ["are"], ["were"]), (["used"], ["applied"], ["employed"])
_BOUNDS = frozenset(",;.!?|•\n[]{}…")
_LONGEST_PHRASE = 12
"""Phrases are looked for among so many atoms behind one that does not count."""
_BETWEEN = 2
"""Words of no known meaning that may stand between those of a phrase in any order, small ones apart."""
_SMALL = frozenset({"a", "an", "the", "of", "in", "on", "by", "for", "from", "at", "to", "with"})
_NEAR = 9
"""The role of a model is looked for among so many atoms on each side of its name."""


@dataclass(slots=True)
class _Match:
    start: int
    end: int
    candidates: list[int]


def read_conditions(view: View, benchmark: str | None = None) -> Reading:
    """The conditions that ``view`` states. ``benchmark`` is the listed name; in the note it states nothing.

    A condition with two different values in the note is left out and named in ``ambiguous``.
    """
    levels = [UNKNOWN] * len(view.texts)
    _benchmark_names(view, name_atoms(benchmark), levels)
    footnotes = read_footnotes(view, levels, CONDITION)
    glossed = _glosses(view)
    matches = _matches(view, levels, glossed)
    reading = Reading(levels, [0] * len(levels), glosses=glossed)
    found = reading.found
    accepted = _accept(view, levels, matches, benchmark)
    for number, (match, entry) in enumerate(accepted, 1):
        reading.spans[match.start : match.end] = [number] * (match.end - match.start)
        if entry is None:
            for atom in range(match.start, match.end):
                levels[atom] = max(levels[atom], FILLER)
            continue
        level = CONDITION if entry.set else FILLER
        for atom in range(match.start, match.end):
            levels[atom] = max(levels[atom], level)
        for column, template in entry.set.items():
            value = _value(view, match, column, template)
            sized = entry.bent and column == "n_shots" and value is not None and value > _MOST_EXAMPLES
            if value is not None and not sized:
                found.append(StatedCondition(column, value, entry.rank, entry.bent, match.start, match.end))
    _state_things(view, reading, accepted)
    found += _in_any_order(view, reading, {item.column for item in found})
    _mean_of_runs(view, levels, found)
    _drop_repeats(glossed, found)
    parts = name_parts(benchmark) if benchmark else {}
    for one in (*_roles(view, reading), *_named_parts(view, levels, matches, parts)):
        found.append(one)
        levels[one.start : one.end] = [CONDITION] * (one.end - one.start)
    settle(view, reading, found)
    if footnotes:
        reading.conditions["footnotes"] = footnotes
        reading.rules.append("footnotes")
    if len(reading.conditions) > 1:
        reading.conditions = {c: reading.conditions[c] for c in CONDITIONS if c in reading.conditions}
    return reading


def _mean_of_runs(view: View, levels: list[int], found: list[StatedCondition]) -> None:
    """Take a mean that no phrase explains as that of the runs that the note states: "mean final balance of 5 runs"."""
    columns = {item.column for item in found}
    if "n_runs" not in columns or "aggregation" in columns:
        return
    for atom, keys in enumerate(view.keys):
        if levels[atom] < BENCHMARK and "<avg>" in keys:
            found.append(StatedCondition("aggregation", "mean", 2.0, False, atom, atom + 1))
            levels[atom] = CONDITION
            return


def _benchmark_names(view: View, benchmark: tuple[str, ...], levels: list[int]) -> None:
    """Mark the listed name inside its own note: in "Arena Hard benchmark evaluation", "Hard" states no variant."""
    size = len(benchmark)
    if not size or (size == 1 and benchmark[0] in condition_trie()):
        return
    texts = view.texts
    if benchmark[0] not in texts:
        return
    for start in range(len(texts) - size + 1):
        if texts[start] == benchmark[0] and tuple(texts[start : start + size]) == benchmark:
            levels[start : start + size] = [BENCHMARK] * size


@lru_cache(maxsize=8_192)
def name_atoms(benchmark: str | None) -> tuple[str, ...]:
    """The listed name as atoms, to find it in its own note."""
    return tuple(atom[0] for word in (benchmark or "")[:300].split() for atom in cut(word))


def may_name(view: View, benchmark: str | None) -> bool:
    """Whether ``view`` has a word by which it could name ``benchmark`` or a part of it, or whose meaning depends on
    it."""
    if benchmark is None:
        return False
    return not {*name_atoms(benchmark)[:1], *name_parts(benchmark), *_by_category()}.isdisjoint(view.texts)


@cache
def _by_category() -> frozenset[str]:
    """The words that the category of the benchmark gives a meaning: "python" is a tool or the language of the tasks."""
    depending = [entry for entry in statements() if entry.only_in or entry.not_in]
    return frozenset(word for entry in depending for phrase in entry.phrases for word in phrase.split())


def _matches(view: View, levels: list[int], glossed: list[tuple[int, int]]) -> list[_Match]:
    """The longest phrase at each place.

    A gloss, as in "sample for check (validation)", is read by itself. The words around it are read as if it were not
    there.
    """
    size = len(view.keys)
    whole = _scan(view, levels, range(size))
    if not glossed:
        return whole
    inner = {atom for start, end in glossed for atom in range(start, end)}
    without = _scan(view, levels, [atom for atom in range(size) if atom not in inner])
    around = [match for match in without if match.end - match.start > 1 and inner & set(range(match.start, match.end))]
    taken = {atom for match in around for atom in range(match.start, match.end) if atom not in inner}
    found = around[:]
    for match in (*whole, *without):
        if taken.isdisjoint(range(match.start, match.end)):
            found.append(match)
            taken.update(range(match.start, match.end))
    return sorted(found, key=lambda match: (match.start, -match.end))


def _glosses(view: View) -> list[tuple[int, int]]:
    """Brackets, as atoms, in which a translator says a word again: "(validation)", "(judge, evaluator)"."""
    texts = view.texts
    found: list[tuple[int, int]] = []
    if "(" not in texts:
        return found
    for start, text in enumerate(texts):
        if text != "(" or not start or texts[start - 1] in SEPARATORS:
            continue
        end = next((at for at in range(start + 1, min(start + _GLOSS, len(texts))) if texts[at] == ")"), 0)
        said, again = view.values[start - 1], view.values[start + 1] if end == start + 2 else None
        is_number = again is not None and said == again  # "five (5) shots"
        if end > start + 1 and (is_number or all(t.isalpha() or t == "," for t in texts[start + 1 : end])):
            found.append((start, end + 1))
    return found


def _scan(view: View, levels: list[int], atoms: Sequence[int]) -> list[_Match]:
    """The longest phrase at each of ``atoms``, read as if they stood side by side."""
    trie, flags = condition_trie(), view.flags
    keys = view.keys if len(atoms) == len(view.keys) else [view.keys[atom] for atom in atoms]
    found: list[_Match] = []
    position, size = 0, len(keys)
    while position < size:
        atom = atoms[position]
        if flags[atom] & 1 and levels[atom] == UNKNOWN:
            after = seconds(condition_trie, keys[position])
            if after is None or (position + 1 < size and not after.isdisjoint(keys[position + 1])):
                best = longest(trie, keys, position)
                if best is not None:
                    found.append(_Match(atom, atoms[best[0] - 1] + 1, best[1]))
                    position = best[0]
                    continue
        position += 1
    return found


def _accept(
    view: View, levels: list[int], matches: list[_Match], benchmark: str | None
) -> list[tuple[_Match, Statement | None]]:
    """The matches that count at their place, as ``alone``, ``ends``, ``needs`` and ``starts`` of their entry demand.

    A match that only unknown words to its right keep from counting has no entry: it counts once these are cut off.
    Nor has one that says what the run did not have. In place of one that does not count, the next shorter phrase
    counts, and those behind it.
    """
    runs: _Runs | None = None
    vocabulary = statements()
    accepted: list[tuple[_Match, Statement | None]] = []
    waiting = [*reversed(matches)]
    while waiting:
        match, half = waiting.pop(), False
        if _is_not_so(view, match.start) or _is_denied(view, match.end):
            accepted.append((match, None))
            continue
        for index in match.candidates:
            entry = vocabulary[index]
            if entry.alone:
                runs = runs or _known_runs(view, _known_atoms(view, levels, matches))
                left, right = runs.before[match.start], runs.behind[match.end]
                half = half or left
                if not (left and right):
                    continue
            if entry.starts and any(text not in SEPARATORS for text in view.texts[: match.start]):
                continue
            if entry.ends and not _element_ends(view, match.end):
                continue
            if (entry.needs or entry.unless) and not _fits_note(view, entry):
                continue
            if (entry.only_in or entry.not_in) and not _fits_benchmark(benchmark, entry):
                continue
            accepted.append((match, entry))
            break
        else:
            if half:
                accepted.append((match, None))
            elif match.end > match.start + 1:
                _wait_for_shorter(view, levels, match, waiting)
    return accepted


def _wait_for_shorter(view: View, levels: list[int], match: _Match, waiting: list[_Match]) -> None:
    """Put in place of a match that does not count the next shorter phrase, and the phrases behind its first word."""
    best = longest(condition_trie(), view.keys[match.start : match.end - 1], 0)
    shorter = [_Match(match.start, match.start + best[0], best[1])] if best else []
    start = shorter[0].end if shorter else match.start + 1
    near = range(start, min(match.end + _LONGEST_PHRASE, len(view.keys)))
    inner = shorter + [other for other in _scan(view, levels, near) if other.start < match.end]
    while inner and waiting and waiting[-1].start < inner[-1].end:
        waiting.pop()
    waiting += reversed(inner)


def _is_not_so(view: View, start: int) -> bool:
    """Whether the words before ``start`` say that the run did not have what follows."""
    phrases = _not_so().get(view.texts[start - 1], ()) if start else ()
    return any(tuple(view.texts[max(0, start - len(words)) : start]) == words for words in phrases)


def _is_denied(view: View, end: int) -> bool:
    """Whether the words from ``end`` on say that it was not so: "best of 8 is not used"."""
    at = end + (view.texts[end : end + 1] in _WAS)
    return view.texts[at : at + 1] == ["not"] and view.texts[at + 1 : at + 2] in _USED


@cache
def _not_so() -> dict[str, tuple[tuple[str, ...], ...]]:
    """The phrases after which a note says what a run did not have, by their last word."""
    phrases = spelling().not_so.phrases
    return {last: tuple(each for each in phrases if each[-1] == last) for last in {each[-1] for each in phrases}}


def _fits_note(view: View, entry: Statement) -> bool:
    """Whether the note has what the entry needs, and nothing that speaks against it."""
    present = set(chain.from_iterable(view.keys))
    needed = {"reasoning": "<think>", "mean": "<avg>", None: None}[entry.needs]
    return (needed is None or needed in present) and present.isdisjoint(entry.unless)


def _fits_benchmark(benchmark: str | None, entry: Statement) -> bool:
    """Whether the entry counts for the category of the benchmark."""
    category = name_category(benchmark) if benchmark else None
    return category not in entry.not_in and (not entry.only_in or category in entry.only_in)


def _state_things(view: View, reading: Reading, accepted: list[tuple[_Match, Statement | None]]) -> None:
    """Add what the note says of things that the run had or lacked.

    What a phrase states counts before it, but for a thing that was lacking by the words around the phrase: "parallel
    compute is turned off".
    """
    if not view.seen & 8:
        return
    inner = {atom for start, end in reading.glosses for atom in range(start, end)}
    atoms = [atom for atom in range(len(view.keys)) if atom not in inner]
    is_free = [level in (UNKNOWN, CONDITION) for level in reading.levels]
    for match, entry in accepted:
        if entry is None:  # known words that state nothing by themselves
            is_free[match.start : match.end] = [True] * (match.end - match.start)
    found = sorted(things(view, atoms, is_free), key=lambda item: (item.weak, not item.is_on))
    for said in found:
        _take_back(reading, said)
    for said in found:
        if not (said.is_on and _is_not_so(view, said.start)):
            _state_thing(reading, said)


def _take_back(reading: Reading, said: Found) -> None:
    """Drop what a phrase alone would say that there was: "parallel compute is turned off"."""
    behind = next((end for start, end in reading.glosses if start == said.end), said.end)
    for column, text in () if said.is_on else said.thing.lacked.items():
        value = _typed(column, text)
        reading.found[:] = [
            item
            for item in reading.found
            if item.column != column or item.value == value or item.end <= said.start or item.start >= behind
        ]


def _state_thing(reading: Reading, said: Found) -> None:
    found = reading.found
    for column, text in (said.thing.had if said.is_on else said.thing.lacked).items():
        value = _typed(column, text)
        if all(item.column != column for item in found):
            found.append(StatedCondition(column, value, 2.0, False, said.start, said.end))
    first, last = min((said.start, *said.said)), max((said.end - 1, *said.said)) + 1
    number = max(reading.spans) + 1
    for atom in range(first, last):
        reading.levels[atom] = max(reading.levels[atom], FILLER)
        reading.spans[atom] = number
    for atom in (*range(said.start, said.end), *said.said):
        reading.levels[atom] = CONDITION


def _drop_repeats(glossed: list[tuple[int, int]], found: list[StatedCondition]) -> None:
    """Drop what a gloss repeats: "without instruments (tools)" states a value for tools once. Of the two the more
    special one stays: "share of solved (resolved rate)"."""
    for start, end in glossed:
        said = {item.column: item.rank for item in found if item.end == start}
        again = {item.column: item.rank for item in found if start < item.start < end and item.column in said}
        found[:] = [
            item
            for item in found
            if item.column not in again
            or not (start < item.start < end if again[item.column] <= said[item.column] else item.end == start)
        ]


def _roles(view: View, reading: Reading) -> list[StatedCondition]:
    """The grader and the user model, in any word order: "answers checks GPT-4.1 mini".

    A model that no phrase explains has the role that the nearest role word of its element names. One that stands
    beside a grader ("GPT-4o and Claude 3 Opus") is a grader too, so that neither is the one. A model that made the
    questions has no role.
    """
    found: list[StatedCondition] = []
    if not view.has_model:
        return found
    inner = {atom for start, end in reading.glosses for atom in range(start + 1, end - 1)}
    has_points = any("<points>" in keys for keys in view.keys)
    roles_by = _ROLES | {"<gives>": "grader_model"} if has_points else _ROLES
    roles = {item.end: item for item in reading.found if item.column in _ROLES.values()}
    for atom, keys in enumerate(view.keys):
        if "{model}" not in keys or reading.levels[atom] >= BENCHMARK or (atom and view.texts[atom - 1] in _OPPONENTS):
            continue
        if atom > 1 and view.texts[atom - 1] in _BESIDE and atom - 1 in roles:
            found.append(roles[atom - 1]._replace(value=view.texts[atom], start=atom, end=atom + 1))
            continue
        if _made_it(view, atom) or _is_not_so(view, atom):
            continue
        near: list[tuple[int, int, str]] = []
        for way in (range(atom - 1, atom - _NEAR, -1), range(atom + 1, atom + _NEAR)):
            for at in way:
                if not 0 <= at < len(view.keys) or ("{model}" in view.keys[at] and not _is_not_so(view, at)):
                    break
                if at not in inner and view.texts[at] in _BOUNDS and view.texts[atom - 1] not in _NOW:
                    break
                near += [(abs(at - atom), at, column) for key, column in roles_by.items() if key in view.keys[at]]
        if near:
            _, word, column = min(near)
            found.append(StatedCondition(column, view.texts[atom], 2.0, True, atom, atom + 1))
            for at in range(min(word, atom), max(word, atom) + 1):  # "gives marks" says who grades
                reading.levels[at] = max(reading.levels[at], FILLER)
    return found


def _made_it(view: View, atom: int) -> bool:
    """Whether the model at ``atom`` wrote the questions. The one that wrote verdicts or the user's turns has a role."""
    if atom < 2 or "<made>" not in view.keys[atom - 2]:
        return False
    before = set(chain.from_iterable(view.keys[max(0, atom - 5) : atom - 2]))
    return before.isdisjoint(("<points>", "<user>"))


def _in_any_order(view: View, reading: Reading, stated: set[str]) -> Iterator[StatedCondition]:
    """What an element states in words that a translation has reordered: "launches five in average".

    It counts only for a column that no phrase states, and only if few other words stand between.
    """
    leads, keys = any_order(), view.keys
    if not view.seen & 4:
        return
    present = set(chain.from_iterable(keys))
    possible = {
        key: [(others, entry) for others, entry in leads[key] if present.issuperset(others)]
        for key in present & leads.keys()
    }
    if not any(possible.values()):
        return
    levels, spans = reading.levels, reading.spans
    inner = {atom for start, end in reading.glosses for atom in range(start, end)}
    atoms = [atom for atom, text in enumerate(view.texts) if atom not in inner and text not in _SMALL]
    for place, atom in enumerate(atoms):
        for key in keys[atom] if view.flags[atom] & 4 else ():
            for others, entry in possible.get(key, ()):
                needed = entry.needs is None or "<think>" in present
                if not needed or not stated.isdisjoint(entry.set):
                    continue
                taken = _gathered(view, atoms, place, others)
                if not taken or any(levels[each] == CONDITION for each in taken):
                    continue
                if spans[atom] and all(spans[each] == spans[atom] for each in taken):
                    continue  # a phrase of known meaning: "low or high effort"
                match = _Match(min(taken), max(taken) + 1, [])
                for column, template in entry.set.items():
                    value = _value(view, match, column, template)
                    if value is not None:
                        stated.add(column)
                        yield StatedCondition(column, value, entry.rank, True, match.start, match.end)
                for each in taken:
                    levels[each] = CONDITION if entry.set else max(levels[each], FILLER)


def _gathered(view: View, atoms: Sequence[int], place: int, others: tuple[str, ...]) -> list[int]:
    """The atoms around ``place`` in its element that have the keys ``others``, with its own; none if one is missing."""
    texts, keys = view.texts, view.keys
    reach = len(others) + _BETWEEN
    low = high = place
    while low > max(0, place - reach) and texts[atoms[low - 1]] not in _BOUNDS:
        low -= 1
    while high + 1 < min(len(atoms), place + reach + 1) and texts[atoms[high + 1]] not in _BOUNDS:
        high += 1
    near = sorted(range(low, high + 1), key=lambda at: abs(at - place))
    taken = [place]
    for wanted in others:
        at = next((at for at in near if at not in taken and wanted in keys[atoms[at]]), None)
        if at is None:
            return []
        taken.append(at)
    return [atoms[at] for at in taken] if max(taken) - min(taken) <= reach else []


def _named_parts(
    view: View, levels: list[int], matches: list[_Match], parts: Mapping[str, str]
) -> Iterator[StatedCondition]:
    """The part of the benchmark that the note names: "Part retail", "Airline, 4 trials".

    A word beside one for a part counts; any other only if its element has no unknown word, and if it begins no phrase.
    """
    if parts.keys().isdisjoint(view.texts):
        return
    named = [atom for atom, text in enumerate(view.texts) if text in parts and levels[atom] < BENCHMARK]
    known = _known_atoms(view, levels, matches)
    ends = [(atom + way, atom + 2 * way) for atom in named for way in (-1, 1)]
    if any(0 <= far < len(known) and view.texts[near] in _BESIDE and not known[far] for near, far in ends):
        return  # "human and augmented": one of two parts that the catalogue lacks
    for atom in named:
        known[atom] = True
    runs = _known_runs(view, known)
    for atom in named:
        near = range(max(0, atom - 1), min(atom + 2, len(known)))
        nouns = [at for at in near if "<set>" in view.keys[at]]
        if nouns or (runs.before[atom] and runs.behind[atom] and not view.flags[atom] & 1):
            start, end = min((atom, *nouns)), max((atom, *nouns)) + 1
            yield StatedCondition("variant", parts[view.texts[atom]], 2.0, False, start, end)


def _known_atoms(view: View, levels: list[int], matches: list[_Match]) -> list[bool]:
    """For each atom, whether it may stand beside a phrase that counts only alone."""
    glue = spelling().glue.words
    known = [
        level != UNKNOWN or text in SEPARATORS or text in glue for level, text in zip(levels, view.texts, strict=True)
    ]
    for match in matches:
        for atom in range(match.start, match.end):
            known[atom] = True
    return known


class _Runs(NamedTuple):
    """For each border of atoms, whether every atom is known from the start of its element to the border (``before``),
    and from the border to the end of its element (``behind``)."""

    before: list[bool]
    behind: list[bool]


def _known_runs(view: View, known: list[bool]) -> _Runs:
    texts, word_of, turns = view.texts, view.word_of, view.turns
    size = len(texts)
    before, behind = [True] * (size + 1), [True] * (size + 1)
    parts = [
        text in SEPARATORS and not (text == "," and inside) for text, inside in zip(texts, _listed(texts), strict=True)
    ]
    for at in range(size):
        before[at + 1] = parts[at] or (known[at] and before[at])
    for at in range(size - 1, -1, -1):
        if word_of[at] in turns:
            continue
        # a note never exclaims or asks: "Correct!" is an answer
        behind[at] = texts[at] not in "!?" if parts[at] else known[at] and behind[at + 1]
    return _Runs(before, behind)


def _listed(texts: list[str]) -> list[bool]:
    """Of each atom, whether it stands in a bracket. What a bracket lists is one element: "(shop, wiki, map)"."""
    if "(" not in texts:
        return [False] * len(texts)
    depths = accumulate(texts, lambda depth, text: max(0, depth + (text == "(") - (text == ")")), initial=0)
    return [depth > 0 for depth in depths][1:]


def _element_ends(view: View, position: int) -> bool:
    if position >= len(view.texts):
        return True
    return view.texts[position] in SEPARATORS or "<no>" in view.keys[position] or "<with>" in view.keys[position]


def _value(view: View, match: _Match, column: str, template: str) -> Any:
    """The template filled with the matched text, in the column's type; None if that makes no sense."""
    if "{" in template:
        name = template[template.index("{") : template.index("}") + 1]
        text = _captured(view, match, name, last=column == "n_runs")
        if text is None:
            return None
        template = template.replace(name, text)
    return _typed(column, template)


def _typed(column: str, text: str) -> Any:
    """What a phrase gives for ``column``, in its type; None if that makes no sense."""
    if column in _INTEGERS:
        number = int(text)
        return number if _SMALLEST.get(column, 0) <= number <= _LARGEST[column] else None
    return text == "true" if column == "parallel_compute" else text


def _captured(view: View, match: _Match, name: str, *, last: bool) -> str | None:
    """What a match has for a placeholder. Of two numbers the first is the k of a metric, the ``last`` that of runs."""
    atoms = range(match.start, match.end)
    for atom in reversed(atoms) if last else atoms:
        if name in _CLASSES:
            if _CLASSES[name] in view.keys[atom]:
                level = english(view.texts[atom])
                return _LEVELS.get(level, level)
        elif name in view.keys[atom]:
            value = view.values[atom]
            return view.texts[atom] if value is None else str(value)
    return None
