"""Which features models have or lack by their makers' own word, where lists say otherwise (``abilities.yaml``)."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from functools import cache, lru_cache
from typing import NamedTuple

from ingest.knowledge import knowledge
from ingest.name.families_of_makers import FamilyRow, FamilyRows
from ingest.name.labels import inputs_of_features


class _Ability(FamilyRow):
    has: tuple[str, ...] = ()
    lacks: tuple[str, ...] = ()


class Abilities(NamedTuple):
    """Features that the maker of a model says it ``has`` or ``lacks``, in snake_case, each with its reason."""

    has: Mapping[str, str]
    lacks: Mapping[str, str]


@lru_cache(maxsize=16384)
def abilities(model_id: str) -> Abilities:
    """What is known of a model by its maker's word.

    >>> sorted(abilities("openai/o1-mini").lacks.keys() & {"vision", "reasoning"})
    ['vision']
    """
    rows = [row for row, _ in _rows().about(model_id)]
    return Abilities(
        {feature: row.reason for row in rows for feature in row.has},
        {feature: row.reason for row in rows for feature in row.lacks},
    )


def without_input(features: Iterable[str], inputs: Collection[str] | None) -> dict[str, str]:
    """Those of the features of a record that need an input which the same record does not list, each with the inputs.

    >>> without_input(["attachments", "function_calling"], ["text"]).keys(), without_input(["vision"], None)
    (dict_keys(['attachments']), {})
    """
    needed = inputs_of_features()
    return {
        feature: f"an input of {' or '.join(needed[feature])}"
        for feature in features
        if inputs and feature in needed and not set(needed[feature]) & set(inputs)
    }


@cache
def _rows() -> FamilyRows[_Ability]:
    rows: tuple[_Ability, ...] = knowledge("names/abilities", tuple[_Ability, ...])
    return FamilyRows(rows, "abilities.yaml")
