"""Endings of a listed model name that are settings or snapshots of one model (``model_suffixes.yaml``)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache, lru_cache
from types import MappingProxyType

from ingest.name import text
from ingest.name.data import read_yaml

_MOST_ENDINGS = 6

_DATES = (
    re.compile(r"[\s_@-]\(?(20\d\d)-(\d\d)-(\d\d)\)?$"),
    re.compile(r"[\s_@-]\(?(20\d\d)(\d\d)(\d\d)\)?$"),
)
_AMERICAN_DATE = re.compile(r"[\s_@-]\(?(\d\d)-(\d\d)-(20\d\d)\)?$")


@dataclass(slots=True, frozen=True)
class Reading:
    """A name with its endings taken off. ``needs_known``: only right where the rest is a catalogued model,
    and, where ``families`` is given, one of these families."""

    text: str
    attributes: Mapping[str, str]
    snapshot: date | None = None
    needs_known: bool = False
    families: frozenset[str] | None = None


@lru_cache(maxsize=65536)
def readings(written: str) -> tuple[Reading, ...]:
    """The name whole, then with one more ending taken off each time. The whole name always comes first."""
    rest = text.collapse(written)
    found = [Reading(rest, MappingProxyType({}))]
    if len(rest) > text.LONGEST_NAME or " + " in rest:  # two models at work together: both names are needed whole
        return tuple(found)
    attributes: dict[str, str] = {}
    snapshot: date | None = None
    needs_known = False
    families: frozenset[str] | None = None
    for _ in range(_MOST_ENDINGS):
        if day := _dated(rest):
            rest, told = day
            snapshot = snapshot or told
        elif ending := _ending(rest):
            rest, stated, rule = ending
            if rule.families is not None:
                families = rule.families if families is None else families & rule.families
            for name, value in stated.items():
                attributes.setdefault(name, value)
            needs_known = needs_known or not rule.certain
        else:
            break
        found.append(Reading(rest, MappingProxyType(dict(attributes)), snapshot, needs_known, families))
    return tuple(found)


def _dated(rest: str) -> tuple[str, date] | None:
    for pattern in (*_DATES, _AMERICAN_DATE):
        if (match := pattern.search(rest[-14:])) and len(rest) > len(match[0]):
            first, second, third = map(int, match.groups())
            year, month, day = (third, first, second) if pattern is _AMERICAN_DATE else (first, second, third)
            try:
                return rest[: -len(match[0])], date(year, month, day)
            except ValueError:
                return None
    return None


@dataclass(slots=True, frozen=True)
class _Rule:
    stated: Mapping[str, str]
    words: frozenset[str]
    pattern: re.Pattern[str] | None
    marks: str
    certain: bool
    families: frozenset[str] | None


_BRACKETED = re.compile(r"[ _-]?\(([^()]{1,40})\)$")
_COLON = re.compile(r"-(v\d{1,2}:\d{1,2}(?::\d{1,4}k)?)$")


def _ending(rest: str) -> tuple[str, Mapping[str, str], _Rule] | None:
    for mark, word, start in _tails(rest):
        spelled = text.fold(word)
        for rule in _rules():
            if mark in rule.marks and (spelled in rule.words or (rule.pattern and rule.pattern.fullmatch(spelled))):
                stated = {name: value.format(word=_value(spelled)) for name, value in rule.stated.items()}
                return rest[:start].rstrip(), stated, rule
    return None


def _value(spelled: str) -> str:
    return spelled.partition(" think")[0]


def _tails(rest: str) -> list[tuple[str, str, int]]:
    """Ways in which the end of a name may be an ending: mark, word and where it starts; the longest first."""
    if match := _BRACKETED.search(rest[-48:]):
        return [("(", match[1].strip(), len(rest) - len(match[0]))] if len(match[0]) < len(rest) else []
    tails: list[tuple[str, str, int]] = []
    if match := _COLON.search(rest[-16:]):
        tails.append(("-", match[1], len(rest) - len(match[0])))
    lowest = max(1, len(rest) - 20)
    for at in range(lowest, len(rest)):
        if rest[at] in ":@_- " and at + 1 < len(rest):
            tails.append((rest[at], rest[at + 1 :], at))
    return tails


@cache
def _rules() -> tuple[_Rule, ...]:
    return tuple(
        _Rule(
            stated=MappingProxyType({str(k): str(v) for k, v in row["set"].items()}),
            words=frozenset(str(w) for w in row.get("words", ())),
            pattern=re.compile(row["pattern"]) if "pattern" in row else None,
            marks=row["marks"],
            certain=row["keep"] == "never",
            families=frozenset(row["families"]) if "families" in row else None,
        )
        for row in read_yaml("model_suffixes.yaml")
    )
