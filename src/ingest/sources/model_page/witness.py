"""JSON that frameworks leave in a page, held against what the page shows: more exact, or a contradiction.

``1.0M`` beside ``1047576`` is 1,047,576. A figure that is only in the JSON is not taken: nobody sees it on the page.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from functools import cache
from typing import Any, Literal, NamedTuple

from ingest.knowledge import KnowledgeEntry, Phrases, knowledge
from ingest.read import values
from ingest.read.lines import Page
from ingest.records.document import Check, Entry, Stated
from ingest.sources.model_page.identity import named

_WORDS = re.compile(r"[^\W_]+")
# How many braces before a name are tried as the start of its object, and how many places of the name.
_MOST_BRACES = 40
_MOST_PLACES = 20


class WitnessField(KnowledgeEntry):
    """A column of ``models``, and the keys that hold it."""

    field: str
    kind: Literal["count", "day"]
    reason: str
    keys: tuple[str, ...]


class WitnessWords(KnowledgeEntry):
    """The whole of ``witness.yaml``."""

    names: Phrases
    fields: tuple[WitnessField, ...]


class Witness(NamedTuple):
    """One value of the JSON: ``value`` as the readers give it, ``text`` as it stands there, and where."""

    field: str
    value: values.Value
    text: str
    place: str


def hold_against_data(entry: Entry, page: Page) -> list[Check]:
    """Makes fields of ``entry`` as exact as the JSON of the page has them, and gives a check for each that it holds."""
    if not page.data or entry.name is None:
        return []
    shown = {stated.field: at for at, stated in enumerate(entry.stated) if stated.problem is None}
    checks: dict[str, Check] = {}
    for witness in _witnesses(page, entry.name):
        at = shown.get(witness.field)
        if at is None or witness.field in checks:
            continue
        stated = entry.stated[at]
        agrees = _agree(stated, witness.value)
        name = f"witness_{witness.field}"
        checks[witness.field] = Check(
            name, agrees, f"{stated.raw_text} ({stated.locator})", f"{witness.text} ({witness.place})"
        )
        if agrees and _is_more_exact(witness.value, stated):
            value = witness.value
            unit = value.unit if stated.unit else None
            entry.stated[at] = Stated(
                stated.field, value.value, witness.text, witness.place, value.low, value.high, unit
            )
    return list(checks.values())


def _witnesses(page: Page, name: str) -> Iterator[Witness]:
    own = _own_keys(name)
    for number, text in enumerate(page.data, 1):
        for found in _objects(text, own):
            for key, value in _pairs(found):
                field = _fields().get(key)
                if field is None or isinstance(value, bool) or not isinstance(value, (str, int, float)):
                    continue
                shown = str(value)
                read = values.day(shown) if field.kind == "day" else values.count(shown)
                if read.value is not None:
                    yield Witness(field.field, read, shown, f"script {number} {key}")


def _pairs(found: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    """The keys of an object and of the objects right in it."""
    for key, value in found.items():
        yield key, value
        if isinstance(value, dict):
            yield from value.items()


def _objects(text: str, own: frozenset[str]) -> Iterator[dict[str, Any]]:
    """The objects of a JSON text that name the model: only these are parsed, whatever the size of the text."""
    decoder = json.JSONDecoder()
    pattern = re.compile(r'"(?:' + "|".join(words().names.phrases) + r')"\s{0,4}:\s{0,4}"([^"\\]{1,120})"')
    tried: set[int] = set()
    places = 0
    for found in pattern.finditer(text):
        if not _names(found[1], own):
            continue
        places += 1
        if places > _MOST_PLACES:
            return
        at = found.start()
        for _ in range(_MOST_BRACES):
            at = text.rfind("{", 0, at)
            if at < 0 or at in tried:
                break
            tried.add(at)
            try:
                value, end = decoder.raw_decode(text, at)
            except (ValueError, RecursionError):
                continue
            if isinstance(value, dict) and end > found.start():
                if any(isinstance(value.get(key), str) and _names(value[key], own) for key in words().names.phrases):
                    yield value
                break


def _own_keys(name: str) -> frozenset[str]:
    """The spellings under which an object may name the model: as the page shows it, and by the ids of the catalogue."""
    model = named(name).model_id
    ids = (model, model.rpartition("/")[2]) if model else ()
    return frozenset(_key(each) for each in (name, *ids))


def _names(text: str, own: frozenset[str]) -> bool:
    return _key(text) in own or _key(text.rpartition("/")[2]) in own


def _key(text: str) -> str:
    return "".join(_WORDS.findall(text.lower()))


def _agree(stated: Stated, value: values.Value) -> bool:
    if stated.unit in ("day", "month", "year"):
        size = min({"year": 4, "month": 7, "day": 10}[unit] for unit in (stated.unit, value.unit or "day"))
        return str(stated.value)[:size] == str(value.value)[:size]
    low, high = stated.low or stated.value, stated.high or stated.value
    return bool((value.low or value.value) <= high and low <= (value.high or value.value))


def _is_more_exact(value: values.Value, stated: Stated) -> bool:
    if stated.unit in ("day", "month", "year"):
        sizes = {"year": 4, "month": 7, "day": 10}
        return sizes[value.unit or "day"] > sizes[stated.unit]
    if None in (value.low, value.high, stated.low, stated.high):
        return False
    return bool(value.high - value.low < stated.high - stated.low)  # type: ignore[operator]


@cache
def words() -> WitnessWords:
    """The content of ``knowledge/pages/witness.yaml``."""
    read: WitnessWords = knowledge("pages/witness", WitnessWords)
    return read


@cache
def _fields() -> dict[str, WitnessField]:
    return {key: field for field in words().fields for key in field.keys}
