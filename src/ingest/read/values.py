"""Read values from text: counts, percentages, points, money, dates, yes and no.

Each reader takes the text as a page shows it and returns a :class:`Value`. A dash is nothing (``NOTHING``). A text that
cannot be read, or can be read in two ways, has a snake_case reason in ``problem`` and no value: a wrong value is worse
than a missing one. ``low`` and ``high`` bound what a rounded text can mean.
"""

from __future__ import annotations

import re
from datetime import date
from functools import lru_cache
from typing import Any, NamedTuple


class Value(NamedTuple):
    """A value that was read, or why it was not.

    ``value`` is None for a dash (``problem`` None too) and for a text that could not be read. ``unit`` is
    ``percent``, ``points`` or ``elo`` of a score, the ISO code of a currency, the precision of a date. ``margin`` is
    what stands behind ± in a score.
    """

    value: Any = None
    low: float | None = None
    high: float | None = None
    unit: str | None = None
    problem: str | None = None
    stderr: float | None = None
    margin: float | None = None
    per: str | None = None


NOTHING = Value()

# What pages write where they state nothing.
_NOTHING = frozenset(
    (
        *("", "-", "–", "—", "−", "‐", "‑", "‒", "―", "--", "---", "––", "——", "?", "…", "...", "."),
        *("n/a", "n.a.", "n.a", "na", "n\\a", "none", "null", "nil", "nan", "tbd", "tba", "tbc", "unknown"),
        "not available",
        "not applicable",
        "not stated",
        "not specified",
        "not disclosed",
        "undisclosed",
        "unspecified",
        "to be announced",
        "to be determined",
        "no data",
        "(none)",
        "(unknown)",
    )
)
# Other minus signs, and the wide forms that letters, digits and signs have in Chinese and Japanese text.
_PLAIN = str.maketrans("−–—‑‒￥", "-----¥") | {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)}
_SCALES = {
    "": 1,
    "k": 10**3,
    "thousand": 10**3,
    "m": 10**6,
    "mn": 10**6,
    "mio": 10**6,
    "million": 10**6,
    "b": 10**9,
    "bn": 10**9,
    "billion": 10**9,
    "t": 10**12,
    "tn": 10**12,
    "trillion": 10**12,
}
# Digits in groups of three (commas or spaces) of which the first is no zero, or plain ones; then a fraction behind a
# point. "0,150" has no group before the comma: it is a fraction, written with a comma, and no page mixes the two.
_NUMBER = r"([1-9][0-9]{0,2}(?:[, ][0-9]{3})+|[0-9]{1,30})(?:\.([0-9]{1,20}))?|\.([0-9]{1,20})"
_COUNT = re.compile(rf"([-+]?) ?(?:{_NUMBER}) ?([a-z]{{0,9}})(?: (?:tokens?|parameters?|params?))?")
_SCORE = re.compile(
    rf"(?:(elo):? )?([-+]?) ?(?:{_NUMBER}) ?(%|percent|points?|pts|elo)?"
    rf"(?: ?\(?(?:±|\+/-|\+-) ?([0-9]{{1,9}}(?:\.[0-9]{{1,9}})?) ?(%|points?|pts)?\)?)?(?: ?/ ?(100|10|1)(?:\.0)?)?"
    r" ?[*†‡]{0,2}"
)
# What may stand before the number of a score, and the words that may stand around it.
_SCORE_SIGNS = "<>≤≥=~≈∼±+-↑↓#. "
_SCORE_LEADS = frozenset(("elo", "rank", "top", "score"))
_SCORE_WORDS = _SCORE_LEADS.union(
    ("percent", "pct", "pp", "pts", "pt", "points", "point", "x", "e", "ci", "of", "out", "th", "st", "nd", "rd"),
    ("s", "sec", "secs", "min", "mins", "h", "hr", "hrs", "ms"),
)
_NO_NUMBER = frozenset(("nan", "inf", "undefined", "null"))
# A score and what stands behind it in brackets: "65.0% (pass@1)".
_LONGEST_SCORE = 40

