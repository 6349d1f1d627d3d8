"""Values are read as they are meant, and doubt is a problem, never a guess."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from ingest.read import values

CASES = yaml.safe_load(Path(__file__).with_name("values.yaml").read_text(encoding="utf-8"))
READERS = ["count", "score", "money", "day", "yes_no"]


def cases(*readers: str) -> list[Any]:
    return [pytest.param(name, case, id=f"{name}: {case['text']}") for name in readers for case in CASES[name]]


@pytest.mark.parametrize(("name", "case"), cases(*READERS))
def test_value(name: str, case: dict[str, Any]) -> None:
    read = getattr(values, name)(case["text"])
    want = {"value": None, "low": None, "high": None, "unit": None, "problem": None, "margin": None} | case
    want.pop("text"), want.pop("nothing", None)
    assert {key: getattr(read, key) for key in want} == want


@pytest.mark.parametrize(("name", "case"), cases("per_unit"))
def test_unit_of_a_price(name: str, case: dict[str, Any]) -> None:
    want = case["value"]
    assert values.per_unit(case["text"]) == (tuple(want) if want else None)


@pytest.mark.parametrize("case", CASES["is_like_score"], ids=lambda case: case["text"])
def test_look_of_a_score(case: dict[str, Any]) -> None:
    assert values.is_like_score(case["text"]) is case["value"]


@pytest.mark.parametrize("case", CASES["sizes"], ids=lambda case: case["text"])
def test_both_sizes_of_a_model(case: dict[str, Any]) -> None:
    assert [size.value for size in values.sizes(case["text"])] == case["value"]


@given(st.text(max_size=120))
def test_whatever_is_a_score_looks_like_one(text: str) -> None:
    values.sizes(text)
    if values.score(text).value is not None:
        assert values.is_like_score(text)


@given(st.text(max_size=120))
def test_any_text_is_a_value_nothing_or_a_problem(text: str) -> None:
    for name in READERS:
        read = getattr(values, name)(text)
        assert read.value is None or read.problem is None
        if read.low is not None:
            assert read.low <= read.value <= read.high


@given(st.decimals(0, 100, places=1))
def test_a_percentage_stands_in_the_middle_of_its_rounding(number: Any) -> None:
    read = values.score(f"{number}%")
    assert read.value == float(number)
    assert read.low == pytest.approx(read.value - 0.05)
    assert read.high == pytest.approx(read.value + 0.05)


@given(st.dates(min_value=date(1900, 1, 1), max_value=date(2200, 1, 1)))
def test_every_day_reads_back(day: Any) -> None:
    for form in ("%B %d, %Y", "%d %b %Y", "%Y-%m-%d"):
        assert values.day(day.strftime(form).replace(f"{day.year}", f"{day.year:04d}")).value == day
