"""The conditions that stand in a listed benchmark name: split, shots, prompting, grader and so on.

The knowledge is ``qualifiers.yaml``. A condition is looked for at the ends of a name only, as whole words, and
again until none is left; the order in which a name lists its conditions does not matter.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from types import MappingProxyType
from typing import Any, Literal, NamedTuple

from ingest.knowledge import KnowledgeEntry, knowledge
from ingest.name import text

_LONGEST = 12
"""Words that a condition may have at most, so that reading a name stays linear in its length."""

_MOST_CONDITIONS = 8
"""Conditions that are looked for in one name; the most met in one has three."""

Condition = Literal[
    "split",
    "n_shots",
    "prompting",
    "metric",
    "aggregation",
    "n_runs",
    "tools",
    "grader_model",
    "reasoning",
    "reasoning_effort",
    "variant",
    "harness",
]
"""Columns of ``scores`` that a benchmark's name may state."""

_COUNTS = frozenset({"n_shots", "n_runs"})

_NO_LITERALS = re.compile(r"\\.|\[[^\]]*\]|\{[^}]*\}|\(\?:")
_LITERAL_WORDS = re.compile(r"([^\W\d_]*)([^\W\d_])(\??)")
"""What of a pattern is no word as written; and its words, whose last letter may be optional ("tools?")."""


def typed(states: Mapping[Condition, str]) -> dict[str, Any]:
    """Conditions by column, counts as numbers.

    >>> typed({"n_shots": "5", "split": "test"})
    {'n_shots': 5, 'split': 'test'}
    """
    return {name: int(value) if name in _COUNTS else value for name, value in states.items()}


NOTHING_STATED: Mapping[str, Any] = MappingProxyType({})
"""What a name states that states nothing: no columns of ``scores``."""


class Parsed(NamedTuple):
    """A name taken apart: ``parts`` are its tokens, ``whole`` and ``base`` keys, ``base_text`` the base as text.

    ``conditions`` are the sorted id parts of all that was found, ``id_parts`` those of them that belong to an id.
    ``outside`` is the name as it is written without its brackets, where these hold all conditions and nothing else.
    """

    parts: Sequence[str]
    whole: str
    base: str
    base_text: str
    conditions: tuple[str, ...] = ()
    id_parts: tuple[str, ...] = ()
    states: Mapping[str, Any] = NOTHING_STATED
    outside: str | None = None


class _Qualifier(KnowledgeEntry):
    is_: str = ""
    part_of_id: bool = True
    only_known: bool = False
    spelled: tuple[str, ...] = ()
    pattern: str | None = None
    states: dict[Condition, str] = {}  # noqa: RUF012 - pydantic copies it for each entry
    head: bool = False
    glued: bool = False
    bracketed: bool = False
    each: bool = False
    is_language: bool = False
    reason: str

    model_config = KnowledgeEntry.model_config | {"alias_generator": lambda name: name.rstrip("_")}


class FoundCondition(NamedTuple):
    """A condition that was read: its id part, what it states, and its entry."""

    part: str
    states: dict[str, Any]
    rule: _Qualifier


@dataclass(slots=True, frozen=True)
class _Rules:
    """The conditions by their words, and those with a pattern; ``any_pattern`` matches where any of these does.
    ``glued`` has by their last letter those that may be written onto a name, ``any_glued`` all of these words.

    ``certain``: without the conditions that are such only before or behind a known benchmark's name.
    """

    certain: bool
    spelled: Mapping[str, _Qualifier]
    glued: Mapping[str, Sequence[tuple[str, _Qualifier]]]
    any_glued: tuple[str, ...]
    patterned: tuple[tuple[re.Pattern[str], _Qualifier], ...]
    any_pattern: re.Pattern[str]
    last_words: frozenset[str]
    first_words: frozenset[str]


