"""What sources list among models and is none: price bands, search calls, routers (``not_models.yaml``)."""

from __future__ import annotations

import re
from functools import cache, lru_cache

from ingest.knowledge import KnowledgeEntry, knowledge

_LONGEST = 200


class _NotAModel(KnowledgeEntry):
    pattern: str | None = None
    tail: str | None = None
    unless: str | None = None
    reason: str


@lru_cache(maxsize=16384)
def not_a_model(listed: str | None) -> str | None:
    """Why an id (or a name, where a source has no ids) is that of no model; None where it may be one.

    >>> not_a_model("together-ai-4.1b-8b"), not_a_model("qwen3-30b-a3b"), not_a_model("exa_ai/search")
    ('a price for all models between two sizes', None, 'a call of a search engine')
    """
    written = (listed or "").strip().lower()[:_LONGEST]
    if not written:
        return None
    tail = written.rstrip("/").rpartition("/")[2]
    for whole, end, unless, reason in _rules():
        if whole and not whole.fullmatch(written):
            continue
        if (end is None or end.fullmatch(tail)) and not (unless and unless.fullmatch(tail)):
            return reason
    return None


_Rule = tuple[re.Pattern[str] | None, re.Pattern[str] | None, re.Pattern[str] | None, str]


@cache
def _rules() -> tuple[_Rule, ...]:
    rows: tuple[_NotAModel, ...] = knowledge("names/not_models", tuple[_NotAModel, ...])
    return tuple((_compiled(row.pattern), _compiled(row.tail), _compiled(row.unless), row.reason) for row in rows)


def _compiled(pattern: str | None) -> re.Pattern[str] | None:
    return re.compile(pattern) if pattern else None
