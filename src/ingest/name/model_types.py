"""What a model is for, told by the words of its name (``model_types.yaml``)."""

from __future__ import annotations

import itertools
from functools import lru_cache
from typing import Literal

from ingest.knowledge import KnowledgeEntry, knowledge
from ingest.name.model_text import model_words

ModelType = Literal["text", "embedding", "rerank", "image", "video", "speech", "transcription", "moderation", "other"]


class _TypeWords(KnowledgeEntry):
    type: ModelType
    words: frozenset[str]
    families: frozenset[str] = frozenset()
    unless: frozenset[str] = frozenset()
    reason: str


@lru_cache(maxsize=16384)
def model_type(model_id: str, family: str | None) -> tuple[ModelType, str] | None:
    """What the model is for, and the word that tells it; None where nothing does.

    ``family`` is the catalogue's, None for a model that it does not have.

    >>> model_type("cohere/embed-v4", "Embed"), model_type("openai/gpt-4o", "GPT-4o"), model_type("unknown/foo", None)
    (('embedding', 'embed'), ('text', 'GPT-4o'), None)
    """
    single = model_words(model_id.partition("/")[2])
    words = (*single, *(" ".join(pair) for pair in itertools.pairwise(single)))
    rows: tuple[_TypeWords, ...] = knowledge("names/model_types", tuple[_TypeWords, ...])
    for row in rows:
        if row.unless.intersection(words):
            continue
        if family in row.families:
            return row.type, str(family)
        if word := next((word for word in words if word in row.words), None):
            return row.type, word
    return ("text", family) if family is not None else None