def parse(name: str, is_base: Callable[[str], bool], *, certain: bool = False) -> Parsed:
    """Takes a listed name apart. ``is_base`` says whether a key is that of a known benchmark: only then may a
    condition be cut off that is written onto the name ("MMMUval"). ``certain`` leaves out the conditions that are
    such only before or behind a known benchmark's name."""
    folded = text.fold(name)
    parts = text.tokens(folded)
    whole = text.key(parts)
    if len(folded) > text.LONGEST_NAME or not parts:
        return Parsed(parts, whole, whole, name)
    rules = _rules(certain)
    has_bracket = "(" in name or "[" in name or "{" in name
    outside, hits = _brackets(name, rules) if has_bracket else (name, [])
    rest = text.tokens(text.fold(outside)) if hits else parts
    if not rest:
        rest, hits = parts, []
    in_brackets = len(hits)
    while len(rest) > 1 and len(hits) < _MOST_CONDITIONS:
        cut = _at_end(rest, rules) or _at_start(rest, rules)
        if cut is None or (cut[1].rule.is_language and is_base(text.key(rest))):  # "Turkish MMLU (5-shot)"
            break
        rest, hit = cut
        hits.append(hit)
    if not hits and not is_base(whole) and (written_on := _glued(whole, rules, is_base)):
        base, hit = written_on
        return _parsed(parts, whole, base, name, [hit])
    if not hits:
        return Parsed(parts, whole, whole, name)
    base = text.key(rest)
    if any(hit.rule.only_known for hit in hits) and not is_base(base):
        return parse(name, is_base, certain=True)
    parsed = _parsed(parts, whole, base, " ".join(rest), hits)
    has_no_other = len(hits) == in_brackets and not _ANY_BRACKET.search(outside)
    return parsed._replace(outside=text.collapse(outside)) if has_no_other else parsed


def condition_at(parts: Sequence[str], at: int, *, head: bool) -> tuple[int, FoundCondition] | None:
    """The longest condition that begins at a token of a name, and the tokens it takes. ``head``: before the name."""
    rules = _rules(False)
    for taken in range(min(_LONGEST, len(parts) - at), 0, -1):
        if hit := _read(" ".join(parts[at : at + taken]), rules, head=head):
            return taken, hit
    return None


def is_metric(words: str) -> bool:
    """Whether words are all of a metric that a name may state.

    >>> is_metric("hallucination rate"), is_metric("hallucination")
    (True, False)
    """
    parts = text.tokens(text.fold(words))
    condition = condition_at(parts, 0, head=False) if parts else None
    return condition is not None and condition[0] == len(parts) and "metric" in condition[1].states


def with_conditions(parsed: Parsed, base: str, hits: Sequence[FoundCondition]) -> Parsed:
    """A parsed name with another base and other conditions."""
    return _parsed(parsed.parts, parsed.whole, base, base, hits)


def _parsed(parts: Sequence[str], whole: str, base: str, base_text: str, hits: Sequence[FoundCondition]) -> Parsed:
    states: dict[str, Any] = {}
    for hit in hits:
        states.update(hit.states)
    conditions = tuple(sorted({hit.part for hit in hits if hit.part}))
    id_parts = tuple(sorted({hit.part for hit in hits if hit.part and hit.rule.part_of_id}))
    return Parsed(parts, whole, base, base_text, conditions, id_parts, states)


_ANY_BRACKET = re.compile(r"[()\[\]{}]")
_BRACKETED = re.compile(r"[(\[{]([^()\[\]{}]*)[)\]}]")
_PHRASES = re.compile(r"[,;|]")


def _brackets(name: str, rules: _Rules) -> tuple[str, list[FoundCondition]]:
    """The name without the brackets that hold nothing but conditions, and those conditions."""
    found: list[FoundCondition] = []

    def read(match: re.Match[str]) -> str:
        hits = _conditions(match[1], rules.certain)
        found.extend(hits)
        return " " if hits else match[0]

    return _BRACKETED.sub(read, name), found


@lru_cache(maxsize=16384)
def _conditions(inner: str, certain: bool) -> tuple[FoundCondition, ...]:
    """The conditions that a text in brackets holds; none where a part of it is no condition."""
    rules = _rules(certain)
    hits = [
        _read(" ".join(text.tokens(text.fold(phrase))), rules, head=False, bracketed=phrase)
        for phrase in _PHRASES.split(inner)
    ]
    return tuple(hit for hit in hits if hit is not None) if all(hits) else ()


def _at_end(parts: list[str], rules: _Rules) -> tuple[list[str], FoundCondition] | None:
    if parts[-1] not in rules.last_words and not parts[-1][0].isdigit():
        return None
    for taken in range(min(_LONGEST, len(parts) - 1), 0, -1):
        if hit := _read(" ".join(parts[-taken:]), rules, head=False):
            return parts[:-taken], hit
    return None


