"""Decide which stretches of a text are note, which say what the benchmark tests, and which are leaked text.

The text is cut into segments (:mod:`ingest.describe.segments`). Each segment has signs, and so has each border between
two. ``weights.yaml`` says how much each sign counts for each of three states of a segment (note, about, leak), and for
a change of state at a border. :func:`find_leaks` takes the sequence of states with the highest sum (Viterbi), in one
pass.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from operator import attrgetter, itemgetter
from typing import NamedTuple

from ingest.describe.atoms import SEPARATORS, View
from ingest.describe.observe import observe, word_signs_of
from ingest.describe.reading import CONDITION, FILLER, UNKNOWN, Reading
from ingest.describe.segments import Segment
from ingest.describe.signs import HANGING
from ingest.describe.vocabulary import longest, sign_phrases, signs

_NEVER = -1e9
SURE = 1e9
"""The margin of a decision that has no alternative."""
_BACK = 12
"""The bracket that a leak begins within is looked for among so many words before it."""
_QUIET = SEPARATORS - {"!", "?", "•", "{", "}"}
_SHORTEST = 3
"""A leak inside a note has at least so many words, unless a mark gives it away."""
_SHORT = 5
"""A note of at most so many words may hold a name that the vocabulary lacks."""
_NAMED, _OPENS = 1.0, 100.0
"""A kind of leak is named from this weight on; a speaker's turn that opens the leak gets this much on top."""
_MARKED = frozenset({"grading_mark", "dialogue", "markup", "repetition"})


@dataclass(slots=True, frozen=True, eq=False)
class Leak:
    """The words from ``start`` to before ``end`` are leaked text. ``kinds`` names its kinds, the weightiest first."""

    start: int
    end: int
    kinds: tuple[str, ...]


class Decision(NamedTuple):
    """The leaks of a text, and by how much this decision beats the best one that differs on some word."""

    leaks: list[Leak]
    margin: float


def find_leaks(view: View, reading: Reading) -> Decision:
    """The stretches of ``view`` that are leaked text."""
    if _all_known(view, reading):
        return Decision([], SURE)
    lead = lead_words(view)
    if lead:
        return Decision([Leak(0, lead, ("dialogue",))], SURE)
    turn = _turn_behind_note(view, reading)
    if turn:
        told = [own.told for own in word_signs_of(view.words[turn:])]
        return Decision([Leak(turn, len(view.words), _kinds(told, is_turn=True))], SURE)
    signs_of, segments = observe(view, reading)
    leaked, margin = _decode(segments)
    leaks: list[Leak] = []
    for is_leak, group in groupby(zip(leaked, segments, strict=True), key=itemgetter(0)):
        if is_leak:
            own = [segment for _, segment in group]
            start, end = own[0].start, own[-1].end
            told = [shown.told for shown in signs_of[start:end]]
            kinds_of = _kinds(told, is_turn="role" in signs_of[start].names)
            start = _behind_run(view, reading, start, end)
            at_end = end == len(view.words)
            within = start > 0 and not at_end and end - start < _SHORTEST
            if not (within and _MARKED.isdisjoint(kinds_of)):
                if at_end:
                    start = _without_hanging(view, _before_bracket(view, reading, start))
                leaks.append(Leak(start, end, kinds_of))
    return Decision(_without_islands(view, reading, leaks), margin)


def _behind_run(view: View, reading: Reading, start: int, end: int) -> int:
    """The start of a leak, moved behind a phrase or bracket that goes on with the conditions in front of it.

    The leak of "1-shot ROUGE-L finds the longest …" begins at the verb. A bracket may also say the same again:
    "majority of 32 (maj@32) takes …".
    """
    first, levels, spans = view.first_atom, reading.levels, reading.spans
    atom = first[start]
    bracket = view.texts[atom] == "("
    if not start or levels[atom - 1] != CONDITION or not (bracket or view.words[start][0].isalnum()):
        return start
    begin = behind = atom + bracket
    while behind < first[end] and levels[behind] == CONDITION and (bracket or spans[behind] == spans[begin]):
        behind += 1
    if bracket and view.texts[behind : behind + 1] == [")"]:
        behind += 1
    elif bracket or spans[begin] == spans[atom - 1]:
        return start
    before = {(item.column, item.value) for item in reading.found if item.start < atom}
    own = {(item.column, item.value) for item in reading.found if begin <= item.start < behind}
    new = {column for column, _ in (own - before if bracket else own)}.isdisjoint(column for column, _ in before)
    whole = first[end] > behind == first[view.word_of[behind]] and view.texts[behind] != view.texts[begin]
    return view.word_of[behind] if own and new and whole else start


def _without_islands(view: View, reading: Reading, leaks: list[Leak]) -> list[Leak]:
    """The leaks without the parts of a note that stand between two of them: "… tell me. avg of 3 runs [more]"."""
    away = {at for leak in leaks for at in range(view.first_atom[leak.start], view.first_atom[leak.end])}
    stated = {item.column for item in reading.found if item.start not in away}
    if not stated:
        return leaks
    found: list[Leak] = []
    for leak in leaks:
        begin = leak.start
        for start, end in _islands(view, reading, leak, stated):
            found.append(Leak(begin, start, leak.kinds))
            begin = end
        if begin < leak.end:
            found.append(Leak(begin, leak.end, leak.kinds))
    return found


