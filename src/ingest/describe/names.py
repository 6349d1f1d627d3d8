"""Conditions that a benchmark's listed name states: "MATH (CoT)", "MMMU (val)", "MBPP pass@1"."""

from __future__ import annotations

import re
from functools import lru_cache

from ingest.describe.atoms import View, cut, fill
from ingest.describe.conditions import CONDITION, FILLER, Reading, read_conditions

_IN_PARENTHESES = re.compile(r"\(([^()]{1,80})\)")
_GLUED = re.compile(r"(?<=[A-Z])(?<!E)(val|test|dev|testmini|minival)$")
_NEVER = frozenset({"methodology", "variant", "harness", "footnotes", "user_model", "thinking_tokens"})


@lru_cache(maxsize=8_192)
def read_name(benchmark: str | None) -> Reading:
    """The conditions in a name. What tells benchmarks apart (subsets, versions) stays with the name.

    Read are whole parentheses, and the words at the name's end that are all of the vocabulary.
    """
    result = Reading([])
    if not benchmark:
        return result
    benchmark = benchmark[:300]
    pieces = _IN_PARENTHESES.findall(benchmark)
    head = _IN_PARENTHESES.sub(" ", benchmark).replace("_", " ").split()
    if head and (glued := _GLUED.search(head[-1])):
        pieces.append(glued[1])
    if head:
        pieces.append(_tail(head))
    for piece in pieces:
        words = piece.split()
        if not words:
            continue
        reading = read_conditions(fill(View(words, [False] * len(words))), is_name=True)
        for column, value in reading.conditions.items():
            if column in _NEVER:
                continue
            if result.conditions.setdefault(column, value) == value and column not in result.rules:
                result.rules.append(column)
    return result


@lru_cache(maxsize=8_192)
def name_atoms(benchmark: str | None) -> tuple[str, ...]:
    """The name as atoms, to find it again in its own note."""
    if not benchmark:
        return ()
    return tuple(atom[0] for word in benchmark[:300].split() for atom in cut(word)[0])


def _tail(head: list[str]) -> str:
    """The longest end of the name, short of all of it, that consists of conditions: "pass@1", "w/o tools"."""
    last = head[-1].replace("-", " ").split()
    words = [*head[:-1], *last]
    for start in range(max(1, len(words) - 4), len(words)):
        tail = words[start:]
        reading = read_conditions(fill(View(tail, [False] * len(tail))), is_name=True)
        if reading.levels and all(level in (CONDITION, FILLER) for level in reading.levels) and reading.conditions:
            return " ".join(tail)
    return ""
