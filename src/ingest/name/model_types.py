"""What a model is for, told by the words of its name (``model_types.yaml``)."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping
from functools import cache, lru_cache
from typing import Literal

from ingest.knowledge import KnowledgeEntry, knowledge
from ingest.name.generations import maker_by_name
from ingest.name.model_text import model_words

ModelType = Literal["text", "embedding", "rerank", "image", "video", "speech", "transcription", "moderation", "other"]


_BY_OUTPUT: Mapping[str, ModelType] = {"image": "image", "video": "video", "audio": "speech", "embedding": "embedding"}
"""What a model is for that gives nothing but one modality."""


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
    for row in _rows():
        if row.unless.intersection(words):
            continue
        if family in row.families:
            return row.type, str(family)
        if word := next((word for word in words if word in row.words), None):
            return row.type, word
    if family is not None:
        return "text", family
    told = maker_by_name(model_id.partition("/")[2])
    return ("text", f"family of {told[0]}") if told else None


def type_of_modalities(inputs: Iterable[str] | None, outputs: Iterable[str] | None) -> tuple[ModelType, str] | None:
    """What a model is for by what goes in and comes out, and these as text; None where they do not tell it.

    >>> type_of_modalities(["text", "image"], ["text"]), type_of_modalities(["audio"], ["text"])
    (('text', 'text+image to text'), ('transcription', 'audio to text'))
    >>> type_of_modalities(["text"], ["image"]), type_of_modalities(["text"], None)
    (('image', 'text to image'), None)
    """
    came, went = list(inputs or ()), list(outputs or ())
    if not went:
        return None
    said = f"{'+'.join(came) or '?'} to {'+'.join(went)}"
    if "text" in went:
        found: ModelType = "transcription" if came == ["audio"] else "other" if came == ["image"] else "text"
        return found, said
    return (_BY_OUTPUT[went[0]], said) if len(went) == 1 and went[0] in _BY_OUTPUT else None


@cache
def _rows() -> tuple[_TypeWords, ...]:
    rows: tuple[_TypeWords, ...] = knowledge("names/model_types", tuple[_TypeWords, ...])
    return rows
