"""Can a count be true? Limits and sizes that were written in thousands or billions without saying so cannot.

Such a count gets the problem ``count_too_small``, with which it goes to quarantine. ``knowledge/counts.yaml`` has the
limits with their reasons.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import cache

from pydantic import Field

from ingest.knowledge import KnowledgeEntry, knowledge
from ingest.records.document import Entry, Stated

TOO_SMALL = "count_too_small"

_LIMITS = frozenset(("context_tokens", "max_input_tokens", "max_output_tokens"))
_LEAST_OF_SAME_HAND = 2000
"""Beside a window in thousands a limit below this was written in thousands too."""


class _Least(KnowledgeEntry):
    """The least that a count of a model can be, and of models of some types."""

    field: str
    least: float
    but: dict[str, float] = Field(default_factory=dict)
    reason: str


def judge_counts(entry: Entry) -> None:
    """Mark counts of an entry that are too small to be true, in place. Judging again changes nothing more."""
    types = {str(each.value) for each in entry.stated if each.field == "model_type"}
    entry.stated = [_judged(each, types) for each in entry.stated]
    if any(each.problem == TOO_SMALL and each.field == "context_tokens" for each in entry.stated):
        entry.stated = [
            _too_small(each) if each.field in _LIMITS and _is_below(each, _LEAST_OF_SAME_HAND) else each
            for each in entry.stated
        ]


def _judged(stated: Stated, types: set[str]) -> Stated:
    known = _least().get(stated.field)
    if known is None:
        return stated
    least = min([known.least, *(known.but[each] for each in types if each in known.but)]) if types else known.least
    return _too_small(stated) if _is_below(stated, least) else stated


def _is_below(stated: Stated, least: float) -> bool:
    return stated.problem is None and isinstance(stated.value, int | float) and 0 < stated.value < least


def _too_small(stated: Stated) -> Stated:
    return replace(stated, value=None, problem=TOO_SMALL)


@cache
def _least() -> Mapping[str, _Least]:
    rows: tuple[_Least, ...] = knowledge("counts", tuple[_Least, ...])
    return {each.field: each for each in rows}
