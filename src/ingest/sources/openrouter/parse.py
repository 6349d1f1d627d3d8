"""From the body of ``/api/v1/models`` to records: one entry for each listed model or variant of one.

The gateway gives the context and modalities of the model as such. A variant (``:free``) is a plan: its prices are
kept under that tier and its limits are those of the plan. The output limit is that of the first host; it counts for
the model where no weights are published, since then only the maker or its cloud can be that host. The canonical slug
names the version that a listing stands for, where it differs from the id.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ingest.read.jsonfeed import JsonFeed, read_feed
from ingest.read.leaves import leaves
from ingest.read.rules import RuleReader, Speaker, heed_around, type_name
from ingest.read.text import first_sign
from ingest.records.document import STANDS_FOR, Capture, Document, Entry

NAME = "openrouter"
READER = f"{NAME}/3"

_FEED = JsonFeed(NAME, READER, Path(__file__).with_name("fields.yaml"), "/data/*/", "list 'data' of models")


def recognise(capture: Capture) -> bool:
    """Whether the content is a list of models in ``data``, with ``pricing`` and ``architecture``."""
    return first_sign(capture.content) == b"{" and all(
        word in capture.content[:65536] for word in (b'"data"', b'"pricing"', b'"architecture"', b'"completion"')
    )


def parse(capture: Capture) -> Document:
    """The :class:`Document` of one list of models."""
    return read_feed(_FEED, capture, _entries)


def _entries(root: Any, _capture: Capture, reading: RuleReader) -> list[Entry] | None:
    listed = root.get("data") if isinstance(root, dict) else None
    if not isinstance(listed, list) or (listed and not any(isinstance(model, dict) for model in listed)):
        return None
    entries = []
    for number, model in enumerate(listed):
        if isinstance(model, dict):
            entries.append(_entry(number, model, reading))
        else:
            reading.report_new("", f"{type_name(model)}, not a model")
    for key in root:
        if key != "data":
            reading.report_new(f"../../{key}", type_name(root[key]))
    heed_around(entries, {key: value for key, value in root.items() if key != "data"})
    return entries


def _entry(number: int, model: dict[str, Any], reading: RuleReader) -> Entry:
    pointer = f"/data/{number}"
    key, name = model.get("id"), model.get("name")
    entry = Entry(
        name=name if isinstance(name, str) else None,
        locator=pointer,
        source_key=key if isinstance(key, str) else None,
    )
    variant = key.partition(":")[2] or None if isinstance(key, str) else None
    closed = "hugging_face_id" in model and not model["hugging_face_id"]
    speaker: Speaker = "host" if variant else "maker" if closed else "lone_host"
    reading.read(entry, leaves(model, pointer), provider=NAME, tier=variant, speaks=speaker)
    own = key.partition(":")[0] if isinstance(key, str) else None
    entry.stated[:] = [each for each in entry.stated if each.field != STANDS_FOR or each.value != own]
    return entry
