"""Groups in the catalogue of benchmarks that its names alone show: days of one benchmark, suites with many parts."""

from __future__ import annotations

import itertools
import re
from collections.abc import Collection, Iterable, Iterator, Mapping

from ingest.name import text

_MANY_PARTS = 5
"""Catalogued parts from which on a benchmark is a suite, of which a phrase beside its name may be a part."""

_SUITES_OF_EMBEDDINGS = ("MTEB", "C-MTEB")
_LETTERS = re.compile(r"[^\W\d_]+")
_DATED = re.compile(r"(.*[^\d-])-?(20\d\d)-(\d\d)-(\d\d)")


def by_month(spelled: Mapping[str, Iterable[str]]) -> dict[str, list[str]]:
    """Benchmarks that are named for a day, by the keys of their month and of the day without its year.

    "LiveBench 2024-11" and "LiveBench 1125" are LiveBench of 2024-11-25 where it has no other day like that.
    """
    found: dict[str, list[str]] = {}
    for identifier, names in spelled.items():
        for dated in filter(None, map(_DATED.fullmatch, names)):
            for short in (f"{dated[1]} {dated[2]}-{dated[3]}", f"{dated[1]} {dated[3]}{dated[4]}"):
                members = found.setdefault(text.name_key(short), [])
                if identifier not in members:
                    members.append(identifier)
    return {key: members for key, members in found.items() if len(members) == 1}


def of_embeddings(spelled: Mapping[str, Iterable[str]], embeddings: Collection[str]) -> Iterator[tuple[str, list[str]]]:
    """The benchmarks of embeddings by the keys of their names behind that of the suite: "MTEB SciDocsRR".

    Sets of questions are another task there ("MTEB HotpotQA"), so that the suite's list names those that are meant.
    """
    for identifier in embeddings:
        for suite, name in itertools.product(_SUITES_OF_EMBEDDINGS, spelled[identifier]):
            yield text.name_key(f"{suite} {name}"), [identifier]


def suites_of(spelled: Mapping[str, Iterable[str]], written: Iterable[str]) -> frozenset[str]:
    """Keys of the suites, and of the benchmarks under whose name many others stand: "LiveBench: coding"."""
    parts: dict[str, set[str]] = {}
    for identifier, names in spelled.items():
        for name in names:
            words = text.tokens(text.fold(name))
            for end in range(1, len(words)):
                parts.setdefault(text.key(words[:end]), set()).add(identifier)
    many = {key for key, members in parts.items() if len(members) >= _MANY_PARTS}
    return frozenset(many.union(map(text.name_key, written)))


def words_of_families(names: Iterable[tuple[str, str]]) -> dict[str, frozenset[str]]:
    """The words in names of each family, from pairs of family and name."""
    found: dict[str, frozenset[str]] = {}
    for family, name in names:
        found[family] = found.get(family, frozenset()).union(_LETTERS.findall(name.lower()))
    return found


def any_of(words: Iterable[str]) -> re.Pattern[str]:
    """Matches a text of up to twelve of the words, with or without blanks between them, in linear time."""
    longest_first = sorted(words, key=lambda word: (-len(word), word))
    return re.compile(f"(?>{'|'.join(map(re.escape, longest_first))}|[ ,、/与和]){{1,12}}")
