"""The signs of each word of a text beside its neighbours, and of the border before each word.

A sign is a name; what it counts stands in ``weights.yaml``. :mod:`ingest.describe.signs` has those of a word by itself.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

from ingest.describe.atoms import LONGEST, SEPARATORS, View
from ingest.describe.borders import RUNNING, SPOKEN, STATES, WITHIN, border_signs, is_sentence_end, openers
from ingest.describe.conditions import BENCHMARK, CONDITION, FILLER, UNKNOWN, Reading
from ingest.describe.signs import EDGES, PARTING, Word, last_words, word_signs
from ingest.describe.vocabulary import longest, sign_phrases, sign_seconds, signs

Observed = list[tuple[tuple[str, ...], tuple[str, ...]]]
"""For each word its signs, and those of the border before it."""

_COLON_LIKE = frozenset({":", "：", ">", "—", ">>", "->", "=>", "=", "|"})
_LEVELS = {UNKNOWN: "unknown", FILLER: "filler", BENCHMARK: "own_name", CONDITION: "condition"}


def observe(view: View, reading: Reading) -> Observed:
    """The signs of each word of ``view``, and of the border before it."""
    shown = [word_signs(word[:LONGEST]) for word in view.words]
    levels = [_level(view, reading, index) for index in range(len(shown))]
    extra = _beside(view, reading, shown)
    for index, name in _said_before(shown, levels):
        extra.setdefault(index, []).append(name)
    names: list[tuple[str, ...]] = []
    for index, word in enumerate(shown):
        level = levels[index]
        own = word.shape + word.lexical if level == "unknown" else (*word.shape, level)
        names.append(own + tuple(extra[index]) if index in extra else own)
    _mark_about(view, shown, levels, names)
    return list(zip(names, border_signs(view, reading, shown, levels, names), strict=True))


def _mark_about(view: View, shown: list[Word], levels: list[str], names: list[tuple[str, ...]]) -> None:
    """In a sentence that opens like a statement on the benchmark ("Tests whether …"), running text counts apart.

    Such a sentence neither starts with a condition nor speaks of itself, and no word of it fell out.
    """
    size, start, opening = len(shown), 0, openers()
    while start < size:
        end = start + 1
        while end < size and not is_sentence_end(view, shown, end - 1):
            end += 1
        signs_of = {name for own in names[start:end] for name in own}
        if (
            levels[start] not in STATES
            and signs_of.isdisjoint(SPOKEN)
            and any(word.plain in opening for word in shown[start : min(end, start + WITHIN + 1)])
        ):
            for index in range(start, end):
                names[index] = tuple(f"{name}_about" if name in RUNNING else name for name in names[index])
        start = end


def _level(view: View, reading: Reading, index: int) -> str:
    """What lists of notes know word ``index`` as."""
    first, after = view.first_atom[index], view.first_atom[index + 1]
    if index in view.tails:
        return "inner"
    best = max(reading.levels[first:after], default=UNKNOWN)
    span = reading.spans[first] if first < after else 0
    if best == CONDITION and first and 0 < span == reading.spans[first - 1]:
        return "inner"
    if best == FILLER and span and reading.spans[max(first - 1, 0) : after + 1].count(span) > 1:
        return "known_phrase"
    return _LEVELS[best]


def _beside(view: View, reading: Reading, shown: list[Word]) -> dict[int, list[str]]:
    """Signs that a word has only beside others, by word."""
    found: dict[int, list[str]] = {}
    for index, name in (
        *((index, "role") for index in view.turns),
        *_headings(view, reading, shown),
        *_phrases(view, reading),
        *_holes(view, reading),
        *_again(shown),
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
    """Marks the words that open a turn of dialogue: "AI:", "User:", "Ответ:", "<|user|>".

    Left alone where a model's name follows a role that a run may give to a model ("User: GPT-4o"). A last word
    "AI" is a turn cut short.
    """
    words, turns = view.words, view.turns
    roles, playable = _roles(), signs().playable_roles.words
    last = len(words) - 1
    for index, word in enumerate(words):
        shown = word_signs(word[:LONGEST])
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
    for index, word in enumerate(shown):
        if word.before_colon is None or index in view.turns:
            continue
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
    """Fixed phrases of the genre: "as an AI", "translate the following", "such that"."""
    trie, groups = sign_phrases(), signs().phrases
    keys, flags, levels = view.keys, view.flags, reading.levels
    position, size = 0, len(keys)
    while position < size:
        if not flags[position] & 2:
            position += 1
            continue
        seconds = sign_seconds(keys[position])
        if seconds is not None and (position + 1 == size or seconds.isdisjoint(keys[position + 1])):
            position += 1
            continue
        best = longest(trie, keys, position)
        if best is None or all(level >= BENCHMARK for level in levels[position : best[0]]):
            position += 1
            continue
        group = groups[best[1][0]]
        if group.kind != "cut_off" or view.word_of[best[0] - 1] == len(view.words) - 1:
            for word in range(view.word_of[position], view.word_of[best[0] - 1] + 1):
                yield word, group.name
            position = best[0]
        else:
            position += 1


def has_holes(view: View, reading: Reading) -> bool:
    """Whether words fell out of the text: a pair that fluent text does not have, or a bracket with next to nothing."""
    texts = view.texts
    empty = any(
        text == "(" and ")" in texts[at + 1 : at + 3] and texts[at + 1] in _empty() for at, text in enumerate(texts)
    )
    return empty or next(_holes(view, reading), None) is not None


@cache
def _empty() -> frozenset[str]:
    """What a bracket holds that lost its words."""
    groups = signs().holes.groups
    return frozenset([")", *groups["conj"], *groups["prep"]])


def _holes(view: View, reading: Reading) -> Iterator[tuple[int, str]]:
    """Pairs of words that fluent text does not have ("of is", "we we"): translation that dropped or doubled words."""
    groups, pairs, allowed = _function_words()
    texts, levels = view.texts, reading.levels
    before = ""
    for atom, text in enumerate(texts):
        if levels[atom] >= BENCHMARK:
            before = ""
            continue
        if text == before and text.isalpha() and len(text) > 1 - (text == "i") and text not in ("that", "had"):
            yield view.word_of[atom], "doubled"
        elif before in groups and (
            (text in groups and f"{groups[before]} {groups[text]}" in pairs and f"{before} {text}" not in allowed)
            or (text in SEPARATORS and text not in "([—:\n")
        ):
            yield view.word_of[atom], "hole"
        before = text


@cache
def _function_words() -> tuple[dict[str, str], frozenset[str], frozenset[str]]:
    holes = signs().holes
    return {w: name for name, words in holes.groups.items() for w in words}, holes.pairs, frozenset(holes.allowed)


def _again(shown: list[Word]) -> Iterator[tuple[int, str]]:
    """The beginning of the text said again, and one word three times or more without any between."""
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


def _said_before(shown: list[Word], levels: list[str]) -> Iterator[tuple[int, str]]:
    """Words of a condition that the text has stated already: an essay names what it explains."""
    stated: set[str] = set()
    for index, word in enumerate(shown):
        if levels[index] in ("condition", "inner"):
            if word.plain in stated:
                yield index, "said_before"
            stated.add(word.plain)
