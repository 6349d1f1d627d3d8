"""The signs of each word among its neighbours.

A sign is a name; ``weights.yaml`` gives its weight. :mod:`ingest.describe.signs` finds the signs of a word by itself,
:mod:`ingest.describe.segments` those of the segments that the text is cut into.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache, lru_cache

from ingest.describe.atoms import LONGEST, SEPARATORS, View
from ingest.describe.reading import BENCHMARK, CONDITION, FILLER, UNKNOWN, Reading
from ingest.describe.segments import (
    RUNNING,
    SPEAKS,
    STATES,
    WITHIN,
    Context,
    Segment,
    WordSigns,
    segments,
)
from ingest.describe.signs import EDGES, PARTING, Word, last_words, word_signs
from ingest.describe.vocabulary import longest, seconds, sign_phrases, signs

_COLON_LIKE = frozenset({":", "：", ">", "—", ">>", "->", "=>", "=", "|"})
_LEVELS = {UNKNOWN: "unknown", FILLER: "filler", BENCHMARK: "own_name", CONDITION: "condition"}


def observe(view: View, reading: Reading) -> tuple[list[WordSigns], list[Segment]]:
    """The signs of each word of ``view``, and the segments that it is cut into."""
    shown = view.shown
    ends = _sentence_ends(view, shown)
    levels = _levels(view, reading)
    extra = _beside(view, reading, shown, ends)
    for index, name in _said_before(shown, levels):
        extra.setdefault(index, []).append(name)
    signs_of = [
        _signs_of(word, level, tuple(extra[index]) if index in extra else ())
        for index, (word, level) in enumerate(zip(shown, levels, strict=True))
    ]
    _mark_about(shown, levels, ends, signs_of)
    return signs_of, segments(Context(view, reading, shown, levels, ends, signs_of))


def _sentence_ends(view: View, shown: list[Word]) -> list[bool]:
    """Of each word, whether a sentence ends with it: at a stop, at the end, before a new line or a speaker."""
    breaks, turns, size = view.breaks, view.turns, len(shown)
    return [
        word.ends == "stop" or after == size or breaks[after] or after in turns for after, word in enumerate(shown, 1)
    ]


def word_signs_of(words: list[str]) -> list[WordSigns]:
    """The signs of words inside leaked text, each by itself."""
    return [_signs_of(word_signs(word[:LONGEST]), "unknown", ()) for word in words]


@lru_cache(maxsize=16_384)
def _signs_of(word: Word, level: str, extra: tuple[str, ...]) -> WordSigns:
    if level != "unknown":
        return WordSigns.of((*word.shape, level, *extra))
    own = (f"w_{word.plain}",) if word.plain in signs().frequent.words else ()
    return WordSigns.of(word.shape + word.lexical + own + extra)


def _mark_about(shown: list[Word], levels: list[str], ends: list[bool], signs_of: list[WordSigns]) -> None:
    """Give running text other signs in a sentence that opens like a statement on the benchmark ("Tests whether …").

    Such a sentence does not start with a condition, does not speak in the first person and has lost no word.
    """
    opening, start = signs().openers.words, 0
    for end in [index for index, is_end in enumerate(ends, 1) if is_end]:
        own, near = signs_of[start:end], shown[start : min(end, start + WITHIN + 1)]
        opens = levels[start] not in STATES and any(word.plain in opening for word in near)
        if opens and not any(each.bits & SPEAKS for each in own):
            signs_of[start:end] = [_apart(each) for each in own]
        start = end


@lru_cache(maxsize=16_384)
def _apart(own: WordSigns) -> WordSigns:
    return WordSigns.of(tuple(f"{name}_about" if name in RUNNING else name for name in own.names))


def _levels(view: View, reading: Reading) -> list[str]:
    """What the vocabulary of notes knows each word as."""
    levels, spans, first_atoms = reading.levels, reading.spans, view.first_atom
    found = []
    for index, first in enumerate(first_atoms[:-1]):
        after = first_atoms[index + 1]
        best = levels[first] if after == first + 1 else max(levels[first:after], default=UNKNOWN)
        level = _LEVELS[best]
        if index in view.tails:
            level = "inner"
        elif best != UNKNOWN and (span := spans[first]):
            if best == CONDITION and first and span == spans[first - 1]:
                level = "inner"
            elif best == FILLER and spans[max(first - 1, 0) : after + 1].count(span) > 1:
                level = "known_phrase"
        found.append(level)
    return found


def _beside(view: View, reading: Reading, shown: list[Word], ends: list[bool]) -> dict[int, list[str]]:
    """The signs that a word has only because of its neighbours, by word."""
    found: dict[int, list[str]] = {}
    for index, name in (
        *((index, "role") for index in view.turns),
        *_headings(view, reading, shown),
        *_phrases(view, reading),
        *_holes(view, reading),
        *_again(shown),
        *_orders(view, shown, ends),
    ):
        found.setdefault(index, []).append(name)
    dashes = [i for i, word in enumerate(view.words) if i and word in PARTING]
    if len(dashes) > 1:
        for index in dashes:
            found.setdefault(index, []).append("dash_list")
    atom = len(view.texts) - 1
    while atom >= 0 and view.texts[atom] in (",", ";", "—", "-", "…", ".", "\n"):
        atom -= 1
    if atom >= 0 and reading.levels[atom] < FILLER and view.texts[atom] in last_words():
        found.setdefault(view.word_of[atom], []).append("dangling")
    return found


def find_turns(view: View) -> None:
    """Mark the words that open a turn of dialogue: "AI:", "User:", "Ответ:", "<|user|>".

    A role that a model may play is no turn if a model's name follows ("User: GPT-4o"). "AI" as the last word is a turn
    that was cut short.
    """
    words, turns = view.words, view.turns
    roles, playable = _roles(), signs().playable_roles.words
    last = len(words) - 1
    for index in [at for at, shown in enumerate(view.shown) if shown.may_speak]:
        shown = view.shown[index]
        core = shown.before_colon
        if core is None:
            cut_short = index > 0 if index == last else words[index + 1] in _COLON_LIKE
            if shown.template or (shown.bare_role and cut_short):
                turns.add(index)
            continue
        before = words[index - 1].strip(EDGES).lower() if index else ""
        core = core or before
        follows = view.first_atom[index + 1]
        if core in playable and follows < len(view.keys) and "{model}" in view.keys[follows]:
            continue
        pair = bool(index) and f"{before} {core}" in roles
        if pair:
            turns.add(index - 1)
        if pair or core in roles:
            turns.add(index)


@cache
def _roles() -> frozenset[str]:
    return frozenset(word for group in signs().roles for word in group.words)


def _headings(view: View, reading: Reading, shown: list[Word]) -> Iterator[tuple[int, str]]:
    """Headings of essays and worked answers: "Task:", "Advantages:"."""
    headings = signs().headings.words
    for index in [at for at, word in enumerate(shown) if word.before_colon is not None and at not in view.turns]:
        word = shown[index]
        before = view.words[index - 1].strip(EDGES).lower() if index else ""
        core = word.before_colon or before
        first, after = view.first_atom[index], view.first_atom[index + 1]
        if CONDITION in reading.levels[first:after]:
            continue
        if core in headings or f"{before} {core}" in headings:
            yield index, "heading"
        elif core.isalpha():
            yield index, "before_colon"


def _phrases(view: View, reading: Reading) -> Iterator[tuple[int, str]]:
    """Fixed phrases of leaked text: "as an AI", "translate the following", "such that"."""
    trie, groups = sign_phrases(), signs().phrases
    keys, levels = view.keys, reading.levels
    last, done = len(keys) - 1, 0
    for start in [atom for atom, flags in enumerate(view.flags) if flags & 2] if view.seen & 2 else ():
        after = seconds(sign_phrases, keys[start])
        if start < done or (after is not None and (start == last or after.isdisjoint(keys[start + 1]))):
            continue
        best = longest(trie, keys, start)
        if best is None or all(level >= BENCHMARK for level in levels[start : best[0]]):
            continue
        group = groups[best[1][0]]
        end = view.word_of[best[0] - 1]
        if group.kind != "cut_off" or end == len(view.words) - 1:
            done = best[0]
            yield from ((word, group.name) for word in range(view.word_of[start], end + 1))


def has_holes(view: View, reading: Reading) -> bool:
    """Whether the text lost words: it has a pair of words that fluent text does not have, or an empty bracket."""
    texts = view.texts
    brackets = [at for at, text in enumerate(texts) if text == "("] if "(" in texts else ()
    empty = any(")" in texts[at + 1 : at + 3] and texts[at + 1] in _empty() for at in brackets)
    return empty or next(_holes(view, reading), None) is not None


@cache
def _empty() -> frozenset[str]:
    """What is left in a bracket that lost its words."""
    groups = signs().holes.groups
    return frozenset([")", *groups["conj"], *groups["prep"]])


def _holes(view: View, reading: Reading) -> Iterator[tuple[int, str]]:
    """Pairs of words that fluent text does not have ("of is", "we we"): a translation dropped or doubled words."""
    groups, pairs, allowed = _function_words()
    texts, levels = view.texts, reading.levels
    for atom in [at for at, text in enumerate(texts[:-1], 1) if text in groups or text == texts[at]]:
        before, text = texts[atom - 1], texts[atom]
        if levels[atom] >= BENCHMARK or levels[atom - 1] >= BENCHMARK:
            continue
        if text == before:
            if text.isalpha() and (len(text) > 1 or text == "i") and text not in ("that", "had"):
                yield view.word_of[atom], "doubled"
        elif text in groups:
            if f"{groups[before]} {groups[text]}" in pairs and f"{before} {text}" not in allowed:
                yield view.word_of[atom], "hole"
        elif text in SEPARATORS and text not in "([—:\n":
            yield view.word_of[atom], "hole"


@cache
def _function_words() -> tuple[dict[str, str], frozenset[str], frozenset[str]]:
    holes = signs().holes
    return {w: name for name, words in holes.groups.items() for w in words}, holes.pairs, frozenset(holes.allowed)


def _again(shown: list[Word]) -> Iterator[tuple[int, str]]:
    """Words that repeat the beginning of the text, and a word that stands three or more times in a row."""
    plain = [word.plain for word in shown]
    size = len(plain)
    if len(set(plain)) == size:
        return
    for index in range(2, size):
        if plain[index] == plain[index - 1] == plain[index - 2] and plain[index].isalpha():
            first = index - 2 if index == 2 or plain[index - 3] != plain[index] else index
            yield from ((again, "again") for again in range(first, index + 1))
    start = 0
    for _ in range(50):
        try:
            start = plain.index(plain[0], start + 1)
        except ValueError:
            return
        length = 0
        while length < start and start + length < size and plain[start + length] == plain[length]:
            length += 1
        if length == start or (length >= 2 and start + length == size):
            for index in range(start, start + length):
                yield index, "again"
            return


def _orders(view: View, shown: list[Word], ends: list[bool]) -> Iterator[tuple[int, str]]:
    """Imperatives and pronouns that open a sentence: "Answer with one letter", "It was late"."""
    imperatives = signs().imperatives.words
    for index, word in enumerate(shown):
        opens = not index or ends[index - 1] or index - 1 in view.turns
        if opens and word.plain in imperatives and (not index or view.words[index][0].isupper()):
            yield index, "imperative"
        elif opens and word.lexical == ("pronoun",):
            yield index, "opens_pronoun"


def _said_before(shown: list[Word], levels: list[str]) -> Iterator[tuple[int, str]]:
    """Words of a condition that an earlier phrase stated: an essay names what it explains."""
    stated: set[str] = set()
    for index, word in enumerate(shown):
        if levels[index] in ("condition", "inner"):
            if word.plain in stated:
                yield index, "said_before"
            stated.add(word.plain)
