"""Prices that contradict what is known of their model, or each other: a unit error never passes in silence.

What is found keeps its amount and gets a ``problem``, so it shows in quarantine beside its reason.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace

from ingest.records.document import Entry, Price

_SIZE = re.compile(r"(?<![a-z0-9.])([0-9]{1,3}(?:\.[0-9]{1,2})?)b(?![a-z0-9])")

_SMALL = 40.0
"""Billions of parameters up to which a model counts as small."""

_DEAREST_SMALL = 50.0
"""Dollars for a million tokens: the dearest small model known costs a tenth of it; one that was written for a thousand
tokens instead of one costs more."""

_SAME_HAND = 100
"""A price this many times smaller than a wrong one was not written in its unit."""


def doubt_prices(entry: Entry, dearest: float | None = None) -> None:
    """Mark prices of an entry that cannot be meant, and those that were written beside them in the same unit.

    ``dearest`` is the most that a million tokens of such a model can cost, where the source says what it is.
    """
    limits = [limit for limit in (dearest, _dearest_for_size(entry)) if limit is not None]
    most = min(limits, default=None)
    for i, price in enumerate(entry.prices):
        if most is not None and _asks_tokens(price) and price.problem is None and (price.amount or 0) > most:
            entry.prices[i] = replace(price, problem="price_out_of_range")
    _doubt_siblings(entry)


def contradict(entries: Iterable[Entry]) -> None:
    """Mark prices of one file that ask two amounts for one thing of one key: neither can be used."""
    places: dict[tuple[str | None, ...], list[tuple[Entry, int]]] = {}
    for entry in entries:
        if entry.source_key is None:
            continue
        for i, price in enumerate(entry.prices):
            if price.problem is None and price.amount is not None:
                key = (entry.source_key, price.provider, price.kind, price.tier, price.unit, price.currency)
                places.setdefault(key, []).append((entry, i))
    for found in places.values():
        if len(found) > 1 and len({entry.prices[i].amount for entry, i in found}) > 1:
            for entry, i in found:
                entry.prices[i] = replace(entry.prices[i], problem="contradicting_prices")


def _dearest_for_size(entry: Entry) -> float | None:
    text = f"{entry.source_key or ''} {entry.name or ''}".lower()
    sizes = [float(size) for size in _SIZE.findall(text)]
    return _DEAREST_SMALL if sizes and max(sizes) <= _SMALL else None


def _asks_tokens(price: Price) -> bool:
    return price.unit == "per_million_tokens" and price.currency == "USD"


def _doubt_siblings(entry: Entry) -> None:
    wrong: dict[str, float] = {}
    for price in entry.prices:
        if price.problem == "price_out_of_range" and price.amount:
            wrong[price.unit] = max(price.amount, wrong.get(price.unit, 0))
    for i, price in enumerate(entry.prices):
        if price.problem is None and price.amount and price.amount * _SAME_HAND >= wrong.get(price.unit, 0) > 0:
            entry.prices[i] = replace(price, problem="unit_doubtful")
