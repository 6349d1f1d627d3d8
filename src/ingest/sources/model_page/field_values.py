"""The value of a field from the text below its label, by the kind of the field and the language of the page."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

from ingest.read import values
from ingest.read.languages import Kind, Language
from ingest.read.values import NOTHING, Value, is_nothing
from ingest.sources.model_page.agreement import without_remark
from ingest.sources.model_page.order import OF_WORDS

# The values of longer texts are not remembered.
_LONGEST = 200


def _percent(text: str) -> Value:
    value = values.score(text)
    if value.value is None or value.unit == "percent":
        return value
    return Value(problem="not_a_percentage")


def _text(text: str) -> Value:
    return NOTHING if is_nothing(text) else Value(text)


READERS: dict[str, Callable[[str], Value]] = {
    "count": values.count,
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
        return language.read(text, "number", values.money)
    if kind in OF_WORDS:
        plain = language.plain(text, "word").text
        return NOTHING if is_nothing(plain) else Value(plain if kind == "term" else text)
    value = language.read(text, HOLDS[kind], READERS[kind])
    if value.problem and (shorter := without_remark(text)):
        return language.read(shorter, HOLDS[kind], READERS[kind])
    return value


_remembered = lru_cache(16_384)(_read)
