"""What the listed name of a benchmark says of its scores, and what the parts of that benchmark are called."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache, lru_cache
from types import MappingProxyType
from typing import Any

from ingest.name import text
from ingest.name.benchmarks import benchmark_catalogue, resolve_benchmark

_SHORTEST = 3
"""Letters that a part's name has at least: "dia" is one, the "c" of ARC-C is none."""
_NO_PARTS: Mapping[str, str] = MappingProxyType({})


def name_states(name: str) -> Mapping[str, Any]:
    """What a benchmark's listed name says of a score, by column of ``scores``.

    >>> dict(name_states("MMLU (5-shot, CoT)"))
    {'n_shots': 5, 'prompting': 'chain-of-thought'}
    """
    return MappingProxyType(resolve_benchmark(name).states)


def name_category(name: str) -> str | None:
    """The category of the listed benchmark; None if the catalogue does not have it.

    >>> name_category("HumanEval (0-shot)")
    'coding'
    """
    known = benchmark_catalogue().get(resolve_benchmark(name).benchmark_id)
    return known.category if known else None


def name_parts(name: str) -> Mapping[str, str]:
    """The words that name a part of the listed benchmark, each with the variant that it means.

    They are the words that stand behind the name of its family in the catalogue.

    >>> dict(name_parts("TAU-bench"))
    {'retail': 'retail', 'airline': 'airline'}
    """
    return _parts_of(resolve_benchmark(name).family or name)


@lru_cache(maxsize=8192)
def _parts_of(family: str) -> Mapping[str, str]:
    return _parts().get(text.name_key(family), _NO_PARTS)


@cache
def _parts() -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = {}
    for row in benchmark_catalogue().values():
        family = text.tokens(text.fold(row.family))
        for name in (row.name, *row.aliases) if row.states.keys() <= {"variant"} else ():
            *before, word = text.tokens(text.fold(name)) or [""]
            if before == family and word.isalpha() and len(word) >= _SHORTEST:
                found.setdefault(text.name_key(row.family), {})[word] = row.states.get("variant", word)
    return found
