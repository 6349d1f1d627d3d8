"""From ``api.json`` to records: one entry for each model of each provider.

A provider that sells its own model speaks for the model; a host speaks for its offer, so of a host's entry only
the prices and the facts of the model itself (knowledge, open weights) are taken; its dates are often those of the
offer. Hosts of an open model whose maker is not in the file also state its release, context and modalities: nobody
else does.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ingest.name import provider
from ingest.read.fieldrules import FieldsFile, fields_file
from ingest.read.jsonfeed import JsonFeed, read_feed
from ingest.read.leaves import escaped, leaves
from ingest.read.rules import RuleReader, Speaker, type_name
from ingest.records.document import Capture, Document, Entry

NAME = "models-dev"
READER = f"{NAME}/2"


class _ModelsDevFields(FieldsFile):
    """What ``fields.yaml`` says: rules, fields of a provider beside its models, and what an id may end in."""

    provider_fields: frozenset[str]
    variants: frozenset[str]


_FIELDS = Path(__file__).with_name("fields.yaml")
_FEED = JsonFeed(NAME, READER, _FIELDS, "/*/models/*/", "provider with models", _ModelsDevFields)


def recognise(capture: Capture) -> bool:
    """Whether the content is models.dev's file: providers with ``models``, ``env`` and ``npm`` in an object."""
    head = capture.content[:4096]
    return head.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] == b"{" and all(
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
    entries = []
    for provider_id, listed in root.items():
        if not isinstance(listed, dict):
            reading.report_new(f"../../{provider_id}", f"{type_name(listed)}, not a provider")
            continue
        _look_beside(listed, said, reading)
        for model_id, model in _models(listed).items():
            if isinstance(model, dict) and reading.rules.know(model):
                entry, speaker, tier = _entry(provider_id, model_id, model, made, said.variants)
                found = leaves(model, entry.locator)
                reading.read(entry, found, provider=provider(provider_id).id, tier=tier, speaks=speaker)
                entries.append(entry)
            else:
                reading.report_new(f"../{model_id}", f"{type_name(model)}, not a model")
    return entries


def _look_beside(listed: dict[str, Any], said: _ModelsDevFields, reading: RuleReader) -> None:
    """Account for the fields of a provider beside its models."""
    for key, value in listed.items():
        if key in said.provider_fields:
            reading.aside(f"../../{key}", "about the provider, not about a model")
        elif key != "models":
            reading.report_new(f"../../{key}", type_name(value))
        elif not isinstance(value, dict):
            reading.report_new(f"../../{key}", f"{type_name(value)}, not models by id")


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
