"""In which scale is a result written, and can it be true? The record around it and its benchmark are the witnesses.

A number alone does not say whether 0.8 is a share or a percentage. The benchmark has a unit and bounds, and the other
results of the record show how their author writes. If both leave it open, the result is kept as written, with a doubt,
and is not ranked.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from functools import lru_cache
from typing import NamedTuple

from ingest.records.document import Check, Document, Entry, Score

SHARE = "share"
"""The unit of a number from a source that writes shares of one, until its record is looked at."""

OUT_OF_BOUNDS = "score_out_of_bounds"
DOUBT = "score_scale"


_MONEY = "usd"
"""The unit of what a run cost."""

_SHARE_TOO_HIGH = 2
"""Among shares, a number from 1 up to this one is a share that is wrong, or a percentage of hardly anything."""

_ALL = 100
"""All of what a benchmark of percents counts."""

_AGAINST_COUNT = "rate_matches_count"
_NEAR_COUNT = 1.0
"""Points between a rate and its count: sets are averaged and rounded."""

_RIGHT = ("correct", "right", "solved", "passed", "resolved")
"""Words of which each count of right answers has one."""

_OF_RIGHT = f"(?:{'|'.join(_RIGHT)})"
_THINGS = r"(?:questions|problems|tasks|items|samples|exercises|issues|instances)"
_N = r"[0-9]{1,6}(?:,[0-9]{3})?"
_COUNTED = re.compile(
    rf"\b(?P<right>{_N}) ?(?:/|of|out of) ?(?P<of>{_N}) (?:{_THINGS} )?{_OF_RIGHT}\b"
    rf"|\b(?P<of2>{_N}) {_THINGS},? (?P<right2>{_N}) {_OF_RIGHT}\b"
    rf"|\b{_OF_RIGHT}:? (?P<right3>{_N}) ?(?:/|of|out of) ?(?P<of3>{_N})\b"
)
"""How a note counts right answers."""


class Bounds(NamedTuple):
    """The unit of a benchmark, and its smallest and largest possible score."""

    unit: str | None
    minimum: float | None
    maximum: float | None


UNKNOWN = Bounds(None, None, None)


def judge_scores(document: Document, bounds_of: Callable[[str], Bounds]) -> Document:
    """Settle the unit of each result of a document, in place, and return the document.

    ``bounds_of`` returns the bounds of a benchmark by its listed name. A result outside them in every unit gets a
    problem.
    """
    told = {(check.name, check.locator) for check in document.checks}
    for number, entry in enumerate(document.entries):
        scale = _scale_of(entry, bounds_of)
        for at, score in enumerate(entry.scores):
            if score.score is None or score.problem is not None:
                continue
            entry.scores[at] = judged = _settled(score, bounds_of(score.benchmark), scale)
            if DOUBT in judged.doubts and (DOUBT, score.locator) not in told:
                said = f"{score.benchmark}: {score.score_text}"
                document.checks.append(Check(DOUBT, False, f"written in {scale}", said, score.locator, number))
            if (counted := _counted(judged)) and (_AGAINST_COUNT, score.locator) not in told:
                entry.scores[at] = replace(judged, doubts=(*judged.doubts, _AGAINST_COUNT))
                said = f"{score.benchmark}: {score.score_text}"
                document.checks.append(Check(_AGAINST_COUNT, False, counted, said, score.locator, number))
    return document


def _scale_of(entry: Entry, bounds_of: Callable[[str], Bounds]) -> str:
    """How an entry writes results of benchmarks of percents: what most of its numbers show."""
    below = above = signed = 0
    for score in entry.scores:
        if score.score is None or score.problem is not None or bounds_of(score.benchmark).unit not in ("percent", None):
            continue
        if score.unit == "percent":
            signed += 1
        elif 0 < score.score <= 1:
            below += 1
        elif 1 < score.score <= 100 and bounds_of(score.benchmark).unit == "percent":
            above += 1
    if above > below or (above and above == below):
        return "percents"
    if signed:
        return "percents with their sign"
    return "shares"


def _counted(score: Score) -> str | None:
    """The count in a result's note that contradicts it, in words: ``660 of 1319`` beside 92.1%."""
    if not score.description or score.unit != "percent" or score.score is None or score.problem is not None:
        return None
    counted = _count_in(score.description)
    if counted is None:
        return None
    right, all_ = counted
    if not all_ > 0 or right > all_ or abs(100 * right / all_ - score.score) <= _NEAR_COUNT:
        return None
    return f"{right} of {all_}: {100 * right / all_:.1f}"


