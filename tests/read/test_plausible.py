"""Prices and results beside what is known of them: what stands, what is doubtful, what cannot be true."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from ingest.read.plausible import judge
from ingest.read.scales import SHARE, Bounds, judge_scores
from ingest.records.document import Document, Entry, Price, Score, Stated

CASES: list[dict[str, Any]] = yaml.safe_load(Path(__file__).with_name("judged.yaml").read_text("utf-8"))["prices"]


def _price(place: str, amount: float) -> Price:
    kind, _, tier = place.partition(" @ ")
    return Price(kind, float(amount), str(amount), f"/{place}", provider="somebody", tier=tier or None)


def _judged(case: dict[str, Any]) -> Document:
    entry = Entry("A model", "/0", source_key=case.get("entry"))
    entry.prices = [_price(place, amount) for place, amount in case["given"].items()]
    if "context" in case:
        entry.stated = [Stated("context_tokens", case["context"], str(case["context"]), "/context")]
    return judge(Document("a-feed", "a-feed/1", entries=[entry]))


def _place(price: Price) -> str:
    return f"{price.kind} @ {price.tier}" if price.tier else price.kind


@pytest.mark.parametrize("case", CASES, ids=lambda case: str(case["name"]))
def test_what_becomes_of_the_prices_of_an_entry(case: dict[str, Any]) -> None:
    document = _judged(case)
    prices = document.entries[0].prices
    assert {_place(p): list(p.doubts) for p in prices if not p.problem} == case.get("stands", {})
    assert {_place(p): p.problem for p in prices if p.problem} == case.get("refused", {})
    gone = {line.text.split()[2] for line in document.unread}
    assert gone == set(case.get("aside", ()))


@pytest.mark.parametrize("case", CASES, ids=lambda case: str(case["name"]))
def test_each_doubt_is_a_check_with_its_place_and_entry(case: dict[str, Any]) -> None:
    document = _judged(case)
    told = {(check.name, check.locator, check.entry) for check in document.checks if not check.passed}
    assert told == {(doubt, p.locator, 0) for p in document.entries[0].prices for doubt in p.doubts}


@given(st.lists(st.tuples(st.sampled_from(["input", "output", "cached_input", "reasoning"]), st.floats(0, 2000))))
def test_judging_twice_changes_nothing(pairs: list[tuple[str, float]]) -> None:
    entry = Entry("A model", "/0", prices=[_price(kind, amount) for kind, amount in dict(pairs).items()])
    document = judge(Document("a-feed", "a-feed/1", entries=[entry]))
    prices, checks = list(document.entries[0].prices), list(document.checks)
    judge(document)
    assert (document.entries[0].prices, document.checks) == (prices, checks)


BOUNDS = {"Percents": Bounds("percent", 0, 100), "Rating": Bounds("elo", None, None), "Ten": Bounds("points", 0, 10)}


def _scored(*results: tuple[str, float, str]) -> list[Score]:
    scores = [Score(name, value, unit, f"{value}", f"/{i}") for i, (name, value, unit) in enumerate(results)]
    document = Document("a-feed", "a-feed/1", entries=[Entry("A model", "/0", scores=scores)])
    return judge_scores(document, lambda name: BOUNDS.get(name, Bounds(None, None, None))).entries[0].scores


def test_shares_become_percents_in_a_record_of_shares() -> None:
    scores = _scored(("Percents", 0.875, SHARE), ("Other", 0.5, SHARE), ("Rating", 1316, SHARE))
    assert [(s.score, s.unit, s.doubts) for s in scores] == [
        (87.5, "percent", ()),
        (50.0, "percent", ()),
        (1316, "points", ()),
    ]


def test_a_small_number_in_a_record_of_percents_is_no_share() -> None:
    scores = _scored(("Percents", 86.0, SHARE), ("Percents", 65.0, SHARE), ("Percents", 0.8, SHARE))
    assert [(s.score, s.unit, s.doubts) for s in scores] == [
        (86.0, "percent", ()),
        (65.0, "percent", ()),
        (0.8, "percent", ("score_scale",)),
    ]


@pytest.mark.parametrize(("value", "problem"), [(875, "score_out_of_bounds"), (-3, "score_out_of_bounds"), (86, None)])
def test_a_bare_number_beyond_the_bounds_of_its_benchmark_cannot_be_true(value: float, problem: str | None) -> None:
    [score] = _scored(("Percents", value, "points"))
    assert score.problem == problem
    assert problem or score.unit == "percent"


def test_a_share_beside_percents_with_their_sign_stays_as_it_is_written_and_is_doubtful() -> None:
    scores = _scored(("Percents", 91.0, "percent"), ("Percents", 0.875, "points"))
    assert [(s.score, s.unit, s.doubts) for s in scores][1] == (0.875, "points", ("score_scale",))
