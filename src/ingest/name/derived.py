"""What follows from what a source states, by knowledge of this project: a family from a name, openness from a licence.

A derived value becomes a claim of the source whose statement it follows from, with the text and the place of that
statement; ``claims.rule`` names the rule that gave it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from ingest.name.labels import is_open_weights, normalise_license
from ingest.name.model_types import model_type, type_of_modalities
from ingest.name.models import ResolvedModel
from ingest.name.open_weights import weights_of_family


class Derived(NamedTuple):
    """One derived value: ``field`` and ``value`` as in :class:`ingest.records.Stated`.

    ``of`` is the field that it follows from: ``name``, ``organization`` or a column of ``models`` that the source
    states. ``rule`` names the rule and the knowledge behind it, such as ``open_weights_of_license: apache-2.0``.
    """

    field: str
    value: Any
    of: str
    rule: str


DERIVED_FROM = (
    "license", "features", "family", "model_type", "open_weights", "input_modalities", "output_modalities",
)  # fmt: skip
"""Stated fields that something can follow from, and those that :func:`derive` can give: it gets no others."""


def derive(stated: Mapping[str, Any], model: ResolvedModel) -> Iterator[Derived]:
    """What follows from the fields that one entry states (by column of ``models``) and from the model that it names.

    A field that the entry states itself is not derived, with one exception. A list that says ``text`` of a model often
    says how it is called (``mode: chat``). Where the name says what the model is for (a guard, an embedding, speech),
    the name's word replaces it.
    """
    if model.family is not None and "family" not in stated:
        yield Derived("family", model.family, "name", f"family_of_model: {model.model_id}")
    told = model_type(model.model_id, model.family)
    if "model_type" not in stated:
        flow = type_of_modalities(stated.get("input_modalities"), stated.get("output_modalities"))
        if told:
            yield Derived("model_type", told[0], "name", f"model_type_of_name: {told[1]}")
        elif flow:
            yield Derived("model_type", flow[0], "output_modalities", f"model_type_of_modalities: {flow[1]}")
    elif stated["model_type"] == "text" and told and told[0] != "text":
        yield Derived("model_type", told[0], "model_type", f"model_type_of_name: {told[1]}")
    if "open_weights" not in stated:
        yield from _openness(stated.get("license"), model.model_id)


def _openness(license_name: Any, model_id: str) -> Iterator[Derived]:
    """Whether weights are open, by the licence that the entry states, else by the practice of the model's maker."""
    licensed = normalise_license(str(license_name)) if license_name is not None else None
    opened = is_open_weights(licensed)
    practice = weights_of_family(model_id)
    if opened is not None:
        yield Derived("open_weights", opened, "license", f"open_weights_of_license: {licensed}")
    elif practice is not None:
        yield Derived("open_weights", practice[0], "name", f"open_weights_of_family: {practice[1]}")
