"""The value of a field from the text below its label, by the kind of the field and the language of the page."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache

from ingest.read import values
from ingest.read.languages import Kind, Language
from ingest.read.lines import Line
from ingest.read.values import NOTHING, Value, is_nothing
from ingest.sources.model_page.agreement import without_remark
from ingest.sources.model_page.labels import Field, known
from ingest.sources.model_page.order import OF_WORDS

# The values of longer texts are not remembered.
_LONGEST = 200
# Kinds of values that are never compared with the line below them.
_OF_ONE_VALUE = (*OF_WORDS, "yes_no", "modalities")
_LONGEST_SCALE = 9


def _percent(text: str) -> Value:
    value = values.score(text)
    if value.value is None or value.unit == "percent":
        return value
    return Value(problem="not_a_percentage")


def _text(text: str) -> Value:
    return NOTHING if is_nothing(text) else Value(text)


def _tokens(text: str) -> Value:
    return values.count(text) if "token" in text.lower() else Value(problem="no_count_of_tokens")


def _modalities(language: Language, text: str) -> Value:
    """``Text, image`` as a list; a text with any other word is none."""
    pieces = [language.plain(piece.strip(" ."), "word").text.lower() for piece in _PARTED.split(text)]
    kinds = [_MODALITIES.get(piece) for piece in pieces]
    if not kinds or None in kinds:
        return Value(problem="unreadable_modalities")
    return Value(list(dict.fromkeys(kinds)))


_PARTED = re.compile(r", and |[,;/&+、，]| (?:and|und|et|y|и) ")
_MODALITIES = {
    "text": "text",
    "image": "image",
    "images": "image",
    "picture": "image",
    "pictures": "image",
    "audio": "audio",
    "speech": "audio",
    "video": "video",
    "videos": "video",
    "pdf": "pdf",
    "pdfs": "pdf",
}
# "0.10 USD (about 0.09 €) per 1M tokens": a price with what it is in another currency.
_CONVERTED = re.compile(r"([^()]{1,40}?) ?\([^()0-9$€£¥]{0,12}([^()]{1,20})\)(.{0,40})")

READERS: dict[str, Callable[[str], Value]] = {
    "count": values.count,
    "tokens": _tokens,
    "size": lambda text: values.sizes(text)[0],
    "day": values.day,
    "percent": _percent,
    "text": _text,
    "term": _text,
    "yes_no": values.yes_no,
}
# What a text of each kind holds, for the language of the page.
HOLDS: dict[str, Kind] = {
    "count": "count",
    "tokens": "count",
    "size": "count",
    "day": "date",
    "percent": "number",
    "text": "word",
    "term": "word",
    "yes_no": "word",
}


def value_of(language: Language, kind: str, text: str) -> Value:
    """What a text is as the value of a field of some kind.

    It is remembered: a page is asked several times for the value of a line, and many pages have the same values.
    """
    return _read(language, kind, text) if len(text) > _LONGEST else _remembered(language, kind, text)


def _read(language: Language, kind: str, text: str) -> Value:
    if kind == "price":
        return _price(language, text)
    if kind == "modalities":
        return _modalities(language, text)
    if kind in OF_WORDS:
        plain = language.plain(text, "word").text
        return NOTHING if is_nothing(plain) else Value(plain.lstrip("# ") if kind == "term" else text)
    value = language.read(text, HOLDS[kind], READERS[kind])
    if value.problem and (shorter := without_remark(text)):
        return language.read(shorter, HOLDS[kind], READERS[kind])
    return value


def _price(language: Language, text: str) -> Value:
    price = language.read(text, "number", values.money)
    found = _CONVERTED.fullmatch(text) if price.problem and text.count("(") == 1 else None
    if found is None:
        return price
    other = language.read(found[2], "number", values.money)
    own = language.read(f"{found[1]} {found[3]}".strip(), "number", values.money)
    return own if None not in (own.value, other.value) and own.unit != other.unit else price


_remembered = lru_cache(16_384)(_read)


def is_second_value(label: Field, value: Line, other: Line, language: Language) -> bool:
    """Whether another value of the same kind stands behind a value, and disagrees: a page that compares two models."""
    if known(other.text).field or other.number == value.number or label.value in _OF_ONE_VALUE:
        return False
    reader = values.money if label.value == "price" else READERS.get(label.value)
    if reader is None:
        return False
    one, two = (language.read(text, HOLDS.get(label.value, "number"), reader) for text in (value.text, other.text))
    if one.value is None or two.value is None or one.value == two.value:
        return False
    return not (one.low is not None and two.low is not None and one.low < two.high and two.low < one.high)  # type: ignore[operator]


def is_scale(label: Field, value: Line, other: Line) -> bool:
    """Whether the scale of a count stands on a line of its own (``14`` and ``B``): the count alone is another one."""
    if label.value not in ("count", "size") or not value.text.replace(".", "").isdigit():
        return False
    return len(other.text) <= _LONGEST_SCALE and values.count(f"1{other.text}").value not in (None, 1)
