"""Finds leaked text: every detector weighs words, and a stretch is cut where the weights outdo its borders.

A weight above 0 speaks for leaked text, one below 0 for a note. The cut is the stretch with the highest sum of
weights less the cost of its two borders (the maximum-sum subarray, in one pass): leaked text may stand after
the note, before it or inside it.
"""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass, field
from functools import cache

from ingest.describe.atoms import SEPARATORS, View
from ingest.describe.conditions import BENCHMARK, CONDITION, FILLER, UNKNOWN, Reading
from ingest.describe.vocabulary import Node, insert, longest, read

_SENTENCE_END = re.compile(r"[.!?…。！？][)\"'”’*\]]{0,3}$")
_ITEM = re.compile(r"^\(?\d{1,2}[.)]$")
_BULLETS = frozenset("•▪‣◦●*·➤✓✔✅❌→")
_SUSPECT = re.compile(r"[`$\\{}<>=*#|~^]|https?:|www\.")
_MARKUP = re.compile(
    r"`|\{\s*\"|\"\s*[:}]|</?[a-z][^<>]{0,40}>|<\|?|\|>|\[/?inst\]|\\[a-z]+|\\[()\[\]]|\*\*|^\(?#{1,6}$|^---+$|^\*[^*]+\*?$|^[^*]+\*$|[;{}]$"
)
_TEMPLATE = re.compile(r"<\|[a-z_]+\|>|\[/?inst\]|<</?sys>>|^###$|<(?:thinking|think|s)>|</(?:thinking|think|s)>")
_LATEX = re.compile(r"^\$[^$]+\$|\$$|^\$(?!\d)|\\(?:frac|sqrt|times|cdot|boxed|text|left|right|sum|int)")
_LINK = re.compile(r"https?:|www\.")
_EQUATION = re.compile(r"^[(\[]?(\w{1,12})=[-\d.]+[)\],.;]*$")
_MARK = re.compile(
    r"[(\[]\s*\d{1,3}(?:\.\d)?\s*/\s*\d{1,3}\s*[)\]]"
    r"|[(\[]\s*(?:score|mark|marks|grade|points?|rating|total|оценка|баллы)\s*[:=]?\s*\d{1,3}(?:\.\d)?%?\s*(?:(?:/|of|out of|from)\s*\d{1,3}|marks?|points?|pts)?\s*[)\]]"
    r"|[(\[]?\b\d{1,3}(?:\.\d)?\s*(?:/|of|out of|from|из|von|sur|de|auf)\s*\d{1,3}\s*(?:marks?|points?|pts|stars?|scores?|balls?|credits|баллов|балла|punkten?|puntos|correct)\b[)\]]?"
    r"|[(\[]\s*\d{1,3}\s*(?:marks?|points?|pts|stars?|баллов|балла)\s*[)\]]"
    r"|[(\[]\s*(?:grade|mark)\s*:?\s*[a-f][+-]?\s*[)\]]",
    re.IGNORECASE,
)
_COLON_LIKE = frozenset({":", "：", ">", "—", ">>", "->", "=>", "=", "|"})
_EDGES = "\"'`*#<>[](){}|_~“”‘’«»【】「」-–—"


@dataclass(slots=True)
class Evidence:
    """The weight of each word, which detector gave how much of it, and words that surely open a leak."""

    weights: list[float]
    by_kind: list[dict[str, float]] = field(default_factory=list)
    opens: set[int] = field(default_factory=set)
    headings: set[int] = field(default_factory=set)

    def add(self, word: int, weight: float, kind: str) -> None:
        """Adds ``weight`` to one word in the name of detector ``kind``."""
        self.weights[word] += weight
        kinds = self.by_kind[word]
        kinds[kind] = kinds.get(kind, 0.0) + weight


@dataclass(slots=True, frozen=True)
class Cut:
    """Words ``start`` to ``end`` are leaked text; ``kinds`` are its detectors, the weightiest first."""

    start: int
    end: int
    kinds: tuple[str, ...]
    margin: float


def find_cut(view: View, reading: Reading) -> Cut | None:
    """The stretch of words that most clearly is leaked text, or None where nothing is."""
    evidence = weigh(view, reading)
    if max(evidence.weights, default=0.0) < 0.5:
        return None
    return _best_stretch(view, reading, evidence)


