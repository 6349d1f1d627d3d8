"""The chosen value: which of the claims of a field ``models`` holds, and why.

Claims that can all be true given their rounding are one value, and the most precise of them is chosen. Beyond that, in
this order: an override of reviewed data; the maker's own statement before that of an aggregator; the fresh before the
stale; the many before the one; the last seen; then a fixed order, so that the answer never depends on the order of
loading. ``claims.rule`` names what decided. A source last seen 90 or more days before a claim does not support it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple

from ingest.knowledge import FOLDER, read_yaml
from ingest.load.statements import statement

STALE_DAYS = 90
"""A claim is stale against another whose source was seen this much later. Vendors change prices and limits
within a quarter, and a feed that is fetched daily must not outvote one that is fetched weekly."""

AT = statement("choice/at", t="t")
HOLDS = statement("choice/holds", at=AT)
LAST_CAPTURES = statement("choice/last_captures", at=AT)
STANDING = statement("choice/standing", at=AT, holds=HOLDS, last_captures=LAST_CAPTURES)
PRICE_FIELD = statement("choice/price_field")
OFFERED = statement("choice/offered", holds=HOLDS, last_captures=LAST_CAPTURES, field=PRICE_FIELD)
WEIGHED = statement(
    "choice/weighed",
    rivals=statement("choice/rivals", these="(FROM standing WHERE contested)"),
    stale_days=str(STALE_DAYS),
    agree_all=statement("choice/agree", one="c", other="o"),
    agree_best=statement("choice/agree", one="p", other="b.best"),
)
"""Parts of the macros; the file of each says what it is."""

_COLUMNS = "id, model_id, version, field, value, number, low, high, unit, source, scope, entry, valid_from, until"


def chosen(standing: str) -> str:
    """The query for what stands at a time, with ``chosen`` and ``rule``; in: :data:`STANDING` or :data:`OFFERED`."""
    return statement(
        "choice/choose",
        standing=standing,
        weighed=WEIGHED,
        same=statement("choice/rivals", these="(FROM alike WHERE times > 1)"),
        columns=_COLUMNS,
    )


class Weights(NamedTuple):
    """Rows for ``internal.source_trust`` (source, field or ``*``, rank) and ``internal.overrides``."""

    trust: list[tuple[str, str, int]]
    overrides: list[tuple[str, str, str, str]]


def weights(names: Iterable[str], settings_of: Callable[[str], Mapping[str, Any]]) -> Weights:
    """What ``choice.yaml`` and the settings of the named sources say of whom to believe."""
    rules = read_yaml(FOLDER / "choice.yaml")
    ranks = rules["trust"]
    trust = [(name, "*", 100 * ranks.get(settings_of(name).get("trust"), ranks["unknown"])) for name in names]
    for order in rules["field_order"]:
        trust += [(source, order["field"], place) for place, source in enumerate(order["sources"])]
    overrides = [(o["model_id"], o["field"], o["source"], o["reason"]) for o in rules["overrides"]]
    return Weights(trust, overrides)
