"""What sources list among models and is none: price bands, search calls, routers (``not_models.yaml``), and models that
work together under one row of a ranking."""

from __future__ import annotations

import re
from functools import cache, lru_cache

from ingest.knowledge import KnowledgeEntry, knowledge
from ingest.name.models import resolve_name
from ingest.name.organizations import UNKNOWN

_LONGEST = 200
_TOGETHER = re.compile(r" [+&] ")
_MODELS_TOGETHER = "models that work together"


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
    >>> not_a_model("o3 (high) + gpt-4.1"), not_a_model("Command R+ (08-24)")
    ('models that work together', None)
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
    return _MODELS_TOGETHER if _are_models(_TOGETHER.split(written)) else None


def _are_models(parts: list[str]) -> bool:
    """Whether several parts are each a model of a maker: "DeepSeek R1 + Claude 3.5 Sonnet"."""
    return len(parts) > 1 and all(resolve_name(part).organization_id != UNKNOWN for part in parts)


_Rule = tuple[re.Pattern[str] | None, re.Pattern[str] | None, re.Pattern[str] | None, str]


@cache
def _rules() -> tuple[_Rule, ...]:
    rows: tuple[_NotAModel, ...] = knowledge("names/not_models", tuple[_NotAModel, ...])
    return tuple((_compiled(row.pattern), _compiled(row.tail), _compiled(row.unless), row.reason) for row in rows)


def _compiled(pattern: str | None) -> re.Pattern[str] | None:
    return re.compile(pattern) if pattern else None
