"""From ``api.json`` to records: one entry for each model of each provider.

A provider that sells its own model speaks for the model; a host speaks for its offer, so of a host's entry only
the prices and the facts of the model itself (knowledge, open weights) are taken; its dates are often those of the
offer. Hosts of an open model whose maker is not in the file also state its release, context and modalities: nobody
else does.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import date
from pathlib import Path
from statistics import median_high
from typing import Any

from ingest.knowledge import KnowledgeEntry
from ingest.name import provider
from ingest.read.fieldrules import FieldsFile, fields_file
from ingest.read.jsonfeed import JsonFeed, read_feed
from ingest.read.leaves import Leaf, escaped, leaves
from ingest.read.plausible import doubt_media, doubt_repeats, month_in_name
from ingest.read.rules import RuleReader, Speaker, heed_around, type_name
from ingest.read.text import first_sign
from ingest.read.values import day as read_day
from ingest.records.document import Capture, Document, Entry

NAME = "models-dev"
READER = f"{NAME}/2"


class _ListingDays(KnowledgeEntry):
    """When the release day of a seller is another day: see ``fields.yaml``."""

    reason: str
    late_days: int
    late_share: float
    late_models: int
    one_day_models: int
    one_day_makers: int
    january_models: int
    migration: str


class _ModelsDevFields(FieldsFile):
    """What ``fields.yaml`` says: rules, fields of a provider beside its models, and what an id may end in."""

    listing_days: _ListingDays
    provider_fields: frozenset[str]
    variants: frozenset[str]


_FIELDS = Path(__file__).with_name("fields.yaml")
_FEED = JsonFeed(NAME, READER, _FIELDS, "/*/models/*/", "provider with models", _ModelsDevFields)


_DAY = len("2025-01-01")
_MONTH = len("2025-01")
_FIRST_CHAT_MODELS = 3 * 365
"""Days from a cutoff to a release. The longest that is known is 29 months, of gpt-3.5-turbo-0125."""


def recognise(capture: Capture) -> bool:
    """Whether the content is models.dev's file: providers with ``models``, ``env`` and ``npm`` in an object."""
    return first_sign(capture.content) == b"{" and all(
        word in capture.content[:65536] for word in (b'"models"', b'"npm"', b'"env"')
    )


def parse(capture: Capture) -> Document:
    """The :class:`Document` of one ``api.json``."""
    return read_feed(_FEED, capture, _entries)


def _entries(root: Any, _capture: Capture, reading: RuleReader) -> list[Entry] | None:
    if not isinstance(root, dict) or not any(_models(each) for each in root.values()):
        return None
    said = fields_file(_FIELDS, _ModelsDevFields)
    made = _made_here(root)
    no_release = no_releases(root, said.listing_days)
    entries = []
    for provider_id, listed in root.items():
        if not isinstance(listed, dict):
            reading.report_new(f"../../{provider_id}", f"{type_name(listed)}, not a provider")
            continue
        _look_beside(listed, said, reading)
        sold = []
        for model_id, model in _models(listed).items():
            if isinstance(model, dict) and reading.rules.know(model):
                entry, speaker, tier = _entry(provider_id, model_id, model, made, said.variants)
                says_nothing = {
                    "release_date": no_release.get((provider_id, model_id)),
                    "knowledge": no_cutoff(model, model_id),
                }
                found = _without(says_nothing, leaves(model, entry.locator), reading)
                reading.read(entry, found, provider=provider(provider_id).id, tier=tier, speaks=speaker)
                if media := _media_of(model):
                    doubt_media(entry)
                    doubt_repeats(entry, media)
                sold.append(entry)
            else:
                reading.report_new(f"../{model_id}", f"{type_name(model)}, not a model")
        heed_around(sold, {key: value for key, value in listed.items() if key not in ("models", *said.provider_fields)})
        entries += sold
    heed_around(entries, {key: value for key, value in root.items() if not _models(value)})
    return entries


def _without(says_nothing: dict[str, str | None], found: Iterable[Leaf], reading: RuleReader) -> Iterator[Leaf]:
    """The fields of a model but those that say nothing, which are listed with their reason."""
    for leaf in found:
        if why := says_nothing.get(leaf.path):
            reading.aside(leaf.path, why)
        else:
            yield leaf


def no_releases(root: dict[str, Any], limits: _ListingDays) -> dict[tuple[str, str], str]:
    """The listings (seller, model) whose release day is another day, each with the reason."""
    days = {
        (seller, key): day
        for seller, listed in root.items()
        for key, model in _models(listed).items()
        if isinstance(model, dict) and isinstance(day := model.get("release_date"), str) and len(day) in (7, 10)
    }
    januaries = Counter((seller, day[:4]) for (seller, _), day in days.items() if _is_january(day))
    makers: dict[tuple[str, str], list[str | None]] = {}
    for (seller, key), day in days.items():
        makers.setdefault((seller, day), []).append(_family_of(key))
    late = _late_sellers(days, limits)
    found = {}
    for (seller, key), day in days.items():
        alike = makers[seller, day]
        if day == limits.migration:
            found[seller, key] = f"{day}: the day of older repositories at a hub"
        elif _is_january(day) and januaries[seller, day[:4]] >= limits.january_models:
            found[seller, key] = f"{day}: what the seller writes where it knows no day"
        elif provider(seller).makes(key):
            continue
        elif len(alike) >= limits.one_day_models and len(set(alike)) >= limits.one_day_makers:
            found[seller, key] = f"{day}: one day for models of several makers"
        elif seller in late:
            found[seller, key] = "a day on which the seller listed the model: its days lie after those of others"
    return found