def weigh(view: View, reading: Reading) -> Evidence:
    """The evidence of all detectors on every word of ``view``."""
    neutral = _data().neutral
    evidence = Evidence([neutral] * len(view.words), [{} for _ in view.words])
    note_words(view, reading, evidence)
    leak_words(view, reading, evidence)
    leak_phrases(view, reading, evidence)
    dialogue(view, reading, evidence)
    enumeration(view, reading, evidence)
    punctuation(view, reading, evidence)
    grading_marks(view, evidence)
    markup_and_sums(view, evidence)
    repetition(view, reading, evidence)
    cut_off(view, reading, evidence)
    return evidence


def note_words(view: View, reading: Reading, evidence: Evidence) -> None:
    """Words that belong to method notes speak against a leak."""
    weights, data = evidence.weights, _data()
    previous = UNKNOWN
    for atom, level in enumerate(reading.levels):
        if level == CONDITION:
            weights[view.word_of[atom]] += data.inner if previous == CONDITION else data.condition
        elif level == FILLER:
            weights[view.word_of[atom]] += data.filler
        elif level == BENCHMARK:
            weights[view.word_of[atom]] += data.benchmark
        previous = level
    for word in view.tails:
        weights[word] += data.inner


def leak_words(view: View, reading: Reading, evidence: Evidence) -> None:
    """Single words that notes do not use: speakers, pronouns, finite verbs, orders, other languages.

    Also pairs that fluent text does not have ("of is", "the from", "we we"): translation that dropped words.
    """
    data = _data()
    words, groups, bad, allowed = data.words, data.groups, data.collisions, data.allowed
    levels, texts, word_of = reading.levels, view.texts, view.word_of
    before, before_group = "", ""
    for atom, text in enumerate(texts):
        if levels[atom] >= BENCHMARK or (levels[atom] == FILLER and text not in words):
            before, before_group = text, ""
            continue
        known = words.get(text)
        if known is not None and levels[atom] == UNKNOWN:
            evidence.add(word_of[atom], known[0], known[1])
        elif not text.isascii() and any(c >= "\u0400" and c.isalpha() for c in text):
            evidence.add(word_of[atom], 2.2 + 0.25 * min(len(text) - 1, 8), "other_language")
            if not before or before.isascii():
                evidence.opens.add(word_of[atom])
        elif known is None and levels[atom] == UNKNOWN and not text.isascii() and any("\u00df" <= c <= "\u017f" for c in text):
            evidence.add(word_of[atom], 0.8, "other_language")
        group = groups.get(text, "")
        if text == before and text.isalpha() and len(text) > 1 and text not in ("that", "had"):
            evidence.add(word_of[atom], 1.8, "word_salad")
        elif before_group and group and (before_group, group) in bad and f"{before} {text}" not in allowed:
            evidence.add(word_of[atom], data.collision, "word_salad")
        elif before_group and text in SEPARATORS and text not in ("(", "[", "—", ":") and text != "\n":
            evidence.add(word_of[atom], data.collision, "word_salad")
        before, before_group = text, group


def leak_phrases(view: View, reading: Reading, evidence: Evidence) -> None:
    """Fixed phrases of the genre: "as an AI", "translate the following", "such that"."""
    data = _data()
    trie, keys, levels = data.phrases, view.keys, reading.levels
    position, size = 0, len(keys)
    while position < size:
        if any(key in trie for key in keys[position]):
            best = longest(trie, keys, position)
            if best is not None and not all(level >= BENCHMARK for level in levels[position : best[0]]):
                weight, kind = data.phrase_weights[best[1][0]]
                if kind == "cut_off" and view.word_of[best[0] - 1] < len(view.words) - 1:
                    position += 1
                    continue
                evidence.add(view.word_of[position], weight, kind)
                position = best[0]
                continue
        position += 1


