"""Prices that contradict what is known of their model, or each other: a unit error never passes in silence.

What is found keeps its amount and gets a ``problem``, so it shows in quarantine beside its reason.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from math import inf
from statistics import median

from ingest.records.document import Entry, Price

_SIZE = re.compile(r"(?<![a-z0-9.])([0-9]{1,3}(?:\.[0-9]{1,2})?)b(?![a-z0-9])")

_SMALL = 40.0
"""Billions of parameters up to which a model counts as small."""

_DEAREST_SMALL = 50.0
"""Dollars for a million tokens: the dearest small model known costs a tenth of it; one that was written for a thousand
tokens instead of one costs more."""

_CHEAPEST = {
    "per_million_tokens": 0.0005,
    "per_image": 1e-5,
    "per_query": 1e-5,
    "per_search": 1e-5,
    "per_request": 1e-5,
}
"""Dollars: half of the cheapest known, of tokens 0.001 a million, of an image 0.00002. A cheaper price is that of
another unit: of one token where a million are meant, of a token where an image is."""

_LIKELY = (0.01, 100.0)
"""Between which the median of a file's prices of one kind lies, in dollars for a million tokens: those known are 0.3 to
4. A file in which it does not was written in another unit."""

_ENOUGH = 10
"""Prices of which a median says something."""

_RATIOS = {
    "output": (1 / 50, 300.0),
    "batch_output": (1 / 50, 300.0),
    "reasoning": (1 / 50, 300.0),
    "cached_input": (1 / 200, 10.0),
    "cache_write": (1 / 50, 50.0),
    "batch_input": (1 / 20, 5.0),
}
"""How many times a price may be that of the same entry's input. Those known are a sixteenth to a hundred (pictures as
output), and for what is read from a cache a hundredth to one."""

_SAME_HAND = 100
"""A price this many times smaller than a wrong one was not written in its unit."""


def doubt_prices(entry: Entry, dearest: float | None = None) -> None:
    """Mark prices of an entry that cannot be meant, and those that were written beside them in the same unit.

    ``dearest`` is the most that a million tokens of such a model can cost, where the source says what it is.
    """
    limits = [limit for limit in (dearest, _dearest_for_size(entry)) if limit is not None]
    most = min(limits, default=inf)
    for i, price in enumerate(entry.prices):
        if price.problem is not None or not price.amount:
            continue
        too_dear = _asks_tokens(price) and price.amount > most
        if too_dear or price.amount < _CHEAPEST.get(price.unit, 0):
            entry.prices[i] = replace(price, problem="price_out_of_range")
    _doubt_siblings(entry)
    _doubt_ratios(entry)


def doubt_units(entries: Iterable[Entry]) -> None:
    """Mark the prices of a kind that all together cannot be in the unit in which the file is read."""
    kinds: dict[str, list[tuple[float, Entry, int]]] = {}
    for entry in entries:
        for i, price in enumerate(entry.prices):
            if _asks_tokens(price) and price.amount and price.kind in ("input", "output"):
                kinds.setdefault(price.kind, []).append((price.amount, entry, i))
    for found in kinds.values():
        if len(found) >= _ENOUGH and not _LIKELY[0] <= median(amount for amount, _, _ in found) <= _LIKELY[1]:
            for _, entry, i in found:
                if entry.prices[i].problem is None:
                    entry.prices[i] = replace(entry.prices[i], problem="unit_doubtful")


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


def _doubt_ratios(entry: Entry) -> None:
    """Of two prices that no seller sets so far apart, one is in another unit: neither can be used."""
    inputs = {p.tier: (i, p.amount) for i, p in enumerate(entry.prices) if p.kind == "input" and _counts(p)}
    for i, price in enumerate(entry.prices):
        low, high = _RATIOS.get(price.kind, (0.0, 0.0))
        if not high or not _counts(price) or price.tier not in inputs:
            continue
        at, amount = inputs[price.tier]
        if amount and price.amount and not low <= price.amount / amount <= high:
            for each in (i, at):
                entry.prices[each] = replace(entry.prices[each], problem="unit_doubtful")


def _counts(price: Price) -> bool:
    return _asks_tokens(price) and price.problem is None


def _doubt_siblings(entry: Entry) -> None:
    wrong: dict[str, float] = {}
    for price in entry.prices:
        if price.problem == "price_out_of_range" and (price.amount or 0) > _CHEAPEST.get(price.unit, 0):
            wrong[price.unit] = max(price.amount or 0, wrong.get(price.unit, 0))
    for i, price in enumerate(entry.prices):
        if price.problem is None and price.amount and price.amount * _SAME_HAND >= wrong.get(price.unit, 0) > 0:
            entry.prices[i] = replace(price, problem="unit_doubtful")
