"""From a file of llm-prices to records: one entry for each price of a model, with the days on which it held.

The file of a vendor has the prices of a model in its ``price_history``, the historical and the current file have all
prices in one list. A model with another price for long inputs is listed twice: ``Gemini 2.5 Pro >200k``.
"""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

from ingest.read.declared import entry_of, read_document
from ingest.read.fieldrules import load_rules
from ingest.read.recordfile import FileRecord
from ingest.read.rules import RuleReader
from ingest.read.text import first_sign
from ingest.records.document import Capture, Document, Entry

NAME = "llm-prices"
READER = f"{NAME}/1"

_FIELDS = Path(__file__).with_name("fields.yaml")
_PLACES = {b'"price_history"': "/models/*/price_history", b'"prices"': "/prices"}
"""Where the prices are, by the key that only such a file has."""

_LONG = re.compile(r"(?P<name>.+?) ?(?P<sign>[≤>]) ?(?P<thousands>[0-9]{1,5})k")
_ONE_KIND = re.compile(r".+ (?:image|text|audio) tokens")


def recognise(capture: Capture) -> bool:
    """Whether the content is this source's: prices of a vendor, each with its days or the day of the list."""
    if first_sign(capture.content) not in (b"{", b"["):
        return False
    head = capture.content[:65536]
    return b'"vendor"' in head and _place(head) is not None and (b'"from_date"' in head or b'"updated_at"' in head)


def parse(capture: Capture) -> Document:
    """The :class:`Document` of one file; ``rejected`` says why where it is none."""
    at = _place(capture.content[:65536]) or "/prices"
    return read_document(capture, (NAME, READER), load_rules(_FIELDS), "json", at, entry=_entry)


def _entry(record: FileRecord, reading: RuleReader) -> Entry | None:
    """One price. That of long inputs has a tier, and is a price of the model without the sign in its name."""
    if any(_ONE_KIND.fullmatch(leaf.text) for leaf in record.fields if leaf.path.endswith("name")):
        reading.aside("name", "tokens of one kind, listed as a model of its own")
        return None
    vendor = next((leaf.text for leaf in record.fields if leaf.path.endswith("vendor")), None)
    entry = entry_of(record, reading, vendor)
    found = _LONG.fullmatch(entry.name or "")
    if found is None:
        return entry
    tier = f"input > {found['thousands']}000 tokens" if found["sign"] == ">" else None
    key = entry.source_key
    entry.prices = [replace(price, tier=tier) for price in entry.prices]
    entry.name, entry.record_key = found["name"], key
    entry.source_key = key.removesuffix(f"-{found['thousands']}k") if key and tier else key
    return entry


def _place(head: bytes) -> str | None:
    return next((place for word, place in _PLACES.items() if word in head), None)
