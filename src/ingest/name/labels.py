"""Licences and features: one spelling for one thing, the source's words where nothing better is known."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache, lru_cache
from types import MappingProxyType

from ingest.knowledge import KnowledgeEntry, knowledge
from ingest.name import text


class _License(KnowledgeEntry):
    """A licence by its id, or licences by words that all stand in their names."""

    id: str | None = None
    spelled: tuple[str, ...] = ()
    words: frozenset[str] = frozenset()
    spdx: bool = True
    open_weights: bool | None = None
    reason: str


class _Feature(KnowledgeEntry):
    id: str
    labels: tuple[str, ...]
    takes: tuple[str, ...] = ()
    follows_from: str | None = None
    reason: str


_LICENCE_WORD = re.compile(r"\blicen[cs]e\b")
_LOST_WORDS = frozenset({"the", "version", "agreement", "v"})


@lru_cache(maxsize=4096)
def normalise_license(stated: str | None) -> str | None:
    """The SPDX id of a licence, ``proprietary``, or the source's own words; None where the source states none.

    >>> normalise_license("apache 2.0"), normalise_license("mit license"), normalise_license("gemma")
    ('Apache-2.0', 'MIT', 'gemma')
    """
    if stated is None or not (words := text.collapse(stated)) or not any(c.isalnum() for c in words):
        return None
    row = _licenses()[0].get(_license_key(words))
    return row.id if row else words


@lru_cache(maxsize=4096)
def is_open_weights(license_name: str | None) -> bool | None:
    """Whether a licence goes with published weights, None where the licence alone does not say.

    >>> is_open_weights("Apache-2.0"), is_open_weights("proprietary"), is_open_weights("qwen")
    (True, False, None)
    """
    if license_name is None:
        return None
    spelled, worded = _licenses()
    if row := spelled.get(_license_key(license_name)):
        return row.open_weights
    present = set(re.findall(r"[a-z]+", text.fold(license_name)))
    for row in worded:
        if present.issuperset(row.words):
            return row.open_weights
    return None


@lru_cache(maxsize=4096)
def normalise_feature(label: str) -> str:
    """The snake_case id of a feature label; an unknown label becomes its own words in snake_case.

    >>> normalise_feature("Fine-tuning"), normalise_feature("Function Calling"), normalise_feature("Live API")
    ('fine_tuning', 'function_calling', 'live_api')
    """
    made = "_".join(re.findall(r"[^\W_]+", text.fold(label)))
    return _feature_ids().get(made.replace("_", ""), made)


@cache
def known_features() -> Mapping[str, tuple[str, ...]]:
    """Labels of each known feature by its id."""
    return MappingProxyType({row.id: row.labels for row in _features()})


@cache
def inputs_of_features() -> Mapping[str, tuple[str, ...]]:
    """The input modalities of which a feature needs one, for each that needs any: ``vision`` needs ``image``."""
    return MappingProxyType({row.id: row.takes for row in _features() if row.takes})


@cache
def features_of_inputs() -> Mapping[str, str]:
    """The feature that a model of text has by each input that it takes: ``vision`` by ``image``."""
    return MappingProxyType({row.follows_from: row.id for row in _features() if row.follows_from})


@cache
def _features() -> tuple[_Feature, ...]:
    rows: tuple[_Feature, ...] = knowledge("names/features", tuple[_Feature, ...])
    return rows


@cache
def _feature_ids() -> Mapping[str, str]:
    found: dict[str, str] = {}
    for identifier, labels in known_features().items():
        for label in (identifier, *labels):
            found["".join(re.findall(r"[^\W_]+", text.fold(label)))] = identifier
    return found


def _license_key(words: str) -> str:
    folded = _LICENCE_WORD.sub(" ", text.fold(words))
    return text.key(t for t in text.tokens(folded) if t not in _LOST_WORDS)


@cache
def _licenses() -> tuple[Mapping[str, _License], tuple[_License, ...]]:
    rows = knowledge("names/licenses", tuple[_License, ...])
    spelled = {_license_key(name): row for row in rows if row.id for name in (row.id, *row.spelled)}
    return spelled, tuple(row for row in rows if row.words)