def find_turns(view: View) -> None:
    """Marks the words that open a turn of dialogue: "AI:", "User:", "Ответ:", "<|user|>", "### Response:".

    Left alone where a model's name follows a role that a run may give to a model ("User: GPT-4o"). A last word
    "AI" is a turn cut short.
    """
    data, words, turns = _data(), view.words, view.turns
    last = len(words) - 1
    for index, word in enumerate(words):
        core = _before_colon(words, index)
        if core is None:
            if (index == last and index and word.strip(_EDGES + ".") in data.bare) or (
                index < last and word.strip(_EDGES) in data.bare and words[index + 1] in _COLON_LIKE
            ):
                turns[index] = 7.0
            elif ("[" in word or _SUSPECT.search(word)) and _TEMPLATE.search(word.lower()):
                turns[index] = 7.0
            continue
        pair = f"{words[index - 1].strip(_EDGES).lower()} {core}" if index else core
        follows = view.first_atom[index + 1]
        if core in data.playable and follows < len(view.keys) and "{model}" in view.keys[follows]:
            continue
        if index and pair in data.roles:
            turns[index - 1] = turns[index] = 4.0
        elif core in data.roles:
            turns[index] = 7.0


def dialogue(view: View, reading: Reading, evidence: Evidence) -> None:
    """Speakers' turns, and headings of worked answers ("Task:", "Advantages:")."""
    data, words = _data(), view.words
    for index, weight in view.turns.items():
        evidence.add(index, weight, "dialogue")
    for index in range(len(words)):
        if index in view.turns or (core := _before_colon(words, index)) is None:
            continue
        first, after = view.first_atom[index], view.first_atom[index + 1]
        if any(level == CONDITION for level in reading.levels[first:after]):
            continue
        pair = f"{words[index - 1].strip(_EDGES).lower()} {core}" if index else core
        if core in data.headings or pair in data.headings:
            evidence.add(index, 3.0, "headings")
            evidence.headings.add(index)
        elif core.isalpha() and first < after and reading.levels[first] == UNKNOWN:
            evidence.add(index, 0.6, "headings")


def _before_colon(words: list[str], index: int) -> str | None:
    """The word before a colon that ends ``words[index]`` or stands inside it ("AI:hello"), in lower case."""
    word = words[index]
    if ":" not in word and "：" not in word:
        return None
    body = word.rstrip("*_\"'”)]")
    if body[-1:] in (":", "："):
        core = body[:-1].strip(_EDGES).lower()
        return core or (words[index - 1].strip(_EDGES).lower() if index else None) or None
    head = re.split("[:：]", word, maxsplit=1)
    if head[1][:1].isalpha() and not head[0].lower().startswith("http"):
        return head[0].strip(_EDGES).lower() or None
    return None


def enumeration(view: View, reading: Reading, evidence: Evidence) -> None:
    """Numbered steps and bullets: a note has no list."""
    items = [i for i, word in enumerate(view.words) if len(word) < 5 and (word in _BULLETS or _ITEM.match(word)) and not _in_note(view, reading, i)]
    if not items:
        return
    weight = 1.2 if len(items) == 1 else 2.2
    for index in items:
        evidence.add(index, weight, "numbered_list")


def _in_note(view: View, reading: Reading, word: int) -> bool:
    return any(level == CONDITION for level in reading.levels[view.first_atom[word] : view.first_atom[word + 1]])


def punctuation(view: View, reading: Reading, evidence: Evidence) -> None:
    """Questions, exclamations, empty quotes and signs left standing where words fell out."""
    for index, word in enumerate(view.words):
        end = word[-1]
        if end == "?" or end == "？":
            evidence.add(index, 2.2, "running_text")
        elif end == "!" or end == "！":
            evidence.add(index, 1.8, "running_text")
        elif len(word) == 1 and end in ":,.;=" and index:
            evidence.add(index, 1.3, "word_salad")
        elif len(word) <= 4 and ('""' in word or "''" in word or "“”" in word or "«»" in word or "()" in word):
            evidence.add(index, 2.5, "word_salad")


def grading_marks(view: View, evidence: Evidence) -> None:
    """Marks that somebody gave the text: (3/9), (7 of 25 marks), [score: 4/10]."""
    text = " ".join(view.words)
    if not any(c.isdigit() for c in text) and "(" not in text and "[" not in text:
        return
    offsets: list[int] | None = None
    for match in _MARK.finditer(text):
        if offsets is None:
            offsets = []
            at = 0
            for word in view.words:
                offsets.append(at)
                at += len(word) + 1
        inside = [i for i, at in enumerate(offsets) if match.start() - len(view.words[i]) < at < match.end()] if len(offsets) < 400 else []
        for index in inside:
            evidence.add(index, 6.0 / len(inside) - min(0.0, evidence.weights[index]), "grading_mark")