_MONEY = re.compile(
    rf"([-+]?) ?(us\$|usd|\$|€|eur|£|gbp|¥|cny|rmb|jpy|inr|₹)? ?([-+]?) ?(?:{_NUMBER})"
    r" ?(¢|cents?|usd|us\$|\$|€|eur|£|gbp|cny|rmb)?(?: ?(?:/|per) ?(.{1,40}))?"
)
_CURRENCIES = {
    "us$": "USD",
    "usd": "USD",
    "$": "USD",
    "€": "EUR",
    "eur": "EUR",
    "£": "GBP",
    "gbp": "GBP",
    "cny": "CNY",
    "rmb": "CNY",
    "jpy": "JPY",
    "inr": "INR",
    "₹": "INR",
}
# Where the two sizes of a mixture of experts part, and the words that say which is which.
_PARTS = re.compile(r" ?[(;/|] ?|, (?=[0-9a-z])| with | and ")
_ACTIVE = re.compile(r"\b(?:active|activated)\b")
_PART_WORDS = re.compile(r"\b(?:in )?(?:total|active|activated|parameters|params|per token)\b:?")
_PER = re.compile(
    r"([0-9]{1,3}(?:,[0-9]{3}){1,3}|[0-9]{0,12})? ?(?:(k|m|thousand|million|1k|1m)(?![a-z]))? ?"
    r"(?:(?:input|output|prompt|completion|text|cached|generated) )?([a-z]{0,20})"
)
_PER_NOUNS = {
    "token": "token",
    "tokens": "token",
    "tok": "token",
    "toks": "token",
    "character": "character",
    "characters": "character",
    "chars": "character",
    "request": "request",
    "requests": "request",
    "call": "request",
    "calls": "request",
    "image": "image",
    "images": "image",
    "img": "image",
    "sec": "second",
    "min": "minute",
    "hr": "hour",
    "second": "second",
    "seconds": "second",
    "minute": "minute",
    "minutes": "minute",
    "hour": "hour",
    "hours": "hour",
    "page": "page",
    "pages": "page",
    "query": "query",
    "queries": "query",
    "search": "search",
    "searches": "search",
    "session": "session",
    "sessions": "session",
    "month": "month",
    "year": "year",
}
_MONTH_NAMES = "January February March April May June July August September October November December"
_MONTHS = {
    name[:length]: number
    for number, name in enumerate(_MONTH_NAMES.lower().split(), 1)
    for length in range(3, len(name) + 1)
    if length in (3, len(name)) or name[:length] == "sept"
}
_DATE_WORDS = re.compile(r"[a-z]{1,12}|[0-9]{1,4}")
_ISO_TIME = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2})[t ][0-9]{2}:[0-9]{2}[0-9:.]{0,16}(?: ?z| ?utc|[+-][0-9]{2}:?[0-9]{2})?"
)
_WORDS = re.compile(r"[^\W\d_]{1,40}")
_DIGITS = frozenset("0123456789")
_YES = frozenset(("yes", "true", "y", "✓", "✔", "✅", "☑", "supported", "on"))
_NO = frozenset(("no", "false", "n", "✗", "✘", "❌", "✕", "×", "not supported", "unsupported", "off"))

# No value of these kinds is longer; a longer text is prose and is not tried.
_LONGEST = 100


def is_nothing(text: str) -> bool:
    """Whether ``text`` is a dash or another way to state nothing."""
    return len(text) < 20 and text.lower() in _NOTHING


@lru_cache(8192)
def count(text: str) -> Value:  # noqa: PLR0911 - one reason each
    """``1.0M`` as 1,000,000 (950,000 to 1,050,000); ``1,047,576`` exactly.

    A number with a scale word is rounded to its last shown digit; one that is written out is exact.
    """
    if is_nothing(text):
        return NOTHING
    plain = _plain(text)
    found = _COUNT.fullmatch(plain) if plain is not None else None
    if not found:
        return Value(problem="unreadable_count")
    sign, whole, fraction, bare, scale = found.groups()
    if scale in ("token", "tokens", "parameter", "parameters", "params", "param"):
        scale = ""
    if scale not in _SCALES:
        return Value(problem="unknown_scale")
    factor = _SCALES[scale]
    exact, step = _exact(whole, fraction or bare)
    if factor == 1 and len(fraction or "") == 3:
        # "128.000" is a hundred and twenty-eight thousand on many pages of the world.
        return Value(problem="ambiguous_number")
    if (fraction or bare) and factor == 1 and exact % step:
        return Value(problem="fraction_of_a_unit")
    number = exact * factor // step
    if exact * factor % step:
        return Value(problem="fraction_of_a_unit")
    if sign == "-":
        return Value(problem="negative_count")
    if number >= 2**63:
        return Value(problem="count_too_large")
    half = 0.0 if factor == 1 else factor / step / 2
    return Value(number, number - half, number + half)


@lru_cache(16384)
def score(text: str) -> Value:
    """``65.0%`` as 65.0 percent (64.95 to 65.05); ``1977`` as points; ``65.0 ± 1.2%`` with its margin.

    A margin may be a standard error or half of an interval (see :mod:`ingest.read.margins`).

    ``7.3 / 10`` and ``0.73 / 1`` keep their number, in points; ``/ 100`` is a percentage.
    """
    if is_nothing(text):
        return NOTHING
    plain = _plain(text)
    found = _SCORE.fullmatch(plain) if plain is not None else None
    if not found:
        return Value(problem="unreadable_score")
    lead, sign, whole, fraction, bare, unit, error, error_unit, of = found.groups()
    unit = unit or lead
    shown, step = _exact(whole, fraction or bare)
    number = shown / step
    half = 0.5 / step
    if sign == "-":
        number = -number
    percent = unit in ("%", "percent") or error_unit == "%"
    if percent and of:
        return Value(problem="two_units")
    kind = "percent" if percent or of == "100" else "elo" if unit == "elo" else "points"
    return Value(
        number,
        _tidy(number - half),
        _tidy(number + half),
        kind,
        margin=float(error) if error else None,
    )


