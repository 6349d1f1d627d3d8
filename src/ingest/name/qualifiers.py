"""The conditions that stand in a listed benchmark name: split, shots, prompting, grader and so on.

The knowledge is ``qualifiers.yaml``. A condition is looked for at the ends of a name only, as whole words, and
again until none is left; the order in which a name lists its conditions does not matter.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from ingest.name import text
from ingest.name.data import read_yaml

_LONGEST = 12
"""Words that a condition may have at most, so that reading a name stays linear in its length."""


@dataclass(slots=True, frozen=True)
class Parsed:
    """A name taken apart: ``whole`` and ``base`` are keys, ``conditions`` the sorted id parts of what was found."""

    whole: str
    base: str
    base_text: str
    conditions: tuple[str, ...]
    states: dict[str, Any]


@dataclass(slots=True, frozen=True)
class _Patterned:
    is_: str
    pattern: re.Pattern[str]
    states: Mapping[str, Any]
    head: bool
    bracketed: bool


@dataclass(slots=True, frozen=True)
class _Rules:
    spelled: Mapping[str, Mapping[str, Any]]
    glued: Mapping[str, Mapping[str, Any]]
    glued_words: tuple[str, ...]
    patterned: tuple[_Patterned, ...]
    last_words: frozenset[str]
    first_words: frozenset[str]


def parse(name: str, is_base: Callable[[str], bool]) -> Parsed:
    """Takes a listed name apart. ``is_base`` says whether a key is that of a known benchmark: only then may a
    condition be cut off that is written onto the name ("MMMUval")."""
    folded = text.fold(name)
    parts = text.tokens(folded)
    whole = text.key(parts)
    if len(folded) > text.LONGEST_NAME or not parts:
        return Parsed(whole, whole, name, (), {})
    rules = _rules()
    rest, found, states = _brackets(folded, rules)
    if not rest:
        rest, found, states = parts, set(), {}
    emptied = False
    while len(rest) > 1:
        hit = _at_end(rest, rules) or _at_start(rest, rules)
        if hit is None:
            break
        rest, is_, stated = hit
        found.add(is_)
        emptied = emptied or not is_
        states.update(stated)
    if not found and not is_base(whole) and (written_on := _glued(whole, rules, is_base)):
        base, is_, stated = written_on
        return Parsed(whole, base, name, (is_,), dict(stated))
    base = text.key(rest)
    if not found or (emptied and not is_base(base)):
        return Parsed(whole, whole, name, (), {})
    return Parsed(whole, base, " ".join(rest), tuple(sorted(found - {""})), states)


_Hit = tuple[list[str], str, Mapping[str, Any]]
_BRACKETED = re.compile(r"[(\[{]([^()\[\]{}]*)[)\]}]")


def _brackets(folded: str, rules: _Rules) -> tuple[list[str], set[str], dict[str, Any]]:
    """The words outside of the brackets that hold nothing but conditions, and those conditions."""
    found: set[str] = set()
    states: dict[str, Any] = {}

    def read(match: re.Match[str]) -> str:
        hits = [
            _read(" ".join(text.tokens(phrase)), rules, head=False, bracketed=True)
            for phrase in re.split(r"[,;|]", match[1])
        ]
        if not all(hits):
            return match[0]
        for hit in hits:
            if hit is not None:
                found.add(hit[0])
                states.update(hit[1])
        return " "

    return text.tokens(_BRACKETED.sub(read, folded)), found, states


def _at_end(parts: list[str], rules: _Rules) -> _Hit | None:
    if parts[-1] not in rules.last_words and not parts[-1][0].isdigit():
        return None
    for taken in range(min(_LONGEST, len(parts) - 1), 0, -1):
        if hit := _read(" ".join(parts[-taken:]), rules, head=False):
            return parts[:-taken], *hit
    return None


def _at_start(parts: list[str], rules: _Rules) -> _Hit | None:
    if parts[0] not in rules.first_words and not parts[0][0].isdigit():
        return None
    for taken in range(min(_LONGEST, len(parts) - 1), 0, -1):
        if hit := _read(" ".join(parts[:taken]), rules, head=True):
            return parts[taken:], *hit
    return None


def _read(phrase: str, rules: _Rules, head: bool, bracketed: bool = False) -> tuple[str, Mapping[str, Any]] | None:
    row = rules.spelled.get(phrase)
    if row is not None:
        return None if head and not row.get("head") else (str(row["is"]), row["states"])
    for rule in rules.patterned:
        if rule.bracketed and not bracketed:
            continue
        if (rule.head or not head) and (match := rule.pattern.fullmatch(phrase)):
            value = match[1].strip()
            stated = {k: _filled(v, value) for k, v in rule.states.items()}
            return rule.is_.format(text.slug(text.name_key(value))), stated
    return None


def _filled(template: Any, value: str) -> Any:
    if template == "{0}":
        return int(value) if value.isdecimal() else value
    return template.format(value)


def _glued(whole: str, rules: _Rules, is_base: Callable[[str], bool]) -> tuple[str, str, Mapping[str, Any]] | None:
    if not whole.endswith(rules.glued_words):
        return None
    for word, row in rules.glued.items():
        if whole.endswith(word) and is_base(whole[: -len(word)]):
            return whole[: -len(word)], str(row["is"]), row["states"]
    return None


@cache
def _rules() -> _Rules:
    spelled: dict[str, Mapping[str, Any]] = {}
    patterned: list[_Patterned] = []
    for row in read_yaml("qualifiers.yaml"):
        for phrase in row.get("spelled", ()):
            spelled[phrase] = row
        if "pattern" in row:
            head, bracketed = row.get("head", False), row.get("bracketed", False)
            patterned.append(_Patterned(row["is"], re.compile(row["pattern"]), row["states"], head, bracketed))
    glued = {word: row for word, row in spelled.items() if row.get("glued") and " " not in word}
    endings = {"shot", "shots"}  # the last words of the patterns; the other patterns end in a number
    return _Rules(
        spelled=spelled,
        glued=dict(sorted(glued.items(), key=lambda item: -len(item[0]))),
        glued_words=tuple(glued),
        patterned=tuple(patterned),
        last_words=frozenset(phrase.split()[-1] for phrase in spelled) | endings,
        first_words=frozenset(phrase.split()[0] for phrase, row in spelled.items() if row.get("head")),
    )
