"""JSON that frameworks leave in a page, held against what the page shows: more exact, or a contradiction.

``1.0M`` beside ``1047576`` is 1,047,576. A figure that is only in the JSON is not taken: nobody sees it on the page.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from typing import Any, Literal, NamedTuple

from ingest.knowledge import KnowledgeEntry, Phrases, knowledge
from ingest.read import values
from ingest.read.lines import Page
from ingest.records.document import Check, Entry, Stated
from ingest.sources.model_page.identity import named

_WORDS = re.compile(r"[^\W_]+")
_VALUE = re.compile(r'"([^"\\]{1,120})"')
_PUSH = re.compile(
    r"(?:\(self\.__next_f=self\.__next_f\|\|\[\]\)|self\.__next_f)\.push\(\[1,\s?(\".*\")\]\);?", re.DOTALL
)
# How many braces before a name are tried as the start of its object, how many places of the name, and how many places
# of a word of it are looked at.
_MOST_BRACES = 40
_MOST_PLACES = 20
_MOST_HITS = 500
_LONGEST_NAME = 120
_LONGEST_KEY = 40
# What may stand between a colon and the quote of a value.
_BEFORE_VALUE = "\\ \t\n\r"
_SHORTEST_NEEDLE = 3
_DECODER = json.JSONDecoder()
# How many scripts push one object in pieces.
_MOST_PIECES = 4


class WitnessField(KnowledgeEntry):
    """A column of ``models``, and the keys that hold it."""

    field: str
    kind: Literal["count", "day"]
    reason: str
    keys: tuple[str, ...]


class WitnessPrice(KnowledgeEntry):
    """A kind of price, the keys that hold it, and the factor that brings it to a million tokens."""

    kind: str
    factor: float
    reason: str
    keys: tuple[str, ...]


class WitnessWords(KnowledgeEntry):
    """The whole of ``witness.yaml``."""

    names: Phrases
    full_names: Phrases
    groups: Phrases
    makers: Phrases
    scores: Phrases
    prices: tuple[WitnessPrice, ...]
    fields: tuple[WitnessField, ...]


class Witness(NamedTuple):
    """One value of the JSON: ``value`` as the readers give it, ``text`` as it stands there, and where."""

    field: str
    value: values.Value
    text: str
    place: str


def hold_against_data(entry: Entry, page: Page) -> list[Check]:
    """Makes fields of ``entry`` as exact as the JSON of the page has them, and gives a check for each that it holds."""
    if not (len(page.data) or len(page.pushed)) or entry.name is None:
        return []
    doubts: list[Check] = []
    shown = {stated.field: at for at, stated in enumerate(entry.stated) if stated.problem is None}
    checks: dict[str, Check] = {}
    for witness in _witnesses(page, entry.name, doubts):
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
    return [*checks.values(), *doubts[:1]]


def _witnesses(page: Page, name: str, doubts: list[Check]) -> Iterator[Witness]:
    """What the JSON of the page says of its model; a script that names it and cannot be read joins ``doubts``."""
    own, needle = _own_keys(name), _needle(name)
    for at in page.data.holding(needle):
        objects, is_whole = _objects(page.data[at], own, needle)
        if not is_whole:
            doubts.append(Check("witness_readable", False, "JSON", f"script {at + 1}"))
        yield from _facts(objects, f"script {at + 1}")
    pieces = _Pieces(page.pushed)
    for at in page.pushed.holding(needle):
        if not _named_places(page.pushed[at], needle):
            continue
        # An object may begin in a piece before, and go on in the next ones.
        found: list[dict[str, Any]] = []
        can_be_read = False
        for first in range(at, max(at - _MOST_PIECES, -1), -1):
            stream = pieces.stream(first)
            found, is_whole = _objects(stream, own, needle)
            can_be_read = can_be_read or bool(stream and is_whole)
            if found:
                break
        if not (found or can_be_read):
            doubts.append(Check("witness_readable", False, "a list with a text of JSON", f"push {at + 1}"))
        yield from _facts(found, f"push {at + 1}")


def _facts(objects: Iterable[dict[str, Any]], where: str) -> Iterator[Witness]:
    for found in objects:
        for key, value in _pairs(found):
            field = witness_fields().get(key)
            if field is None or isinstance(value, bool) or not isinstance(value, (str, int, float)):
                continue
            shown = str(value)
            read = values.day(shown) if field.kind == "day" else values.count(shown)
            if read.value is not None:
                yield Witness(field.field, read, shown, f"{where} {key}")


def _pairs(found: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    """The keys of an object and of the objects right in it."""
    for key, value in found.items():
        yield key, value
        if isinstance(value, dict):
            yield from value.items()


def _named_places(text: str, needle: str) -> list[int]:
    """Where a value begins that names a model, with a word of this model's name in it; quotes may be escaped."""
    places: list[int] = []
    at = text.find(needle)
    for _ in range(_MOST_HITS):
        if at < 0 or len(places) == _MOST_PLACES:
            break
        quote = text.rfind('"', max(0, at - _LONGEST_NAME), at)
        if quote > 0 and _is_named(text, quote):
            places.append(quote)
        # What else stands in the same text between quotes would lead to the same place.
        end = text.find('"', at)
        at = text.find(needle, end) if end > 0 else -1
    return places