@lru_cache(16384)
def is_like_score(text: str) -> bool:
    """Whether a text has the look of a score, readable or not: ``<1%``, ``65,0%``, ``65.0% (pass@1)``, ``NaN%``.

    A number with signs and units around it and no other words. Readers need it to see where a result ends that
    has no score they could trust.
    """
    plain = _plain(text) if len(text) <= _LONGEST_SCORE else None
    if not plain:
        return False
    if plain.endswith((")", "]")):
        plain = re.split(r" ?[(\[]", plain, maxsplit=1)[0] or plain
    words = _WORDS.findall(plain)
    if plain.endswith("%") and len(words) == 1 and words[0] in _NO_NUMBER:
        return True
    if not all(word in _SCORE_WORDS for word in words) or not any(sign in _DIGITS for sign in plain):
        return False
    start = plain.lstrip(_SCORE_SIGNS)[:1]
    return start in _DIGITS or (bool(words) and plain.startswith(words[0]) and words[0] in _SCORE_LEADS)


@lru_cache(8192)
def money(text: str) -> Value:
    """``$0.40`` as 0.4 USD (0.395 to 0.405); ``unit`` is the currency, ``per`` what the text names behind it.

    A number without a currency, and the yen or yuan sign that two currencies share, are problems.
    """
    if is_nothing(text):
        return NOTHING
    plain = _plain(text)
    if plain in ("free", "free of charge", "$0"):
        return Value(0.0, 0.0, 0.0, "USD")
    found = _MONEY.fullmatch(plain) if plain is not None else None
    if not found:
        return Value(problem="unreadable_price")
    sign, before, sign2, whole, fraction, bare, after, per = found.groups()
    if before and after and after not in ("¢",) and _CURRENCIES.get(before) != _CURRENCIES.get(after):
        return Value(problem="two_currencies")
    name = before or after
    cents = name in ("¢", "cent", "cents")
    currency = "USD" if cents else _CURRENCIES.get(name or "")
    if currency is None:
        return Value(problem="currency_ambiguous" if name else "currency_missing")
    shown, step = _exact(whole, fraction or bare)
    if cents:
        step *= 100
    number = shown / step
    half = 0.5 / step if (fraction or bare or cents) else 0.0 if shown == 0 else 0.5 / step
    if "-" in (sign, sign2):
        number = -number
    return Value(number, _tidy(number - half), _tidy(number + half), currency, per=per)


@lru_cache(1024)
def per_unit(text: str) -> tuple[str, float] | None:
    """What a price is for: ``1M tokens`` as (``per_million_tokens``, 1.0), ``1K tokens`` with factor 1000.

    The factor turns the stated amount into one for the unit. None where the text names no unit that is known.
    """
    found = _PER.fullmatch(text.lower().strip())
    if not found:
        return None
    digits, scale, noun = found.groups()
    amount = int(digits.replace(",", "")) if digits else 1
    amount *= _SCALES.get(scale or "", 1)
    if not scale and noun[:1] in ("k", "m") and _PER_NOUNS.get(noun[1:]) == "token":
        amount *= _SCALES[noun[0]]
        noun = "tokens"
    if not noun and scale in ("m", "million") and amount == 10**6:
        noun = "tokens"
    thing = _PER_NOUNS.get(noun)
    if thing is None or amount == 0:
        return None
    if thing in ("token", "character"):
        return f"per_million_{thing}s", 10**6 / amount
    return f"per_{thing}", 1 / amount


@lru_cache(8192)
def sizes(text: str) -> tuple[Value, Value]:
    """The size of a model and what one token uses of it: ``671B total, 37B active``, ``405B (37B active)``.

    Two values as :func:`count` gives them; the second is ``NOTHING`` where the text names one size only.
    """
    plain = _plain(text)
    pieces = [piece.strip(" )") for piece in _PARTS.split(plain)] if plain else []
    if len(pieces) == 2:
        active = [piece for piece in pieces if _ACTIVE.search(piece)]
        if len(active) == 1:
            total = pieces[1 - pieces.index(active[0])]
            read = [count(_PART_WORDS.sub("", piece).strip()) for piece in (total, active[0])]
            if all(value.value for value in read) and read[1].value <= read[0].value:
                return read[0], read[1]
    return count(text), NOTHING


