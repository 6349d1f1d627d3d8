"""Doubts about the units of a source: prices and counts that are likely a thousand or a million times off."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from statistics import median

import duckdb

from ingest.read.plausible import TOKENS, known_prices
from ingest.records.document import Entry

_ENOUGH = 2
"""One price or count alone may be a strange one."""

_FEWEST_TOKENS = 1000
"""No file has windows that are mostly smaller; a smaller one is in thousands."""

_FAR = 30
"""Sources that give one price in one unit differ by less. A slip of a unit is a hundred times or more."""

_OTHERS = """
    SELECT mine.kind, mine.usd_per_million_tokens / other.usd_per_million_tokens
    FROM prices AS mine JOIN prices AS other ON other.model_id = mine.model_id AND other.kind = mine.kind
        AND other.version IS NOT DISTINCT FROM mine.version AND other.source <> mine.source
    WHERE mine.source = ? AND mine.tier IS NULL AND other.tier IS NULL AND mine.kind IN ('input', 'output')
        AND mine.usd_per_million_tokens > 0 AND other.usd_per_million_tokens > 0
"""


def doubts_of_units(entries: Sequence[Entry]) -> list[str]:
    """Sentences that say that the prices or the windows of a file are likely in another unit than its rules say."""
    prices = [
        price.amount
        for entry in entries
        for price in entry.prices
        if price.amount and price.unit == TOKENS and price.currency == "USD" and price.kind in ("input", "output")
    ]
    windows = [
        stated.value
        for entry in entries
        for stated in entry.stated
        if stated.field == "context_tokens" and isinstance(stated.value, int)
    ]
    found = []
    usual = known_prices().file
    if len(prices) >= _ENOUGH and not usual.least <= median(prices) <= usual.most:
        found.append(
            f"half of the {len(prices)} prices are {_side(median(prices), usual.least)} {median(prices):g} USD for a "
            f"million tokens; files have {usual.least:g} to {usual.most:g}: is `per` right?"
        )
    if len(windows) >= _ENOUGH and median(windows) < _FEWEST_TOKENS:
        found.append(
            f"half of the {len(windows)} windows are at most {median(windows):g} tokens: are they in thousands "
            "(`times: 1000`)?"
        )
    return found


def doubts_against_others(connection: duckdb.DuckDBPyConnection, source: str) -> list[str]:
    """A sentence where the prices of a source are far from those of the same models in other sources."""
    rows = connection.execute(_OTHERS, [source]).fetchall()
    return _far([ratio for _, ratio in rows])


def _far(ratios: Iterable[float]) -> list[str]:
    ratios = list(ratios)
    if len(ratios) < _ENOUGH or 1 / _FAR < (usual := median(ratios)) < _FAR:
        return []
    times, side = (usual, "more") if usual > 1 else (1 / usual, "less")
    return [f"prices are {times:,.0f} times {side} than in other sources ({len(ratios)} compared): is `per` right?"]


def _side(value: float, least: float) -> str:
    return "at most" if value < least else "at least"
