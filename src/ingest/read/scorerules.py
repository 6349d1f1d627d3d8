"""The scores of a record, from the rules of a ``fields.yaml``: ``score`` fields, and what ``of_score`` fields say."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import fields, replace
from typing import Any

from ingest.read import values
from ingest.read.fieldrules import Rule
from ingest.read.fieldvalues import READERS, exact, fraction_as_percent
from ingest.read.leaves import Leaf
from ingest.read.values import Value
from ingest.records.document import CONDITIONS, Score

NAMED_BESIDE = "*"
"""The benchmark of a score that another field of its record names (``of_score: benchmark``)."""

_READ_AS = {
    **dict.fromkeys(("stderr", "ci_low", "ci_high", "ci_level"), "number"),
    **dict.fromkeys(("n_items", "n_shots", "n_runs", "thinking_tokens"), "count"),
    **dict.fromkeys(("self_reported", "parallel_compute"), "flag"),
    "measured_on": "day",
}
"""How a part of a score is read; all others are texts."""

_IN_UNIT = ("stderr", "ci_low", "ci_high")
"""Parts that are written in the unit of the score."""

_MARGINS = re.compile(r"\+ ?([0-9.]{1,20}) ?/ ?[-\u2212] ?([0-9.]{1,20})|(?:\u00b1|\+/-|\+-) ?([0-9.]{1,20})")
_RANGE = re.compile(r"[(\[]? ?(-?[0-9.]{1,20}) ?(?:,|;|to|\u2013|-) ?(-?[0-9.]{1,20}) ?[)\]]?")
_FIELDS = frozenset(each.name for each in fields(Score))


def scores_of(
    said: Iterable[tuple[Rule, Leaf]],
    mistyped: Callable[[Rule, Leaf], None],
    states_nothing: Callable[[Leaf], None],
) -> list[Score]:
    """The scores of one record. ``mistyped`` is told of a field that cannot be read as what its rule says.

    A score that states nothing ("-") is none, and ``states_nothing`` is told of it.
    """
    said = list(said)
    named = next((leaf.text.strip() for rule, leaf in said if rule.of_score == "benchmark"), "")
    scores: dict[str, Score] = {}
    of_a_share: set[str] = set()
    for rule, leaf in said:
        if rule.score is not None and _is_nothing(leaf):
            states_nothing(leaf)
        elif rule.score is not None:
            benchmark = named if rule.score == NAMED_BESIDE else rule.score
            scores[leaf.path] = _score(rule, leaf, benchmark)
            of_a_share |= {leaf.path} if rule.unit == "fraction" else set()
            if scores[leaf.path].problem == "unexpected_type":
                mistyped(rule, leaf)
    for rule, leaf in said:
        if rule.of_score in (None, "benchmark") or _is_nothing(leaf):
            continue
        for path in [rule.beside] if rule.beside else list(scores):
            if path in scores:
                more = _more(rule, leaf, scores[path], 100 if path in of_a_share else 1)
                if more is None:
                    mistyped(rule, leaf)
                else:
                    scores[path] = replace(scores[path], **more)
    return list(scores.values())


def _is_nothing(leaf: Leaf) -> bool:
    return isinstance(leaf.value, str) and values.is_nothing(leaf.value)


def _score(rule: Rule, leaf: Leaf, benchmark: str) -> Score:
    text = leaf.text.strip()
    if isinstance(leaf.value, bool | list | dict):
        return Score(benchmark, None, None, text, leaf.locator, problem="unexpected_type")
    value = fraction_as_percent(text) if rule.unit == "fraction" else _number(text)
    unit = "percent" if rule.unit == "fraction" else rule.unit
    problem = value.problem
    if problem is None and value.unit not in ("points", unit):
        problem = "two_units"
    found = value.value if problem is None else None
    score = Score(benchmark, found, unit, text, leaf.locator, value.low, value.high, problem=problem)
    return replace(score, margin=value.margin)


def _number(text: str) -> Value:
    """A number as it stands, or with a sign, a unit or a margin."""
    number = exact(text)
    if number is None:
        return values.score(text)
    exponent = number.as_tuple().exponent
    half = 0.5 * 10.0 ** (exponent if isinstance(exponent, int) else 0)
    return Value(float(number), float(number) - half, float(number) + half, "points")


def _more(rule: Rule, leaf: Leaf, score: Score, times: int) -> Mapping[str, Any] | None:
    """What a field adds to a score, None where it cannot be read. ``times`` brings it into the score's unit."""
    part = rule.of_score
    assert part is not None
    if part == "interval":
        return _interval(rule, leaf.text.strip(), score, times)
    kind = rule.kind or _READ_AS.get(part, "text")
    text = leaf.text if isinstance(leaf.value, str) or kind != "text" else str(leaf.value)
    value = READERS[kind](text if kind == "text" else leaf.value, text, rule.values)
    if value.problem is not None:
        return None
    if value.value is None:
        return {}
    found = value.value * times if part in _IN_UNIT else value.value
    if part in CONDITIONS:
        return {"conditions": {**score.conditions, part: [found] if part == "footnotes" else found}}
    level = {"ci_level": rule.level} if rule.level is not None and part.startswith("ci_") else {}
    return {part: found, **level} if part in _FIELDS else None


def _interval(rule: Rule, text: str, score: Score, times: int) -> Mapping[str, Any] | None:
    """The ends of an interval that is written as margins (``+5/-6``, ``±5``) or as a range (``1460-1480``)."""
    if score.score is None:
        return {}
    if found := _MARGINS.fullmatch(text):
        above, below = (float(found[1] or found[3]), float(found[2] or found[3]))
        low, high = score.score - below * times, score.score + above * times
    elif found := _RANGE.fullmatch(text):
        low, high = float(found[1]) * times, float(found[2]) * times
    else:
        return None
    return {"ci_low": _tidy(low), "ci_high": _tidy(high), "ci_level": rule.level, "margin": None}


def _tidy(number: float) -> float:
    return float(f"{number:.12g}")
