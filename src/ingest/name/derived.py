"""What follows from what a source states, by knowledge of this project: family and size from a name, openness from a
licence.

A derived value becomes a claim of the source whose statement it follows from, with the text and the place of that
statement; ``claims.rule`` names the rule that gave it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from ingest.name.abilities import abilities, without_input
from ingest.name.ends import end_of
from ingest.name.labels import features_of_inputs, is_open_weights, normalise_license
from ingest.name.license_of_family import license_of_family
from ingest.name.lines import family_of_line
from ingest.name.model_catalogue import model_catalogue
from ingest.name.model_types import model_type, type_of_modalities
from ingest.name.models import ResolvedModel
from ingest.name.open_weights import weights_of_family
from ingest.name.sizes import sizes_of
from ingest.records.document import FEATURES_DOUBTED, FEATURES_OF_INPUTS, FEATURES_OF_OFFER


class Doubt(NamedTuple):
    """The check that tells of a doubtful statement: its name, what is known, and what the entry says."""

    name: str
    expected: str
    actual: str


class Derived(NamedTuple):
    """One derived value: ``field`` and ``value`` as in :class:`ingest.records.Stated`.

    ``of`` is the field that it follows from: ``name``, ``organization`` or a column of ``models`` that the source
    states. ``rule`` names the rule and the knowledge behind it, such as ``open_weights_of_license: apache-2.0``. The
    value None says that nothing is left of what the entry states. ``doubt`` is the check that tells of it.
    ``bounds`` are the least and the most that a number may stand for; ``unit`` is what a claim of it is counted in.
    """

    field: str
    value: Any
    of: str
    rule: str
    doubt: Doubt | None = None
    bounds: tuple[float | None, float | None] = (None, None)
    unit: str | None = None


DERIVED_FROM = (
    "license", "features", "features_absent", FEATURES_OF_OFFER, "family", "model_type", "open_weights",
    "input_modalities", "output_modalities", "parameters", "active_parameters", "release_date",
    "deprecated_on",
)  # fmt: skip
"""Stated fields that something can follow from, and those that :func:`derive` can give: it gets no others."""


def derive(stated: Mapping[str, Any], model: ResolvedModel, *, in_a_list: bool = True) -> Iterator[Derived]:
    """What follows from the fields that one entry states (by column of ``models``) and from the model that it names.

    A field that the entry states itself is not derived, with one exception. A list that says ``text`` of a model often
    says how it is called (``mode: chat``). Where the name says what the model is for (a guard, an embedding, speech),
    the name's word replaces it.

    ``in_a_list`` says that the entry is one of a feed. Lists of many models flag features in bulk, so a maker's word
    stands against them; a page on one model is believed about that model.
    """
    if "family" not in stated:
        yield from _family(model)
    told = model_type(model.model_id, model.family)
    kind = stated.get("model_type")
    if "model_type" not in stated:
        flow = type_of_modalities(stated.get("input_modalities"), stated.get("output_modalities"))
        if told:
            kind = told[0]
            yield Derived("model_type", told[0], "name", f"model_type_of_name: {told[1]}")
        elif flow:
            kind = flow[0]
            yield Derived("model_type", flow[0], "output_modalities", f"model_type_of_modalities: {flow[1]}")
    elif kind == "text" and told and told[0] != "text":
        kind = told[0]
        yield Derived("model_type", told[0], "model_type", f"model_type_of_name: {told[1]}")
    if "open_weights" not in stated:
        yield from _openness(stated.get("license"), model.model_id)
    for field, size in zip(("parameters", "active_parameters"), sizes_of(model.model_id), strict=True):
        if size is not None and field not in stated:
            yield Derived(field, size.parameters, "name", size.rule, bounds=(size.low, size.high))
    if kind == "text":
        yield from _features_of_inputs(stated, model.model_id)
    if in_a_list:
        yield from _release(stated, model)
        yield from _end(stated, model)
        yield from _license(stated, model.model_id)
        yield from _doubted_features(stated, model.model_id)


def _release(stated: Mapping[str, Any], model: ResolvedModel) -> Iterator[Derived]:
    """The day on which the catalogue has the model, where a list that names no version of it states none.

    The first of January of the same year states none: sources write it if they know no more.
    """
    known = model_catalogue().get(model.model_id)
    if known and known.released and model.is_known and model.version is None:
        said = stated.get("release_date")
        if said is None or str(said) == f"{known.released.year}-01-01":
            of = "name" if said is None else "release_date"
            yield Derived("release_date", known.released, of, f"release_of_model: {model.model_id}", unit="day")


def _end(stated: Mapping[str, Any], model: ResolvedModel) -> Iterator[Derived]:
    """The day on which the model's maker ended it, or this version, where a list states no end of the listing."""
    known = end_of(model.model_id, model.version)
    if known and "deprecated_on" not in stated:
        yield Derived("deprecated_on", known.day, "name", f"end_of_model: {model.model_id}, {known.source}", unit="day")