def _islands(view: View, reading: Reading, leak: Leak, stated: set[str]) -> Iterator[tuple[int, int]]:
    """Stretches of a leak that state conditions of other columns than ``stated``, apart from the text around them.

    Each begins in lower case behind a stop and ends before a capital, a bracket or the end: it was put in.
    """
    words, done = view.words, 0
    for start in dict.fromkeys(view.word_of[item.start] for item in sorted(reading.found, key=attrgetter("start"))):
        if not max(leak.start, done - 1) < start < leak.end or words[start - 1][-1] not in ".!?)]>:":
            continue
        if words[start].isalpha() and words[start][0].isupper():
            continue
        done = next((at for at in range(start, leak.end) if not _is_note(view, reading, at)), leak.end)
        atoms = range(view.first_atom[start], view.first_atom[done])
        own = {item.column for item in reading.found if item.start in atoms}
        closed = done == len(words) or words[done][0].isupper() or words[done][0] in "[(<"
        if done > start and closed and own and own.isdisjoint(stated):
            stated |= own
            yield start, done


def _is_note(view: View, reading: Reading, word: int) -> bool:
    """Whether each atom of the word belongs to a note."""
    atoms = range(view.first_atom[word], view.first_atom[word + 1])
    return all(reading.levels[atom] in (CONDITION, FILLER) or view.texts[atom] == "," for atom in atoms)


def lead_words(view: View) -> int:
    """How many words open the text as an assistant opens an answer: "Sure.", "Here is the line:", "<|assistant|>"."""
    if view.shown and view.shown[0].template and "assistant" in view.words[0]:
        return 1
    best = longest(sign_phrases(), view.keys, 0) if view.flags and view.flags[0] & 2 else None
    if best is None or signs().phrases[best[1][0]].name != "lead":
        return 0
    return view.word_of[best[0] - 1] + 1


def _all_known(view: View, reading: Reading) -> bool:
    """Whether the text is only a note: the vocabulary knows each word, none is repeated, nobody speaks.

    In a short one a single word between known ones may be a name: "four-shot Minerva prompt".
    """
    if view.turns or len(set(view.words)) < len(view.words):
        return False
    known = [level != UNKNOWN for level in reading.levels]
    unknown = [at for at, text in enumerate(view.texts) if not known[at] and text not in _QUIET]
    if len(unknown) != 1 or len(view.words) > _SHORT:
        return not unknown
    return view.texts[unknown[0]].isalpha() and known[unknown[0] - 1 : unknown[0] + 2] == [True, False, True]


def _turn_behind_note(view: View, reading: Reading) -> int:
    """The word that opens the first turn behind other words, or the dash before it, if no condition follows; else 0.

    Everything from there on is leaked text, and no border needs to be weighed.
    """
    turn = min(view.turns, default=0)
    if not turn or CONDITION in reading.levels[view.first_atom[turn] :]:
        return 0
    turn = _before_bracket(view, reading, turn)
    while turn > 1 and view.words[turn - 1] in HANGING:
        turn -= 1
    return turn


def _without_hanging(view: View, start: int) -> int:
    """The start of a leak at the end of a text, moved before the opening signs in front of it."""
    while start and view.words[start - 1] in HANGING:
        start -= 1
    return start


def _before_bracket(view: View, reading: Reading, start: int) -> int:
    """The start of a leak at the end of a text, moved before the bracket that it begins within, unless what stands in
    front of it there states a condition: the leak of "0-shot (quality of text: 7 of 10)" begins at the bracket."""
    depth = 0
    for index in range(start - 1, max(start - _BACK, 0), -1):
        word = view.words[index]
        depth += word.count(")") + word.count("]") - word.count("(") - word.count("[")
        if depth < 0:
            return start if CONDITION in reading.levels[view.first_atom[index] : view.first_atom[start]] else index
    return start


def _kinds(told: list[tuple[tuple[str, float], ...]], *, is_turn: bool) -> tuple[str, ...]:
    """The kinds of leak that the words are evidence of, the weightiest first. An opening turn comes before all."""
    sums = {"dialogue": _OPENS} if is_turn else {}
    for of_word in told:
        for kind, weight in of_word:
            sums[kind] = sums.get(kind, 0.0) + weight
    named = [kind for kind in sums if sums[kind] >= _NAMED]
    return tuple(sorted(named, key=lambda kind: (-sums[kind], kind))[:4]) or ("unclear",)


def _decode(segments: list[Segment]) -> tuple[list[bool], float]:
    """Of each segment, whether the reading with the highest sum has it as leaked, and the margin of this decision.

    The margin is how far this sum beats the best one that decides some segment differently.
    """
    scores = [
        (a.into + b.into, a.out + b.out, a.turn + b.turn, own.about + place.about, own.leak + place.leak)
        for _, _, own, place, a, b in segments
    ]
    ahead: list[tuple[float, float, float]] = []  # the best sums up to each segment, by its state
    note, about, leak = 0.0, _NEVER, _NEVER
    for into, out, turn, own_about, own_leak in scores:
        note, about, leak = (
            max(note, about + turn, leak + out),
            max(about, note + turn, leak + out + turn) + own_about,
            max(leak, note + into, about + into) + own_leak,
        )
        ahead.append((note, about, leak))
    leaked, margin = [False] * len(segments), SURE
    note = about = leak = 0.0  # the best sums of the segments after this one, by the state of this one
    for index in range(len(segments) - 1, -1, -1):
        (into, out, turn, own_about, own_leak), (up_to_note, up_to_about, up_to_leak) = scores[index], ahead[index]
        kept, lost = max(up_to_note + note, up_to_about + about), up_to_leak + leak
        leaked[index], margin = lost > kept, min(margin, abs(lost - kept))
        about, leak = about + own_about, leak + own_leak
        note, about, leak = (
            max(note, about + turn, leak + into),
            max(about, note + turn, leak + into),
            max(leak, note + out, about + turn + out),
        )
    return leaked, margin
