"""Two statements of one value: how much each leaves open, and whether both can be true."""

from __future__ import annotations

import re

from ingest.records.document import Stated

# What stands behind a date and says no other one.
_REMARK = re.compile(r"(.{1,60}?)[;,]? \(?[0-9]{1,3} (?:years?|months?|days?) ago\)?")


# What a window holds in another measure of text: "128,000 tokens (about 300 pages or 96,000 words)".
_IN_PAGES = re.compile(
    r"(.{1,40}?[a-z0-9]) ?(?:\(|≈|~|(?<=tokens)[,;:]? ?(?:or|about|around|roughly|some|i\.e\.|=|–|—|-) )"
    r"(?:(?!tokens?\b)[^()]){1,80}?\b(?:pages?|words?|characters?|chars|books?|novels?|letters|lines|seiten|wörter"
    r"|zeichen|páginas|palabras|palavras|mots|caractères|страниц|слов|символов)\b(?:(?!tokens?\b)[^()]){0,40}\)?\.?",
    re.IGNORECASE,
)


def without_remark(text: str) -> str:
    """A date without how long ago it is, a count of tokens without what it is in pages or words, and a value without
    the point of its sentence; "" for any other text.

    Other remarks may doubt the value (``8B (rumoured)``).

    >>> without_remark("March 14, 2023; 2 years ago"), without_remark("128,000 tokens.")
    ('March 14, 2023', '128,000 tokens')
    >>> without_remark("128,000 tokens (about 300 pages)"), without_remark("8B (rumoured)")
    ('128,000 tokens', '')
    """
    found = _REMARK.fullmatch(text) or _IN_PAGES.fullmatch(text)
    if found:
        return found[1]
    return text[:-1] if text.endswith(".") and text[-2:-1].isalpha() else ""


def width(stated: Stated) -> float:
    """How much a stated value leaves open: the width of its rounding, or of its period in days."""
    if stated.unit:
        return {"day": 1.0, "month": 30.0, "year": 365.0}.get(stated.unit, 0.0)
    if stated.low is None or stated.high is None:
        return 0.0
    return stated.high - stated.low


def agree(one: Stated, two: Stated) -> bool:
    """Whether two values of one field can both be true, given how exact each is."""
    if None not in (one.low, one.high, two.low, two.high):
        return bool(one.low <= two.high and two.low <= one.high)  # type: ignore[operator]
    if one.unit and two.unit:
        size = {"year": 4, "month": 7, "day": 10}
        length = min(size[one.unit], size[two.unit])
        return str(one.value)[:length] == str(two.value)[:length]
    return isinstance(one.value, str) and isinstance(two.value, str) and one.value.lower() == two.value.lower()
