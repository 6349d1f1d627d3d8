"""Find the decimal sign of a writer from all values of one page or file.

``0,150`` alone may be a slip. If it stands beside ``0,60`` and ``86,3%``, and no value has a point before its fraction,
the writer uses a decimal comma: then ``1,250`` is one and a quarter, and ``131.072`` is a count.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Literal

from ingest.read.remembered import remembered

Sign = Literal[",", "."]

_VALUE = re.compile(
    r"(?:us\$|usd|[$€£¥₹]|eur)? ?([0-9][0-9.,]{0,20}) ?(?:%|[$€£]|usd|eur|[kmbt]|tokens?|points?)?"
    r"(?: ?(?:/|per) ?.{1,30})?",
    re.IGNORECASE,
)
_LONGEST = 60
_THOUSANDS = 3


def decimal_sign(texts: Iterable[str]) -> Sign | None:
    """The decimal sign that some values show; None if none shows one, or if they show both.

    >>> decimal_sign(["$0,60", "86,3%", "1,250"]), decimal_sign(["$0.60", "87,5 %"]), decimal_sign(["128,000"])
    (',', None, None)
    """
    shown = {sign for text in texts if len(text) <= _LONGEST and (sign := _shown(text))}
    return shown.pop() if len(shown) == 1 else None


def with_commas(texts: Iterable[str]) -> int:
    """How many of some values have a comma before their fraction; 0 where one shows with its comma that it has none.

    >>> with_commas(["$0,60", "86,3%", "$1.10"]), with_commas(["$0,60", "1,048,576"])
    (2, 0)
    """
    shown = [_shown(text) for text in texts if "," in text and len(text) <= _LONGEST]
    return 0 if "." in shown else shown.count(",")


def with_point(number: str) -> str:
    """A number with a decimal comma, rewritten with a decimal point and without separators of thousands.

    >>> with_point("1,250"), with_point("131.072"), with_point("1.250,5")
    ('1.250', '131072', '1250.5')
    """
    return number.replace(".", "").replace(",", ".")


@remembered
def _shown(text: str) -> Sign | None:
    """The decimal sign of one value, if it cannot be a separator of thousands."""
    found = _VALUE.fullmatch(text.strip())
    number = found[1].rstrip(".,") if found else ""
    commas, points = number.count(","), number.count(".")
    if commas and points:
        last: Sign = "," if number.rfind(",") > number.rfind(".") else "."
        return last if number.count(last) == 1 else None
    if commas + points > 1:
        return "." if commas else ","
    if commas + points == 0:
        return None
    whole, _, behind = number.replace(",", ".").partition(".")
    is_group = len(behind) == _THOUSANDS and whole != "0" and len(whole) <= _THOUSANDS
    return None if is_group else "," if commas else "."