def _at_start(parts: list[str], rules: _Rules) -> tuple[list[str], FoundCondition] | None:
    if parts[0] not in rules.first_words and not parts[0][0].isdigit():
        return None
    for taken in range(min(_LONGEST, len(parts) - 1), 0, -1):
        if hit := _read(" ".join(parts[:taken]), rules, head=True):
            return parts[taken:], hit
    return None


def _read(phrase: str, rules: _Rules, *, head: bool, bracketed: str | None = None) -> FoundCondition | None:
    """The condition that a phrase is; ``bracketed`` is the phrase as written, where it stands in brackets alone."""
    rule = rules.spelled.get(phrase)
    if rule is not None:
        if (head and not rule.head) or (rule.bracketed and bracketed is None):
            return None
        return FoundCondition(rule.is_, typed(rule.states), rule)
    for pattern, rule in rules.patterned if rules.any_pattern.fullmatch(phrase) else ():
        if rule.bracketed and bracketed is None:
            continue
        if (rule.head or not head) and (match := pattern.fullmatch(phrase)):
            value = match[1].strip()
            shown = value if value.isdecimal() or bracketed is None else _as_written(bracketed, value)
            states = {column: template.replace("{0}", shown) for column, template in rule.states.items()}
            return FoundCondition(rule.is_.replace("{0}", text.slug(text.name_key(value))), typed(states), rule)
    return None


def _as_written(phrase: str, value: str) -> str:
    """The words at the start of a phrase that ``value`` was made of: 'GPT-4o grader' has 'GPT-4o' for 'gpt 4 o'."""
    key = text.name_key(value)
    words = phrase.split()
    starts = (" ".join(words[:count]) for count in range(1, len(words) + 1))
    return next((start for start in starts if text.name_key(start) == key), value)


def _glued(whole: str, rules: _Rules, is_base: Callable[[str], bool]) -> tuple[str, FoundCondition] | None:
    if not whole.endswith(rules.any_glued):
        return None
    for word, rule in rules.glued.get(whole[-1:], ()):
        if whole.endswith(word) and is_base(whole[: -len(word)]):
            return whole[: -len(word)], FoundCondition(rule.is_, typed(rule.states), rule)
    return None


def _words_of(pattern: str) -> set[str]:
    """The words that stand in a pattern, so at least those that a text may end with which it matches.

    >>> sorted(_words_of("([a-z]{1,9}) (?:shot|tools?)"))
    ['shot', 'tool', 'tools']
    """
    found = _LITERAL_WORDS.findall(_NO_LITERALS.sub(" ", pattern))
    return {form for word, last, optional in found for form in ((word, word + last) if optional else (word + last,))}


@cache
def _rules(certain: bool) -> _Rules:
    rows = [row for row in knowledge("names/qualifiers", tuple[_Qualifier, ...]) if not (certain and row.only_known)]
    spelled: dict[str, _Qualifier] = {}
    for row in rows:
        for phrase in (" ".join(text.tokens(text.fold(written))) for written in row.spelled):
            spelled[phrase] = row.model_copy(update={"is_": phrase.replace(" ", "-")}) if row.each else row
    glued: dict[str, list[tuple[str, _Qualifier]]] = {}
    for word in sorted(spelled, key=lambda word: -len(word)):
        if spelled[word].glued and " " not in word:
            glued.setdefault(word[-1], []).append((word, spelled[word]))
    last_words = {phrase.split()[-1] for phrase in spelled}
    for row in rows:
        if row.pattern and not row.bracketed:
            last_words |= _words_of(row.pattern)
    return _Rules(
        certain=certain,
        spelled=spelled,
        glued=glued,
        any_glued=tuple(word for each in glued.values() for word, _ in each),
        patterned=tuple((re.compile(row.pattern), row) for row in rows if row.pattern),
        any_pattern=re.compile("|".join(f"(?:{row.pattern})" for row in rows if row.pattern)),
        last_words=frozenset(last_words),
        first_words=frozenset(phrase.split()[0] for phrase, row in spelled.items() if row.head),
    )