@lru_cache(8192)
def _count_in(note: str) -> tuple[int, int] | None:
    """How many answers a note counts as right, and of how many; None for most notes, which count nothing."""
    found = _COUNTED.search(note) if any(word in note for word in _RIGHT) else None
    if found is None:
        return None
    right, all_ = (
        int((found[name] or found[f"{name}2"] or found[f"{name}3"]).replace(",", "")) for name in ("right", "of")
    )
    return right, all_


def _settled(score: Score, bounds: Bounds, scale: str) -> Score:
    value = score.score
    assert value is not None
    if score.unit == "percent":
        return _within(score, bounds)
    if score.unit not in ("points", SHARE):
        return _of_its_unit(score, bounds, value)
    is_share = score.unit == SHARE and 0 <= value <= 1
    is_no_rating = bounds.unit == "elo" and value <= _ALL and not score.description  # and no note says what it is
    if is_share and scale == "shares" and not is_no_rating:
        return _as_percent(score, 100)
    bare = score if score.unit == "points" else replace(score, unit="points")
    if bounds.unit == "percent":
        return _settled_percent(bare, bounds, scale, value)
    if is_no_rating or (is_share and bounds.unit is None):
        return _doubted(bare)
    return _within(bare, bounds)


def _of_its_unit(score: Score, bounds: Bounds, value: float) -> Score:
    """A result whose text or field names its unit. No run costs less than nothing, and no percentage is a rating."""
    if score.unit == _MONEY:
        return replace(score, problem=OUT_OF_BOUNDS) if value < 0 else score
    if score.unit == "elo" and bounds.unit == "percent":
        return replace(score, problem=OUT_OF_BOUNDS) if value > _ALL else _doubted(score)
    return _within(score, bounds)


def _settled_percent(score: Score, bounds: Bounds, scale: str, value: float) -> Score:
    """A bare number of a benchmark of percents."""
    if "/" in score.score_text:
        return _doubted(score)
    if not 0 <= value <= 1:
        judged = _within(replace(score, unit="percent"), bounds)
        return _doubted(judged) if scale == "shares" and 1 < value < _SHARE_TOO_HIGH else judged
    if scale == "percents":  # the others are bare percents, so this one is too, strange as it is
        return _doubted(replace(score, unit="percent"))
    return _doubted(score)


def _as_percent(score: Score, times: int) -> Score:
    def scaled(number: float | None) -> float | None:
        return None if number is None else float(f"{number * times:.12g}")

    return replace(
        score,
        score=scaled(score.score),
        score_low=scaled(score.score_low),
        score_high=scaled(score.score_high),
        stderr=scaled(score.stderr),
        unit="percent",
    )


def _doubted(score: Score) -> Score:
    return score if DOUBT in score.doubts else replace(score, doubts=(*score.doubts, DOUBT))


def _within(score: Score, bounds: Bounds) -> Score:
    """The result, with a problem if it is outside the bounds of its benchmark."""
    value, unit = score.score, score.unit
    assert value is not None
    if bounds.unit is None or unit not in (bounds.unit, "points"):
        return score
    low = bounds.minimum is not None and value < bounds.minimum
    high = bounds.maximum is not None and value > bounds.maximum
    reason = "percent_out_of_range" if "%" in score.score_text else OUT_OF_BOUNDS
    return replace(score, problem=reason) if low or high else score