def _license(stated: Mapping[str, Any], model_id: str) -> Iterator[Derived]:
    """The licence of the weights of all models of the family, where a list states none."""
    if "license" not in stated and (known := license_of_family(model_id)):
        yield Derived("license", known[0], "name", f"license_of_family: {known[1]}")


def _family(model: ResolvedModel) -> Iterator[Derived]:
    """The family that the catalogue has, else that of the line which the name continues."""
    if model.family is not None:
        yield Derived("family", model.family, "name", f"family_of_model: {model.model_id}")
    elif not model.is_known and (found := family_of_line(model.model_id)):
        yield Derived("family", found[0], "name", f"family_of_line: {found[1]}")


def _features_of_inputs(stated: Mapping[str, Any], model_id: str) -> Iterator[Derived]:
    """What a model of text can read by what it takes, where the entry does not say so itself."""
    inputs = [each for each in stated.get("input_modalities") or () if each in features_of_inputs()]
    known = {*(stated.get("features") or ()), *(stated.get("features_absent") or ()), *abilities(model_id).lacks}
    given = {feature: each for each in inputs if (feature := features_of_inputs()[each]) not in known}
    if given:
        rule = f"feature_of_input: {', '.join(sorted(given.values()))}"
        yield Derived(FEATURES_OF_INPUTS, sorted(given), "input_modalities", rule)


_LACKS, _HAS, _WITHOUT_INPUT = "feature_model_lacks", "feature_model_has", "feature_without_input"
"""Rules, and checks of the same names: the maker denies a feature, or names it; the entry lists no input for it."""


def _doubted_features(stated: Mapping[str, Any], model_id: str) -> Iterator[Derived]:
    """Take features out that the model's maker denies, or that need an input which the same entry does not list.

    What an entry says of an offer is doubted by the maker's word alone: a host may add what takes files.
    """
    known = abilities(model_id)
    wrong: dict[str, str] = {}
    fields = [field for field in ("features", FEATURES_OF_OFFER) if stated.get(field)]
    for field in fields:
        said = stated[field]
        here = without_input(said, stated.get("input_modalities")) if field == "features" else {}
        here |= {feature: known.lacks[feature] for feature in said if feature in known.lacks}
        if here:
            name = _LACKS if known.lacks.keys() & here else _WITHOUT_INPUT
            rest = [feature for feature in said if feature not in here]
            yield _without(field, rest, Doubt(name, "; ".join(sorted(set(here.values()))), ", ".join(sorted(here))))
            wrong |= here
    if wrong:
        yield Derived(FEATURES_DOUBTED, sorted(wrong), fields[0], f"doubted: {', '.join(sorted(wrong))}")
    absent = set(stated.get("features_absent") or ())
    lacking = sorted(wrong.keys() & known.lacks.keys() - absent)
    not_absent = sorted(absent & known.has.keys())
    published = sorted({*absent, *lacking} - set(not_absent))
    if not_absent:
        why = "; ".join(sorted({known.has[feature] for feature in not_absent}))
        yield _without("features_absent", published, Doubt(_HAS, why, ", ".join(not_absent)))
    elif lacking:
        of = "features_absent" if absent else fields[0]
        yield Derived("features_absent", published, of, f"{_LACKS}: {', '.join(lacking)}")


def _without(field: str, rest: list[str], doubt: Doubt) -> Derived:
    return Derived(field, rest or None, field, f"{doubt.name}: {doubt.actual}", doubt)


def _openness(license_name: Any, model_id: str) -> Iterator[Derived]:
    """Whether weights are open, by the licence that the entry states, else by the practice of the model's maker."""
    licensed = normalise_license(str(license_name)) if license_name is not None else None
    opened = is_open_weights(licensed)
    practice = weights_of_family(model_id)
    if opened is not None:
        yield Derived("open_weights", opened, "license", f"open_weights_of_license: {licensed}")
    elif practice is not None:
        yield Derived("open_weights", practice[0], "name", f"open_weights_of_family: {practice[1]}")
