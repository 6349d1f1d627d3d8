"""How many parameters a model has, told by its maker (``parameters.yaml``), else by the size in its name."""

from __future__ import annotations

import re
from functools import cache, lru_cache
from typing import NamedTuple

from ingest.knowledge import knowledge
from ingest.name.families_of_makers import FamilyRow, FamilyRows
from ingest.name.model_text import model_words

_TOTAL = re.compile(r"(\d{1,4}(?:\.\d{1,2})?)([bt])|([1-9]\d{1,2})(m)")
"""A whole size: "72b", "0.5b", "1t", "410m". A million alone is a window ("1m"), "8x7b" counts parts twice."""

_ACTIVE = re.compile(r"a(\d{1,3}(?:\.\d{1,2})?)(b)")
_NO_TOTAL = re.compile(r"\d{1,3}x\d{1,4}(?:\.\d{1,2})?b|\d{1,3}e|e\d{1,2}b")
"""Words beside which a size is not that of the whole: "8x7b" and "16e" count experts, "e4b" what is held in memory."""

_UNITS = {"m": 10**6, "b": 10**9, "t": 10**12}
_MOST = 10 * 10**12
_BELOW, _ABOVE = 0.85, 1.25
"""What a size in a name may stand for: "7b" is 6.7 of Llama, 7.6 of Qwen and 8.5 billion of Gemma."""

_STATED_BELOW, _STATED_ABOVE = 0.97, 1.03
"""What a maker's round number of a family stands for."""


class Size(NamedTuple):
    """A number of parameters, the least and most that it may stand for, and the rule that gave it."""

    parameters: int
    low: float
    high: float
    rule: str


class _Stated(FamilyRow):
    """What a maker says of all models of a family, in billions."""

    total: float
    active: float | None = None


@lru_cache(maxsize=16384)
def sizes_of(model_id: str) -> tuple[Size | None, Size | None]:
    """All parameters of a model, and those that are active for a token; None where nothing tells.

    >>> [size and size.parameters for size in sizes_of("qwen/qwen3-235b-a22b")]
    [235000000000, 22000000000]
    >>> [size and size.parameters for size in sizes_of("somebody/sparrow-8x7b")]
    [None, None]
    """
    total, active = _in_name(model_id)
    for row, family in _stated().about(model_id):
        rule = f"parameters_of_family: {family}"
        whole = _size(row.total, "b", rule, _STATED_BELOW, _STATED_ABOVE)
        part = _size(row.active, "b", rule, _STATED_BELOW, _STATED_ABOVE) if row.active else None
        return whole, part or active
    return total, active


def _in_name(model_id: str) -> tuple[Size | None, Size | None]:
    words = model_words(model_id.partition("/")[2])
    totals = {word: found for word in words if (found := _TOTAL.fullmatch(word))}
    actives = {word: found for word in words if (found := _ACTIVE.fullmatch(word))}
    total = active = None
    if len(totals) == 1 and "plus" not in words and not any(_NO_TOTAL.fullmatch(word) for word in words):
        [(word, found)] = totals.items()
        number, unit = found[1] or found[3], found[2] or found[4]
        total = _size(float(number), unit, f"parameters_of_name: {word}", _BELOW, _ABOVE)
    if len(actives) == 1:
        [(word, found)] = actives.items()
        active = _size(float(found[1]), found[2], f"active_parameters_of_name: {word}", _BELOW, _ABOVE)
    if total and active and active.parameters >= total.parameters:
        return None, None
    return total, active


def _size(number: float, unit: str, rule: str, below: float, above: float) -> Size | None:
    count = round(number * _UNITS[unit])
    return Size(count, count * below, count * above, rule) if 0 < count <= _MOST else None


@cache
def _stated() -> FamilyRows[_Stated]:
    rows: tuple[_Stated, ...] = knowledge("names/parameters", tuple[_Stated, ...])
    return FamilyRows(rows, "parameters.yaml")
