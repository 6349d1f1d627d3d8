"""Split the condition of a price into its parts: above how many tokens, in which region, for which service.

Readers write these words (``input > 200000 tokens, batch, region eu``). With the parts, analysts need not filter by
text.
"""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date

from ingest.records.document import Price

_ABOVE = re.compile(r"input > ([0-9]{1,12}) tokens|input ([0-9]{1,12})-[0-9]{1,12} tokens")
_DAY = re.compile(r"\b(from|until) ([0-9]{4}-[0-9]{2}-[0-9]{2})\b")
_SERVICES = ("batch", "flex", "priority")


def parts_of(price: Price) -> Price:
    """The price with the parts of its tier beside it; as it is where it has no tier or has them already.

    >>> price = parts_of(Price("input", 1.0, "1", "/0", tier="input > 200000 tokens, priority"))
    >>> price.tier_above_tokens, price.tier_service
    (200000, 'priority')
    """
    if price.tier is None:
        return price
    above = _ABOVE.search(price.tier)
    words = price.tier.split(", ")
    days = {name: date.fromisoformat(day) for name, day in _DAY.findall(price.tier) if _is_day(day)}
    return replace(
        price,
        tier_above_tokens=int(above[1] or above[2]) if above else price.tier_above_tokens,
        tier_region=next((w.removeprefix("region ") for w in words if w.startswith("region ")), price.tier_region),
        tier_service=next((w for w in words if w in _SERVICES), price.tier_service),
        tier_from=days.get("from", price.tier_from),
        tier_until=days.get("until", price.tier_until),
    )


def _is_day(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True
