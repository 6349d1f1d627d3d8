"""From the price map to records: one entry for each key, whose provider sells at its prices.

Only the entries of a provider that sells its own model name the maker and speak for the model's limits, abilities
and end; the entries of hosts give prices. What a key says beside the model (region, commitment, picture size) is a
tier of its prices.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from ingest.knowledge import KnowledgeEntry
from ingest.name import Provider, provider
from ingest.read.fieldrules import FieldsFile, fields_file
from ingest.read.fieldvalues import text_or_none
from ingest.read.jsonfeed import JsonFeed, read_feed
from ingest.read.leaves import escaped, leaves
from ingest.read.rules import RuleReader, Speaker, heed_around, type_name
from ingest.read.text import first_sign
from ingest.records.document import Capture, Document, Entry

NAME = "litellm"
READER = f"{NAME}/2"


class _KeyTier(KnowledgeEntry):
    """A part of a key that names a condition of the prices: its pattern, the tier, whose keys alone have it."""

    pattern: re.Pattern[str]
    tier: str
    only: tuple[str, ...] | None = None
    reason: str | None = None

    def fits(self, seller: Provider) -> bool:
        """Whether keys of a seller have it."""
        return self.only is None or seller.id in self.only


class _Currency(KnowledgeEntry):
    currency: str
    reason: str


class _LitellmFields(FieldsFile):
    """What ``fields.yaml`` says: rules, and how keys name conditions."""

    key_tiers: list[_KeyTier]
    key_prefixes: list[_KeyTier]
    variants: frozenset[str]
    no_models: dict[str, str]
    currencies: dict[str, _Currency]


_FIELDS = Path(__file__).with_name("fields.yaml")
_FEED = JsonFeed(NAME, READER, _FIELDS, "/*/", "entry of which a field is known", _LitellmFields)


def recognise(capture: Capture) -> bool:
    """Whether the content is a price map: entries with ``litellm_provider`` in an object."""
    return first_sign(capture.content) == b"{" and b'"litellm_provider"' in capture.content[:262144]


def parse(capture: Capture) -> Document:
    """The :class:`Document` of one price map."""
    return read_feed(_FEED, capture, _entries)


def _entries(root: Any, _capture: Capture, reading: RuleReader) -> list[Entry] | None:
    if not isinstance(root, dict):
        return None
    entries = list(_entries_of(root, reading))
    read = {entry.locator for entry in entries}
    no_models = fields_file(_FIELDS, _LitellmFields).no_models
    around = {key: each for key, each in root.items() if f"/{escaped(key)}" not in read and key not in no_models}
    heed_around(entries, around)
    return entries if entries or not root else None


def _entries_of(root: dict[str, Any], reading: RuleReader) -> Iterator[Entry]:
    said = fields_file(_FIELDS, _LitellmFields)
    for key, listed in root.items():
        if not isinstance(listed, dict):
            reading.aside(f"../{key}", f"{type_name(listed)}, not an entry: it says something of the file")
        elif key in said.no_models:
            reading.aside(f"../{key}", said.no_models[key])
        elif not reading.rules.know(listed):
            reading.report_new(f"../{key}", "object of which no field is known, not an entry")
        else:
            yield _entry(key, listed, reading, said)


def _entry(key: str, listed: dict[str, Any], reading: RuleReader, said: _LitellmFields) -> Entry:
    pointer = f"/{escaped(key)}"
    named = text_or_none(listed.get("litellm_provider"))
    seller = provider(named or "")
    tier = ", ".join(_key_tiers(key, seller, said)) or None
    own = seller.makes(key)
    entry = Entry(name=None, locator=pointer, organization=named if own else None, source_key=key)
    speaker: Speaker = "maker" if own and tier is None else "host"
    reading.read(entry, leaves(listed, pointer), provider=seller.id, tier=tier, speaks=speaker)
    if currency := said.currencies.get(seller.id or ""):
        entry.prices = [replace(price, currency=currency.currency) for price in entry.prices]
    return entry


def _key_tiers(key: str, seller: Provider, said: _LitellmFields) -> Iterator[str]:
    """The conditions that a key names: ``azure/eu/gpt-4o`` is sold in a region."""
    parts = key.split("/")
    for part in parts[:-1]:
        for each in said.key_tiers:
            if each.pattern.fullmatch(part) and each.fits(seller):
                yield each.tier.replace("{part}", part)
    for each in said.key_prefixes:
        if (found := each.pattern.match(parts[-1])) and each.fits(seller):
            yield each.tier.replace("{part}", found[1])
    variant = parts[-1].rpartition(":")[2]
    if ":" in parts[-1] and variant in said.variants:
        yield variant