def no_cutoff(model: dict[str, Any], key: str = "") -> str | None:
    """Why the knowledge cutoff of a model is none: it does not lie before the month in which the model was released, or
    three years and more before it.

    Contributors who know no cutoff write the release again, or that of the first chat models (September 2021). None
    where the cutoff can be one. A month that the model's ``key`` names comes before a release that lies earlier.

    >>> no_cutoff({"knowledge": "2025-07", "release_date": "2025-07-09"})
    '2025-07: not before the month of the release, 2025-07-09'
    >>> no_cutoff({"knowledge": "2021-09", "release_date": "2025-06-22"})
    '2021-09: three years or more before the release, 2025-06-22'
    >>> no_cutoff({"knowledge": "2024-11", "release_date": "2025-07-09"})
    """
    cutoff, release = (model.get(key) for key in ("knowledge", "release_date"))
    if not (isinstance(cutoff, str) and isinstance(release, str) and len(cutoff) >= _MONTH and len(release) >= _MONTH):
        return None
    told = [read_day(text[:_MONTH]).value for text in (cutoff, release)]
    if None in told:
        return None
    if told[0] >= max(told[1], month_in_name(key) or told[1]):
        return f"{cutoff}: not before the month of the release, {release}"
    if (told[1] - told[0]).days >= _FIRST_CHAT_MODELS:
        return f"{cutoff}: three years or more before the release, {release}"
    return None


def _late_sellers(days: dict[tuple[str, str], str], limits: _ListingDays) -> frozenset[str]:
    """The sellers whose days lie after the middle of what others state of the same models."""
    stated: dict[str, dict[str, date]] = {}
    for (seller, key), text in days.items():
        if len(text) == _DAY and (read := read_day(text)).unit == "day":
            stated.setdefault(_spelling(key), {})[seller] = read.value
    compared: Counter[str] = Counter()
    late: Counter[str] = Counter()
    for by_seller in stated.values():
        for seller, day in by_seller.items():
            others = [other for name, other in by_seller.items() if name != seller]
            if others:
                compared[seller] += 1
                late[seller] += (day - median_high(others)).days > limits.late_days
    return frozenset(
        seller
        for seller, times in compared.items()
        if times >= limits.late_models and late[seller] >= limits.late_share * times
    )


def _is_january(day: str) -> bool:
    return day[4:] in ("-01", "-01-01")


def _family_of(key: str) -> str:
    """The first word of a model's name: what tells models of several makers apart."""
    return re.split("[^a-z]+", key.rpartition("/")[2].lower().lstrip("@"), maxsplit=1)[0]


def _look_beside(listed: dict[str, Any], said: _ModelsDevFields, reading: RuleReader) -> None:
    """Account for the fields of a provider beside its models."""
    for key, value in listed.items():
        if key in said.provider_fields:
            reading.aside(f"../../{key}", "about the provider, not about a model")
        elif key != "models":
            reading.report_new(f"../../{key}", type_name(value))
        elif not isinstance(value, dict):
            reading.report_new(f"../../{key}", f"{type_name(value)}, not models by id")


def _media_of(model: dict[str, Any]) -> str | None:
    """What a model is for that takes sound alone, or gives no text; None for the others."""
    modalities = model.get("modalities")
    flow = modalities if isinstance(modalities, dict) else {}
    if flow.get("input") == ["audio"]:
        return "transcription"
    given = flow.get("output")
    if not isinstance(given, list) or "text" in given:
        return None
    return next((each for each in ("image", "video") if each in given), "speech")


def _models(listed: Any) -> dict[str, Any]:
    models = listed.get("models") if isinstance(listed, dict) else None
    return models if isinstance(models, dict) else {}


def _made_here(root: dict[str, Any]) -> frozenset[str]:
    """The models that their own makers list in the file, by spelling."""
    return frozenset(
        _spelling(model_id)
        for provider_id, listed in root.items()
        for model_id in _models(listed)
        if provider(provider_id).makes(model_id)
    )


def _spelling(model_id: str) -> str:
    tail = model_id.rpartition("/")[2].partition(":")[0]
    return "".join(filter(str.isalnum, tail.lower()))


def _entry(
    provider_id: str, model_id: str, model: dict[str, Any], made: frozenset[str], variants: frozenset[str]
) -> tuple[Entry, Speaker, str | None]:
    """A model of a provider without its fields, whose words they are, and the tier of its prices."""
    seller = provider(provider_id)
    own = seller.makes(model_id)
    name = model.get("name")
    entry = Entry(
        name=name if isinstance(name, str) else None,
        locator=f"/{escaped(provider_id)}/models/{escaped(model_id)}",
        source_key=f"{provider_id}/{model_id}",
    )
    variant = model_id.rpartition(":")[2] if ":" in model_id else None
    tier = variant if variant in variants else None
    alone = model.get("open_weights") is True and _spelling(model_id) not in made
    speaker: Speaker = "host" if tier else "maker" if own else "lone_host" if alone else "host"
    return entry, speaker, tier
