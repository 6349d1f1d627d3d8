"""Whether the weights of a model are published, told by its maker's practice (``open_weights.yaml``)."""

from __future__ import annotations

from functools import cache, lru_cache

from ingest.knowledge import knowledge
from ingest.name.families_of_makers import FamilyRow, FamilyRows


class _Practice(FamilyRow):
    open: bool


@lru_cache(maxsize=16384)
def weights_of_family(model_id: str) -> tuple[bool, str] | None:
    """Whether the weights of the family of a model are published, and the family; None where nothing is known of it.

    >>> weights_of_family("anthropic/claude-2"), weights_of_family("openai/gpt-oss-20b")
    ((False, 'anthropic'), (True, 'gpt oss'))
    >>> weights_of_family("openai/gpt-2"), weights_of_family("somebody/gpt-4")
    (None, None)
    >>> weights_of_family("qwen/qwen3-0.6b"), weights_of_family("qwen/qwen3-max")
    ((True, 'qwen'), None)
    """
    return next(((each.open, family) for each, family in _practices().about(model_id)), None)


@cache
def _practices() -> FamilyRows[_Practice]:
    rows: tuple[_Practice, ...] = knowledge("names/open_weights", tuple[_Practice, ...])
    return FamilyRows(rows, "open_weights.yaml")
