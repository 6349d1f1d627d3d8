"""Read values of data files as counts, days, texts, flags, lists or prices.

Each reader takes the value, its text and a map of renamed items, and returns a :class:`~ingest.read.values.Value`. A
value of another type has the ``problem`` ``unexpected_type`` and no value.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from ingest.read import values
from ingest.read.values import NOTHING, Value

UNEXPECTED = Value(problem="unexpected_type")

Reader = Callable[[Any, str, Mapping[str, str]], Value]

_UNITS: dict[str, tuple[str, Decimal]] = {
    "token": ("per_million_tokens", Decimal(10**6)),
    "thousand_tokens": ("per_million_tokens", Decimal(10**3)),
    "million_tokens": ("per_million_tokens", Decimal(1)),
    "character": ("per_million_characters", Decimal(10**6)),
    "pixel": ("per_million_pixels", Decimal(10**6)),
    "thousand_requests": ("per_request", Decimal("0.001")),
    "thousand_searches": ("per_search", Decimal("0.001")),
}
"""The warehouse's name of a source's unit, and the factor that converts its prices."""

PER = (
    *_UNITS, "image", "second", "minute", "hour", "page", "query", "search", "request", "session", "gigabyte_day",
)  # fmt: skip
"""The units for which a price may be stated."""

_LARGEST_DOUBLE = Decimal(sys.float_info.max)

MOST_TOKENS = 10**9
"""No window is larger. It is the upper end of a count of tokens that is stated as a lower bound."""

_GREATEST_SHARE = 10**6
"""No slip of a unit makes a share larger than this."""

_EXACT = re.compile(r"[-+]?(?:[0-9]{1,400}(?:\.[0-9]{0,400})?|\.[0-9]{1,400})(?:[eE][-+]?[0-9]{1,3})?")
"""Powers of ten have three digits at most: a text of ten characters may write a number of a billion digits."""

_MODALITIES = ("text", "image", "audio", "video", "pdf")


def price_of(value: Any, per: str) -> tuple[float | None, str, str | None]:
    """A price stated for each ``per`` as (amount, unit, problem), computed in decimal numbers.

    Whether such a price can be true, :mod:`ingest.read.plausible` judges.

    >>> from decimal import Decimal
    >>> price_of(Decimal("1.5e-07"), "token"), price_of("0.0000025", "token")
    ((0.15, 'per_million_tokens', None), (2.5, 'per_million_tokens', None))
    """
    unit, factor = _UNITS.get(per) or (f"per_{per}", Decimal(1))
    if isinstance(value, bool) or not isinstance(value, int | str | Decimal):
        return None, unit, "unexpected_type"
    number = exact(value.strip().removeprefix("$")) if isinstance(value, str) else Decimal(value)
    if number is None or not number.is_finite():
        return None, unit, "unreadable_price"
    amount = number * factor + 0  # no negative zero
    if amount < 0 or amount > _LARGEST_DOUBLE:
        return None, unit, "price_out_of_range"
    return float(f"{amount:.12g}"), unit, None


def text_or_none(value: Any) -> str | None:
    """A text as it is written; None for any other value, and for "N/A" and the like."""
    return value if isinstance(value, str) and not values.is_nothing(value.strip()) else None


def is_zero(value: Any) -> bool:
    """Whether a value is the number zero, written as a number or as a text."""
    number = exact(value.strip()) if isinstance(value, str) else value
    return isinstance(number, int | Decimal) and not isinstance(number, bool) and number == 0


def _plain_number(value: Any) -> int | Decimal | Value:
    """The number that a value is, or that a text writes in plain digits; else the :class:`Value` that says why not."""
    if isinstance(value, str):
        if values.is_nothing(value):
            return NOTHING
        value = exact(value.strip())
    return UNEXPECTED if isinstance(value, bool) or not isinstance(value, int | Decimal) else value


def counted(value: Any, times: int) -> Any:
    """A count in thousands or millions as a count of ones; what is no plain number stays as it is.

    >>> counted("128", 1000), counted("1,048.576", 1000), counted("128k", 1000)
    (Decimal('128000'), Decimal('1048576.000'), '128k')
    """
    given = exact(value.strip().replace(",", "")) if isinstance(value, str) else value
    return given * times if isinstance(given, int | Decimal) and not isinstance(given, bool) else value


def _count(value: Any, _text: str, _values: Mapping[str, str]) -> Value:
    """A whole number; plain digits in a text are one too."""
    given = _plain_number(value)
    if isinstance(given, Value):
        return given
    if given != int(given):
        return Value(problem="fraction_of_a_unit")
    number = int(given)
    if number < 0:
        return Value(problem="negative_count")
    return Value(number, float(number), float(number)) if number < 2**63 else Value(problem="count_too_large")


def _known(value: Any, _text: str, renamed: Mapping[str, str]) -> Value:
    """One of the words that ``values`` names. Another word has no meaning for a column."""
    return Value(renamed[value]) if isinstance(value, str) and value in renamed else NOTHING


def _at_least(value: Any, text: str, renamed: Mapping[str, str]) -> Value:
    """A lower bound of a count: a window is at least as large as the largest input that it takes."""
    given = _count(value, text, renamed)
    return given if given.value is None else given._replace(high=float(MOST_TOKENS))


def _count_text(value: Any, text: str, _values: Mapping[str, str]) -> Value:
    """A count that a table writes as text: ``1,047,576``, ``1.0M``."""
    return values.count(text.strip()) if isinstance(value, str) else UNEXPECTED


def _day(value: Any, text: str, _values: Mapping[str, str]) -> Value:
    if isinstance(value, date):
        return Value(value, unit="day")
    if isinstance(value, bool) or not isinstance(value, str | int):
        return UNEXPECTED
    return values.day(text.strip())


def _number(value: Any, _text: str, _values: Mapping[str, str]) -> Value:
    """A number of any kind; plain digits in a text are one too."""
    given = _plain_number(value)
    if isinstance(given, Value):
        return given
    return Value(float(given)) if abs(Decimal(given)) <= _LARGEST_DOUBLE else Value(problem="number_too_large")


def _epoch_day(value: Any, _text: str, _values: Mapping[str, str]) -> Value:
    """Seconds since 1970 as the day in UTC."""
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        return UNEXPECTED
    if not 0 <= value < 10**11:
        return Value(problem="year_out_of_range")
    return Value(datetime.fromtimestamp(int(value), UTC).date(), unit="day")


def _text(value: Any, _text: str, renamed: Mapping[str, str]) -> Value:
    if not isinstance(value, str):
        return UNEXPECTED
    text = value.strip()
    return Value(renamed.get(text, text)) if text and not values.is_nothing(text) else NOTHING


def _flag(value: Any, _text: str, _values: Mapping[str, str]) -> Value:
    """True or false, as such or as words. A number may mean anything."""
    if isinstance(value, str):
        if values.is_nothing(value):
            return NOTHING
        value = {"true": True, "false": False}.get(value.strip().lower())
    return Value(value) if isinstance(value, bool) else UNEXPECTED


def _present(value: Any, _text: str, _values: Mapping[str, str]) -> Value:
    """True if a link or id is there. An empty one states nothing."""
    if not isinstance(value, str):
        return UNEXPECTED
    return NOTHING if values.is_nothing(value.strip()) else Value(True)


def _modalities(value: Any, _text: str, renamed: Mapping[str, str]) -> Value:
    """A list of modalities in the order text, image, audio, video, pdf, others; an empty list says nothing."""
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        return UNEXPECTED
    named = {renamed.get(item, item) for item in map(str.lower, value) if item}
    rank = {name: i for i, name in enumerate(_MODALITIES)}
    return Value(sorted(named, key=lambda name: (rank.get(name, len(rank)), name))) if named else NOTHING


READERS: dict[str, Reader] = {
    "count": _count,
    "count_text": _count_text,
    "number": _number,
    "day": _day,
    "epoch_day": _epoch_day,
    "text": _text,
    "known": _known,
    "at_least": _at_least,
    "flag": _flag,
    "present": _present,
    "modalities": _modalities,
}
"""How a field may be read, by the name that rules use."""

WRITTEN_AS: dict[str, tuple[type, ...]] = {
    "count": (int, Decimal), "at_least": (int, Decimal), "number": (int, Decimal), "flag": (bool,),
}  # fmt: skip
"""The usual types of a field whose reader takes texts as well. Another type fails a check, though it is read."""


def fraction_as_percent(text: str, stderr: str | None = None) -> Value:
    """A share written as a decimal number, in percent, with the bounds that its last digit allows.

    ``stderr`` stands beside the number and is written with as many digits or more, so "0.4" beside "0.01" is 0.40. An
    error of 0 was rounded away, unless the share is 0 or 1: nobody knows it then.

    >>> fraction_as_percent("0.346", "0.02")[:4], fraction_as_percent("0.346", "0.02").stderr
    ((34.6, 34.55, 34.65, 'percent'), 2.0)
    >>> fraction_as_percent("0.4", "0.01")[:3], fraction_as_percent("0.98", "0").stderr
    ((40.0, 39.5, 40.5), None)
    """
    number, error = exact(text.strip()), exact(stderr.strip()) if stderr else None
    if number is None or (stderr and error is None) or abs(number) > _GREATEST_SHARE:
        return Value(problem="unreadable_score")
    if error == 0 and 0 < number < 1:
        error = None
    half = Decimal(5).scaleb(min(_last_place(number), _last_place(error or number)) - 1 + 2)
    percent = number * 100
    low, high = float(percent - half), float(percent + half)
    return Value(float(percent), low, high, "percent", stderr=None if error is None else float(error * 100))


def _last_place(number: Decimal) -> int:
    exponent = number.as_tuple().exponent
    return exponent if isinstance(exponent, int) else 0


def exact(text: str) -> Decimal | None:
    """The number that a text writes in plain digits, a fraction and a power of ten; None where it is no such text.

    >>> exact("2.5e-06"), exact("1_000"), exact("NaN")
    (Decimal('0.0000025'), None, None)
    """
    return Decimal(text) if _EXACT.fullmatch(text) else None