@lru_cache(8192)
def day(text: str) -> Value:
    """``April 14, 2025``, ``14 Apr 2025``, ``2025-04-14``, ``April 2025``, ``2025`` as a date.

    ``value`` is the first day of the period, ``unit`` its precision: ``day``, ``month`` or ``year``. A date
    written in numbers with slashes or points is read only where just one order is possible.
    """
    if is_nothing(text):
        return NOTHING
    plain = _plain(text)
    if plain is None:
        return Value(problem="unreadable_date")
    timed = _ISO_TIME.fullmatch(plain)
    if timed:
        plain = timed.group(1)
    words = _DATE_WORDS.findall(plain)
    rest = _DATE_WORDS.sub("", plain).translate(_DATE_GLUE)
    if rest or not 1 <= len(words) <= 5:
        return Value(problem="unreadable_date")
    words = [w for w in words if w not in _DATE_FILLERS]
    letters = [w for w in words if w.isalpha()]
    numbers = [w for w in words if not w.isalpha()]
    if not letters:
        return _numeric_day(plain, numbers)
    letters = [w for w in letters if w not in _ORDINALS]
    if len(letters) == 1 and letters[0] in _MONTHS:
        month = _MONTHS[letters[0]]
        years = [n for n in numbers if len(n) == 4]
        days = [n for n in numbers if len(n) <= 2]
        if len(years) == 1 and len(days) == len(numbers) - 1 and len(days) <= 1:
            return _date(int(years[0]), month, int(days[0]) if days else None)
    return Value(problem="unreadable_date")


@lru_cache(1024)
def yes_no(text: str) -> Value:
    """``Yes``, ``true`` or a tick as True, ``No``, ``false`` or a cross as False."""
    if is_nothing(text):
        return NOTHING
    plain = text.lower()
    if plain in _YES:
        return Value(True)
    return Value(False) if plain in _NO else Value(problem="unreadable_yes_or_no")


_WEEKDAY_NAMES = "monday tuesday wednesday thursday friday saturday sunday"
_WEEKDAYS = frozenset(word for name in _WEEKDAY_NAMES.split() for word in (name, name[:3]))
_ORDINALS = frozenset(("st", "nd", "rd", "th"))
_DATE_FILLERS = frozenset(("of", "the")) | _WEEKDAYS
_DATE_GLUE = {ord(c): None for c in " ,./-"}
_ISO_DAY = re.compile(r"[0-9]{4}([-/.])[0-9]{1,2}(?:\1[0-9]{1,2})?")


def _numeric_day(plain: str, numbers: list[str]) -> Value:
    if len(numbers) == 1 and numbers[0] == plain:
        return _date(int(plain), None, None) if len(plain) == 4 else Value(problem="unreadable_date")
    if _ISO_DAY.fullmatch(plain):
        return _date(int(numbers[0]), int(numbers[1]), int(numbers[2]) if len(numbers) == 3 else None)
    if len(numbers) == 3 and len(numbers[2]) == 4 and max(len(n) for n in numbers[:2]) <= 2:
        first, second, year = map(int, numbers)
        if first <= 12 and second <= 12 and first != second:
            return Value(problem="ambiguous_date")
        # "31.12.2024" and "12/31/2024": only one of the two numbers can be a month.
        return _date(year, second, first) if first > 12 else _date(year, first, second)
    if len(numbers) == 2 and len(numbers[1]) == 4 and len(numbers[0]) <= 2:
        return _date(int(numbers[1]), int(numbers[0]), None)
    return Value(problem="unreadable_date")


def _date(year: int, month: int | None, day_: int | None) -> Value:
    if not 1900 <= year <= 2200:
        return Value(problem="year_out_of_range")
    try:
        value = date(year, month or 1, day_ or 1) if day_ != 0 and month != 0 else None
    except ValueError:
        value = None
    if value is None:
        return Value(problem="no_such_date")
    return Value(value, unit="day" if day_ else "month" if month else "year")


def _plain(text: str) -> str | None:
    """Lower case, plain minus signs, single spaces, no approximation mark; None for prose."""
    if len(text) > _LONGEST:
        return None
    return " ".join(text.lower().translate(_PLAIN).split())


def _exact(whole: str | None, fraction: str | None) -> tuple[int, int]:
    """The shown number as an integer and the power of ten that it is shown in: 65.04 is (6504, 100)."""
    digits = (whole or "0").replace(",", "").replace(" ", "")
    fraction = fraction or ""
    return int(digits + fraction), int(10 ** len(fraction))


def _tidy(number: float) -> float:
    """Without the noise of binary fractions: 64.95, not 64.950000000000003."""
    return float(f"{number:.12g}")
