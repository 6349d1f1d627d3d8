"""From the price map to records: one entry for each key, whose provider sells at its prices.

Only the entries of a provider that sells its own model name the maker and speak for the model's limits, abilities
and end; the entries of hosts give prices. What a key says beside the model (region, commitment, picture size) is a
tier of its prices.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

from ingest.knowledge import read_yaml
from ingest.name import Provider, provider
from ingest.read.datafile import read_json_for
from ingest.read.fieldvalues import READERS, text_or_none
from ingest.read.leaves import Leaf, escaped, leaves
from ingest.read.rules import Reading, Speaker, load_rules, type_name
from ingest.records.document import Capture, Document, Entry

NAME = "litellm"
READER = f"{NAME}/1"

_FIELDS = Path(__file__).with_name("fields.yaml")
_TIERED = "tiered_pricing"


def recognise(capture: Capture) -> bool:
    """Whether the content is a price map: entries with ``litellm_provider`` in an object."""
    head = capture.content[:262144]
    return head.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] == b"{" and b'"litellm_provider"' in head


def parse(capture: Capture) -> Document:
    """The :class:`Document` of one price map."""
    document = Document(NAME, READER)
    tree = read_json_for(document, capture.content)
    if tree is None:
        return document
    if not isinstance(tree.root, dict):
        document.rejected = "no_models: the file is no object of entries"
        return document
    reading = Reading(load_rules(_FIELDS), "/*/")
    said = read_yaml(_FIELDS)
    no_models, dearest = said["no_models"], said["dearest"]
    for key, listed in tree.root.items():
        if not isinstance(listed, dict):
            reading.aside(f"../{key}", f"{type_name(listed)}, not an entry: it says something of the file")
        elif key in no_models:
            reading.aside(f"../{key}", no_models[key])
        elif not reading.rules.know(listed):
            reading.report_new(f"../{key}", "object of which no field is known, not an entry")
        else:
            document.entries.append(_entry(key, listed, reading, dearest.get(str(listed.get("mode")))))
    if tree.root and not document.entries:
        document.rejected = "no_models: the file holds no entry of which a field is known"
        return document
    reading.finish(document, tree.doubled)
    return document


def _entry(key: str, listed: dict[str, Any], reading: Reading, dearest: float | None) -> Entry:
    pointer = f"/{escaped(key)}"
    named = text_or_none(listed.get("litellm_provider"))
    seller = provider(named or "")
    tier = ", ".join(_key_tiers(key, seller)) or None
    own = seller.makes(key)
    entry = Entry(name=None, locator=pointer, organization=named if own else None, source_key=key)
    speaker: Speaker = "maker" if own and tier is None else "host"
    tiers = _tiers(listed)
    plain = {name: value for name, value in listed.items() if name != _TIERED or not tiers}
    reading.read(entry, leaves(plain, pointer), provider=seller.id, tier=tier, speaks=speaker, dearest=dearest)
    for at, said in enumerate(tiers):
        part, place = Entry(name=None, locator=pointer), f"{pointer}/{_TIERED}/{at}"
        if not isinstance(said, dict):
            reading.report_new(f"{_TIERED}/*", f"{type_name(said)}, not prices of a range")
            continue
        known, of_range = _range(said)
        ours = ", ".join(t for t in (of_range, tier) if t) or None
        reading.read(part, _tiered(said, place), provider=seller.id, tier=ours, speaks="host")
        reading.records -= 1
        entry.prices.extend(part.prices if known else (replace(p, problem="unknown_tier") for p in part.prices))
    currency = _currencies().get(seller.id or "")
    if currency is not None:
        entry.prices = [replace(price, currency=currency) for price in entry.prices]
    return entry


def _tiers(listed: dict[str, Any]) -> list[Any]:
    """Prices by range; none where the field is of another shape than a list of objects."""
    tiers = listed.get(_TIERED)
    return tiers if isinstance(tiers, list) and any(isinstance(each, dict) for each in tiers) else []


def _tiered(said: dict[str, Any], pointer: str) -> Iterator[Leaf]:
    for leaf in leaves(said, pointer):
        whole = f"{_TIERED}/*/{leaf.path}"
        yield leaf if leaf.path not in ("range", "max_results_range") else leaf._replace(path=whole)


def _range(said: dict[str, Any]) -> tuple[bool, str | None]:
    """Whether the range is known, and ``[32000, 128000]`` as the tier ``input 32000-128000 tokens``.

    The first range is the base price and has no tier; a range that is not known is not taken for the first one.
    """
    for name, what in (("range", "input {} tokens"), ("max_results_range", "{} results")):
        ends = said.get(name)
        if isinstance(ends, list) and len(ends) == 2:
            low, high = (READERS["count"](end, "", {}).value for end in ends)
            if low is not None and high is not None:
                return True, None if low == 0 and name == "range" else what.format(f"{low}-{high}")
    return False, None


def _key_tiers(key: str, seller: Provider) -> Iterator[str]:
    """The conditions that a key names: ``azure/eu/gpt-4o`` is sold in a region."""
    in_path, in_front, variants = _patterns()
    parts = key.split("/")
    for part in parts[:-1]:
        for pattern, tier, only in in_path:
            if pattern.fullmatch(part) and (only is None or seller.id in only):
                yield tier.replace("{part}", part)
    for pattern, tier, only in in_front:
        if (found := pattern.match(parts[-1])) and (only is None or seller.id in only):
            yield tier.replace("{part}", found[1])
    variant = parts[-1].rpartition(":")[2]
    if ":" in parts[-1] and variant in variants:
        yield variant


_Pattern = tuple[re.Pattern[str], str, tuple[str, ...] | None]


@cache
def _currencies() -> dict[str, str]:
    return {name: said["is"] for name, said in read_yaml(_FIELDS)["currencies"].items()}


@cache
def _patterns() -> tuple[list[_Pattern], list[_Pattern], frozenset[str]]:
    said = read_yaml(_FIELDS)

    def made(rows: list[dict[str, Any]]) -> list[_Pattern]:
        return [(re.compile(r["pattern"]), r["tier"], tuple(r["only"]) if "only" in r else None) for r in rows]

    return made(said["key_tiers"]), made(said["key_prefixes"]), frozenset(said["variants"])