def markup_and_sums(view: View, evidence: Evidence) -> None:
    """Code, JSON, chat templates, emphasis, links, LaTeX and equations."""
    for index, word in enumerate(view.words):
        if not _SUSPECT.search(word):
            continue
        low = word.lower()
        equation = _EQUATION.match(low)
        if equation:
            if equation[1] not in _data().parameters:
                evidence.add(index, 2.0, "worked_problem")
        elif _LATEX.search(low):
            evidence.add(index, 2.4, "worked_problem")
        elif _LINK.search(low):
            evidence.add(index, 1.5, "link")
        elif _MARKUP.search(low):
            evidence.add(index, 4.0 if "`" in word or "#" in word else 3.2, "markup")
        elif word == "=":
            evidence.add(index, 0.7, "worked_problem")


def repetition(view: View, reading: Reading, evidence: Evidence) -> None:
    """The note said again: translators repeat what they were given."""
    plain = [word.lower().strip(".,;:!?()[]\"'*") for word in view.words]
    looked_at = 0
    for start in range(1, len(plain)):
        if plain[start] != plain[0] or looked_at >= 50:
            continue
        looked_at += 1
        length = 0
        while length < start and start + length < len(plain) and plain[start + length] == plain[length]:
            length += 1
        if length == start or (length >= 2 and start + length == len(plain)):
            evidence.opens.add(start)
            for index in range(start, start + length):
                evidence.add(index, 3.5 - min(0.0, evidence.weights[index]), "repetition")
            return


def cut_off(view: View, reading: Reading, evidence: Evidence) -> None:
    """The text ends in a word that needs another after it ("and also from", "to the best of its")."""
    atom = len(view.texts) - 1
    while atom >= 0 and view.texts[atom] in (",", ";", "—", "-", "…"):
        atom -= 1
    data = _data()
    if atom < 0 or reading.levels[atom] >= FILLER or view.texts[atom] not in data.dangling:
        return
    evidence.add(view.word_of[atom], data.dangling_weight, "cut_off")


def _best_stretch(view: View, reading: Reading, evidence: Evidence) -> Cut | None:
    data, size = _data(), len(view.words)
    openings = _openings(view, reading, evidence)
    best_gain, best = 0.0, (0, 0)
    total = 0.0
    from_start = -data.borders["start"]
    inner_gain, inner_at = -1e9, 0
    for index in range(size + 1):
        if index:
            total += evidence.weights[index - 1]
        last = index == size
        if index and (last or _SENTENCE_END.search(view.words[index - 1]) or view.words[index - 1][-1] in ":：" or view.breaks[index]):
            back = 0.0 if last else data.borders["back_line" if view.breaks[index] else "back_first"]
            gain = total + from_start - back
            if gain > best_gain and _decisive(evidence, 0, index, gain):
                best_gain, best = gain, (0, index)
            gain = total + inner_gain - (0.0 if last else data.borders["back_again"])
            if gain > best_gain:
                best_gain, best = gain, (inner_at, index)
        if 0 < index < size:
            candidate = -total - openings[index]
            if candidate >= inner_gain:
                inner_gain, inner_at = candidate, index
    if best_gain <= 0.0:
        return None
    kinds: defaultdict[str, float] = defaultdict(float)
    for index in range(*best):
        for kind, weight in evidence.by_kind[index].items():
            kinds[kind] += weight
    named = sorted((k for k in kinds if kinds[k] >= 2.0), key=lambda k: (-kinds[k], k))[:4]
    return Cut(best[0], best[1], tuple(named) or ("running_text",), best_gain)