def _is_named(text: str, quote: int) -> bool:
    """Whether the key of a value names a model: a look at the signs before its quote, then at the whole key."""
    before = text[max(0, quote - _LONGEST_KEY) : quote]
    return before.rstrip(_BEFORE_VALUE).endswith(":") and _names_key().search(before) is not None


def _objects(text: str, own: frozenset[str], needle: str) -> tuple[list[dict[str, Any]], bool]:
    """The objects of a JSON text that name the model, and whether each such place could be read.

    Only these objects are parsed, whatever the size of the text.
    """
    objects: list[dict[str, Any]] = []
    tried: set[int] = set()
    is_whole = True
    for place in _named_places(text, needle):
        value = _VALUE.match(text, place)
        if value is None or not _names(value[1], own):
            continue
        at = place
        for _ in range(_MOST_BRACES):
            at = text.rfind("{", 0, at)
            if at < 0 or at in tried:
                is_whole = is_whole and at >= 0
                break
            tried.add(at)
            try:
                found, end = _DECODER.raw_decode(text, at)
            except (ValueError, RecursionError):
                continue
            if isinstance(found, dict) and end > place:
                if any(isinstance(found.get(key), str) and _names(found[key], own) for key in words().names.phrases):
                    objects.append(found)
                break
        else:
            is_whole = False
    return objects, is_whole


class _Pieces:
    """The texts that scripts push, each read once."""

    def __init__(self, pushed: Sequence[str]) -> None:
        self._pushed = pushed
        self._texts: dict[int, str | None] = {}

    def stream(self, first: int) -> str:
        """The text that a script pushes, with that of the next ones where it does not end with its line."""
        texts: list[str] = []
        for at in range(first, min(first + _MOST_PIECES, len(self._pushed))):
            text = self._text(at)
            if text is None:
                break
            texts.append(text)
            if text.endswith("\n"):
                break
        return "".join(texts)

    def _text(self, at: int) -> str | None:
        if at not in self._texts:
            found = _PUSH.fullmatch(self._pushed[at].strip())
            try:
                text = json.loads(found[1]) if found else None
            except ValueError:
                text = None
            self._texts[at] = text if isinstance(text, str) else None
        return self._texts[at]


@cache
def _names_key() -> re.Pattern[str]:
    """A key that names a model, before its value; quotes may be escaped."""
    names = "|".join(map(re.escape, words().names.phrases))
    return re.compile(rf'"(?:{names})\\?"\s{{0,4}}:\s{{0,4}}\\?\Z')


def _needle(name: str) -> str:
    """What all spellings of a name have: its longest word but for the first letter, which may be small or capital."""
    longest = max(_WORDS.findall(name), key=len, default=name)
    return longest[1:] if len(longest) > _SHORTEST_NEEDLE else longest


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
def witness_fields() -> dict[str, WitnessField]:
    """The column of models that each key holds."""
    return {key: field for field in words().fields for key in field.keys}
