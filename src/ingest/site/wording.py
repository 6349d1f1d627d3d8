"""How values are written on a page."""

from __future__ import annotations

from datetime import date
from typing import Any

from ingest.report.text import printable

LONGEST = 300
"""Characters of a text of a source in a cell; the rest is named and left out."""


def shown(text: object, longest: int = LONGEST) -> str:
    """A text of a source: what is invisible is written as an escape, what is too long is cut and says so."""
    whole = printable(str(text))
    if len(whole) <= longest:
        return whole
    return f"{whole[:longest]}… (cut here: {len(whole):,} characters)"


def value(item: Any) -> str:
    """A value of any column.

    >>> value(1047576), value(["image", "text"]), value(None), value(True), value(0.1 + 0.2)
    ('1,047,576', 'image, text', '–', 'yes', '0.3')
    """
    match item:
        case bool():
            told = "yes" if item else "no"
        case int():
            told = f"{item:,}"
        case float():
            told = f"{item:,.10g}"
        case None | date():
            told = day(item)
        case list() | tuple():
            told = ", ".join(value(each) for each in item) or "–"
        case _:
            told = shown(item)
    return told


def day(moment: date | None) -> str:
    """A day as ISO 8601; of a time, its day in UTC."""
    return "–" if moment is None else moment.isoformat()[:10]


def usd(amount: float | None) -> str:
    """A price in dollars, with as many digits as it needs.

    >>> usd(0.4), usd(15.0), usd(0.0000123), usd(None)
    ('$0.40', '$15.00', '$0.0000123', '–')
    """
    if amount is None:
        return "–"
    if amount == 0 or abs(amount) >= 0.1:
        return f"${amount:,.2f}"
    text = f"{amount:.3g}"
    return f"${amount:.10f}".rstrip("0") if "e" in text else f"${text}"


_UNITS = {"percent": "%", "usd": " USD"}


def score(number: float | None, unit: str | None) -> str:
    """A result with its unit.

    >>> score(65.0, "percent"), score(1342.5, "elo"), score(None, "percent")
    ('65%', '1342.5 elo', '–')
    """
    if number is None:
        return "–"
    return f"{number:.6g}" + _UNITS.get(unit or "", f" {shown(unit, 40)}" if unit else "")


def tokens(count: int | None) -> str:
    """A number of tokens or parameters in short.

    >>> tokens(1047576), tokens(128000), tokens(70_600_000_000), tokens(None)
    ('1.05M', '128K', '70.6B', '–')
    """
    if count is None:
        return "–"
    for size, letter in ((10**12, "T"), (10**9, "B"), (10**6, "M"), (10**3, "K")):
        if count >= size:
            return f"{count / size:.3g}{letter}"
    return str(count)


def factor(number: float | None) -> str:
    """How a price changed: times, or percent where it is little.

    >>> factor(0.5), factor(3.0), factor(1.1), factor(None)
    ('−50%', '× 3', '+10%', '–')
    """
    if number is None:
        return "–"
    if number >= 2:
        return f"× {number:.3g}"
    percent = (number - 1) * 100
    return f"{'+' if percent > 0 else '−'}{abs(percent):.3g}%"