def _openings(view: View, reading: Reading, evidence: Evidence) -> list[float]:
    """What it costs to let leaked text start at each word."""
    data = _data()
    borders = data.borders
    costs = [borders["inside"]] * len(view.words)
    for index in range(1, len(costs)):
        before, word = view.words[index - 1], view.words[index]
        last_atom = view.first_atom[index] - 1
        first_atom = view.first_atom[index]
        if index in view.turns or index in evidence.opens:
            costs[index] = borders["turn"]
        elif last_atom >= 0 and first_atom < len(reading.spans) and 0 < reading.spans[last_atom] == reading.spans[first_atom]:
            continue  # inside a known phrase
        elif view.breaks[index] or _SENTENCE_END.search(before) or _ITEM.match(word) or word in _BULLETS or index in evidence.headings:
            costs[index] = borders["sentence"]
        elif last_atom >= 0 and (reading.levels[last_atom] != UNKNOWN or view.texts[last_atom] in SEPARATORS):
            if before[-1] == ",":
                continue  # leaked text does not start after a comma
            if first_atom < len(reading.levels) and reading.levels[first_atom] != UNKNOWN:
                costs[index] = borders["after_note"]
                continue
            capital = word.lstrip(_EDGES)[:1].isupper() or word[0] in "([*<{\"“"
            costs[index] = borders["note_end" if capital else "after_note"]
        elif word[0] in "([{<\"“«*#`—–" or before in ("-", "–", "—"):
            costs[index] = borders["bracket"]
        elif word[0].isupper():
            low = word.lower().rstrip(",.;:!?")
            if low in data.words or low in data.dangling:
                costs[index] = borders["capital"]
            elif word[1:].islower():
                costs[index] = borders["name"]
    return costs


def _decisive(evidence: Evidence, start: int, end: int, gain: float) -> bool:
    """Nothing of a text is genuine only where more than running text says so."""
    hard = sum(
        weight
        for index in range(start, min(end, 200))
        for kind, weight in evidence.by_kind[index].items()
        if kind not in ("running_text", "headings", "benchmark_essay")
    )
    return hard >= 4.0 or gain >= 10.0


@dataclass(slots=True, frozen=True)
class _Data:
    borders: dict[str, float]
    condition: float
    inner: float
    filler: float
    benchmark: float
    neutral: float
    roles: frozenset[str]
    bare: frozenset[str]
    playable: frozenset[str]
    headings: frozenset[str]
    words: dict[str, tuple[float, str]]
    phrases: Node
    phrase_weights: list[tuple[float, str]]
    dangling: frozenset[str]
    dangling_weight: float
    collision: float
    collisions: frozenset[tuple[str, str]]
    groups: dict[str, str]
    allowed: frozenset[str]
    parameters: frozenset[str]


@cache
def _data() -> _Data:
    raw = read("leaks")
    words: dict[str, tuple[float, str]] = {}
    for group in raw["words"]:
        for word in group["words"]:
            words.setdefault(word, (float(group["weight"]), group["kind"]))
    weights: list[tuple[float, str]] = []
    trie: Node = {}
    for index, group in enumerate(raw["phrases"]):
        weights.append((float(group["weight"]), group["kind"]))
        for phrase in group["phrases"]:
            insert(trie, phrase, index)
    pairs = raw["collisions"]
    return _Data(
        borders={name: float(body["cost"]) for name, body in raw["borders"].items()},
        condition=float(raw["note"]["condition"]["weight"]),
        inner=float(raw["note"]["inner"]["weight"]),
        filler=float(raw["note"]["filler"]["weight"]),
        benchmark=float(raw["note"]["benchmark"]["weight"]),
        neutral=float(raw["neutral"]["weight"]),
        roles=frozenset(word for group in raw["roles"] for word in group["words"]),
        bare=frozenset(raw["roles_without_colon"]["words"]),
        playable=frozenset(raw["roles_of_models"]["words"]),
        headings=frozenset(word for group in raw["headings"] for word in group["words"]),
        words=words,
        phrases=trie,
        phrase_weights=weights,
        dangling=frozenset(raw["dangling"]["words"]),
        dangling_weight=float(raw["dangling"]["weight"]),
        collision=float(pairs["weight"]),
        collisions=frozenset((a, b) for a, b in pairs["pairs"]),
        groups={word: name for name, members in pairs["groups"].items() for word in members},
        allowed=frozenset(pairs["allowed"]),
        parameters=frozenset(read("words")["parameters"]["words"]),
    )

