"""Endings of a listed model name: settings of a run, how a host serves it, a version (``endings.yaml``).

This is the one place that reads them, for pages, feeds, tables and notes alike: what is taken off a name as a setting
is given as a setting, so that two settings never become one score.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from functools import cache, lru_cache
from types import MappingProxyType
from typing import Any, Literal, NamedTuple

from ingest.knowledge import KnowledgeEntry, knowledge
from ingest.name import text

Attribute = Literal[
    "reasoning_effort",
    "reasoning",
    "thinking_tokens",
    "n_shots",
    "prompting",
    "quantization",
    "service",
    "packaging",
    "pointer",
    "snapshot",
    "stage",
    "tuning",
]

CONDITIONS: tuple[str, ...] = ("reasoning_effort", "thinking_tokens", "reasoning", "n_shots", "prompting")
"""Attributes that are conditions of a score, by column of ``scores``."""

SETTINGS: tuple[str, ...] = (*CONDITIONS, "quantization", "service")
"""Attributes that say how one model was run or served, and not which model it is."""

_COUNTS = frozenset({"thinking_tokens", "n_shots"})

_MOST_ENDINGS = 6

_DATES = (
    re.compile(r"[\s_@-]\(?(20\d\d)-(\d\d)-(\d\d)\)?$"),
    re.compile(r"[\s_@-]\(?(20\d\d)(\d\d)(\d\d)\)?$"),
)
_SHOTS_BEFORE = re.compile(r"(\d{1,3})[- ]shots?[ _-]+(?=\w)", re.IGNORECASE)
"""A number of examples before a name: "8-shot Minerva"."""

MONTHS = {
    name: number
    for number, names in enumerate(
        ("jan january", "feb february", "mar march", "apr april", "may", "jun june", "jul july", "aug august",
         "sep sept september", "oct october", "nov november", "dec december"), 1
    )
    for name in names.split()
}  # fmt: skip
"""The English names of months, long and short."""

_MONTH_OF_YEAR = re.compile(r"[ _-]?\(([A-Za-z]{3,9})\.?['’]?,?[ -]?['’]?(?:20)?(\d\d)\)$")
"""A month and its year in brackets, as leaderboards tell releases apart: "Claude 3.5 Sonnet (Oct '24)"."""

_AMERICAN_DATE = re.compile(r"[\s_@-]\(?(\d\d)-(\d\d)-(20\d\d)\)?$")


class Listing(NamedTuple):
    """A listed name with some of its endings taken off.

    ``attributes`` holds what the endings say. ``needs_known``: only right where the rest is a catalogued model, and,
    where ``families`` is given, one of these families. ``version`` is the text of the endings that tell a version.
    ``month``: the year and month of the release that is meant.
    """

    text: str
    attributes: Mapping[str, str]
    snapshot: date | None = None
    needs_known: bool = False
    families: frozenset[str] | None = None
    version: tuple[str, ...] = ()
    month: tuple[int, int] | None = None


class _Ending(KnowledgeEntry):
    states: dict[Attribute, str]
    words: frozenset[str] = frozenset()
    pattern: str | None = None
    marks: str
    only_known: bool = False
    families: frozenset[str] | None = None
    begins: tuple[str, ...] = ()
    in_tag: bool = False
    reason: str

    def is_sure(self, name: str) -> bool:
        """Whether the ending may be taken off ``name`` although no catalogued model is left."""
        tail = name.rpartition("/")[2].lower()
        numbered = any(sign.isdigit() for sign in tail)
        return not self.only_known or (numbered and tail.startswith(self.begins)) or (self.in_tag and ":" in tail)


def settings_of(listed: str) -> dict[str, Any]:
    """What the end of a listed name says of how the model was run, by column of ``scores``; empty where nothing.

    Of endings that may be part of a model's name ("-high", "-thinking") it reads none: which model a name means is
    asked with :func:`ingest.name.resolve_models`, whose answer has the conditions of those too.

    >>> settings_of("o3-mini-2025-01-31_high"), settings_of("claude-3-7-sonnet-20250219_16K")
    ({'reasoning_effort': 'high'}, {'thinking_tokens': 16000, 'reasoning': 'on'})
    """
    certain = [listing for listing in read_listing(listed) if not listing.needs_known]
    return conditions_of(certain[-1].attributes)


def conditions_of(attributes: Mapping[str, str]) -> dict[str, Any]:
    """Conditions of a score by column, typed, among what endings say."""
    return {
        name: int(attributes[name]) if name in _COUNTS else attributes[name]
        for name in CONDITIONS
        if name in attributes
    }


_NO_ATTRIBUTES: Mapping[str, str] = MappingProxyType({})


@lru_cache(maxsize=16384)
def read_listing(written: str) -> tuple[Listing, ...]:
    """The name whole, then with one more ending taken off each time. The whole name always comes first."""
    rest = text.collapse(written)
    whole = Listing(rest, _NO_ATTRIBUTES)
    if len(rest) > text.LONGEST_NAME or " + " in rest:  # two models at work together: both names are needed whole
        return (whole,)
    found = [whole]
    attributes: dict[str, str] = {}
    snapshot: date | None = None
    needs_known = False
    families: frozenset[str] | None = None
    version: tuple[str, ...] = ()
    month: tuple[int, int] | None = None
    if told_before := _SHOTS_BEFORE.match(rest):
        rest = rest[told_before.end() :]
        attributes["n_shots"] = told_before[1]
        found.append(Listing(rest, MappingProxyType(dict(attributes))))
    for _ in range(_MOST_ENDINGS):
        if day := _dated(rest):
            rest, told = day
            if snapshot is None:
                snapshot, version = told, (told.isoformat(), *version)
        elif month is None and (released := _month_of_year(rest)):
            rest, month = released
            told_month = f"{month[0]}-{month[1]:02}"
            attributes.setdefault("snapshot", told_month)
            version, needs_known = (told_month, *version), True
        elif ending := _ending(rest):
            rest, stated, rule = ending
            is_sure = rule.is_sure(rest)
            if rule.families is not None and not is_sure:
                families = rule.families if families is None else families & rule.families
            for name, value in stated.items():
                attributes.setdefault(name, value)
            version = (*(stated[name] for name in ("stage", "snapshot") if name in stated), *version)
            needs_known = needs_known or not is_sure
        else:
            break
        found.append(Listing(rest, MappingProxyType(dict(attributes)), snapshot, needs_known, families, version, month))
    return tuple(found)


def _dated(rest: str) -> tuple[str, date] | None:
    if not rest[-2:-1].isdigit():
        return None
    for pattern in (*_DATES, _AMERICAN_DATE):
        if (match := pattern.search(rest[-14:])) and len(rest) > len(match[0]):
            first, second, third = map(int, match.groups())
            year, month, day = (third, first, second) if pattern is _AMERICAN_DATE else (first, second, third)
            try:
                return rest[: -len(match[0])], date(year, month, day)
            except ValueError:
                return None
    return None


def _month_of_year(rest: str) -> tuple[str, tuple[int, int]] | None:
    if rest[-1:] != ")" or not (match := _MONTH_OF_YEAR.search(rest[-20:])) or len(match[0]) == len(rest):
        return None
    month = MONTHS.get(match[1].lower())
    return (rest[: -len(match[0])], (2000 + int(match[2]), month)) if month else None


_BRACKETED = re.compile(r"[ _-]?\(([^()]{1,40})\)$")
_MARK = re.compile(r"[:@_\- ]")
_COLON = re.compile(r"-(v\d{1,2}:\d{1,2}(?::\d{1,4}k)?)$")


def _ending(rest: str) -> tuple[str, Mapping[str, str], _Ending] | None:
    """The longest ending of a name, the rest before it, and what it states; of two rules the first in the file."""
    rules = _rules()
    if not _may_end_so(rest, rules.last_words):
        return None
    for mark, word, start in _tails(rest):
        spelled = text.fold(word)
        starts = spelled[:1]
        if not (spelled in rules.by_word or starts.isdigit() or mark in "(@," or starts in _PATTERN_STARTS):
            continue
        if told := _told(mark, spelled):
            return rest[:start].rstrip(), *told
    return None


@lru_cache(maxsize=16384)
def _told(mark: str, spelled: str) -> tuple[Mapping[str, str], _Ending] | None:
    """What an ending states, and its rule; None where the word is none behind this mark."""
    rules = _rules()
    hits: list[tuple[int, _Ending, tuple[str, ...]]] = [
        (at, rule, (spelled,)) for at, rule in rules.by_word.get(spelled, ()) if mark in rule.marks
    ]
    some = rules.any_pattern.get(mark)
    for at, rule, pattern in rules.patterned if some and some.fullmatch(spelled) else ():
        if mark in rule.marks and (match := pattern.fullmatch(spelled)):
            hits.append((at, rule, (spelled, *match.groups())))
            break
    if not hits:
        return None
    _, rule, groups = min(hits, key=lambda hit: hit[0])
    return MappingProxyType({name: _filled(value, groups) for name, value in rule.states.items()}), rule


_SHORT = 3
_MARKS = str.maketrans("_@: ", "----")


def _may_end_so(rest: str, last_words: frozenset[str]) -> bool:
    """Whether the last word of a name is one that an ending has, or holds a number; this settles most names."""
    last = rest[-1:].isalpha() and ", " not in rest and rest.translate(_MARKS).rpartition("-")[2]
    if not last or not last.isascii() or last.lower() in last_words:
        return True
    return not last.isalpha() or len(last) < _SHORT  # the end of "q4_K_M"


def _filled(template: str, groups: tuple[str, ...]) -> str:
    for number, value in enumerate(groups):
        template = template.replace(f"{{{number}}}", value)
    return template


def _tails(rest: str) -> list[tuple[str, str, int]]:
    """Ways in which the end of a name may be an ending: mark, word and where it starts; the longest first."""
    if rest[-1:] == ")" and (match := _BRACKETED.search(rest[-48:])):
        return [("(", match[1].strip(), len(rest) - len(match[0]))] if len(match[0]) < len(rest) else []
    tails: list[tuple[str, str, int]] = []
    if ", " in rest:
        before, _, phrase = rest.rpartition(", ")
        tails.append((",", phrase, len(before)))
    if ":" in rest and (match := _COLON.search(rest[-16:])):
        tails.append(("-", match[1], len(rest) - len(match[0])))
    marks = _MARK.finditer(rest, max(1, len(rest) - 20), len(rest) - 1)
    tails += [(found[0], rest[found.end() :], found.start()) for found in marks]
    return tails


_PATTERN_STARTS = frozenset("vqtw")
"""First letters of what patterns read behind other marks than "(" and "@", beside digits: "v1:0", "q4_K_M", "w8a8"."""


class _EndingRules(NamedTuple):
    """The endings by their words, those with a pattern, each with its place in the file.

    ``any_pattern`` is one pattern for each mark that matches where any of its patterns does. ``last_words`` are the
    last words of all endings in words.
    """

    by_word: dict[str, list[tuple[int, _Ending]]]
    patterned: list[tuple[int, _Ending, re.Pattern[str]]]
    any_pattern: dict[str, re.Pattern[str]]
    last_words: frozenset[str]


@cache
def _rules() -> _EndingRules:
    rows: tuple[_Ending, ...] = knowledge("names/endings", tuple[_Ending, ...])
    by_word: dict[str, list[tuple[int, _Ending]]] = {}
    for at, row in enumerate(rows):
        for word in row.words:
            by_word.setdefault(word, []).append((at, row))
    by_mark: dict[str, list[str]] = {}
    for row in rows:
        for mark in row.marks if row.pattern else ():
            by_mark.setdefault(mark, []).append(f"(?:{row.pattern})")
    return _EndingRules(
        by_word=by_word,
        patterned=[(at, row, re.compile(row.pattern)) for at, row in enumerate(rows) if row.pattern],
        any_pattern={mark: re.compile("|".join(patterns)) for mark, patterns in by_mark.items()},
        last_words=frozenset(word.translate(_MARKS).rpartition("-")[2] for word in by_word),
    )
