"""What becomes of a price, by the record around it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from ingest.read.plausible import judge
from ingest.records import Document, Entry, Price, Stated

CASES = yaml.safe_load(Path(__file__).with_name("judged_prices.yaml").read_text("utf-8"))
PROBLEMS = {"out": "price_out_of_range", "unit": "unit_doubtful", "twice": "contradicting_prices"}
NOT_THE_KIND = {"becomes", "unit", "tier", "provider", "currency", "problem"}


def _entry(case: dict[str, Any]) -> Entry:
    entry = Entry(case.get("model", "Robin"), "/0", source_key=case.get("key"))
    if "type" in case:
        entry.stated.append(Stated("model_type", case["type"], case["type"], "/0/type"))
    if "limit" in case:
        entry.stated.append(Stated("context_tokens", case["limit"], str(case["limit"]), "/0/limit"))
    for number, price in enumerate(case["prices"]):
        (kind,) = set(price) - NOT_THE_KIND
        said = {name: price[name] for name in ("unit", "tier", "provider", "currency", "problem") if name in price}
        entry.prices.append(Price(kind, float(price[kind]), str(price[kind]), f"/0/prices/{number}", **said))
    return entry


def _became(price: Price | None, tier: str | None) -> str:
    if price is None:
        return "aside"
    return price.problem or ", ".join(price.doubts) or (price.tier if price.tier != tier else "") or "fine"


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["why"])
def test_a_price_is_judged_by_the_record_around_it(case: dict[str, Any]) -> None:
    document = judge(Document("feed", "feed/1", entries=[_entry(case)]))
    judge(document)  # judging twice changes nothing more
    left = {price.locator: price for price in document.entries[0].prices}
    became = [_became(left.get(f"/0/prices/{n}"), price.get("tier")) for n, price in enumerate(case["prices"])]
    wanted = [price.get("becomes", "fine") for price in case["prices"]]
    assert became == [PROBLEMS.get(word, word) for word in wanted]
    doubts = [(name, price.locator) for price in left.values() for name in price.doubts]
    assert sorted((check.name, check.locator) for check in document.checks) == sorted(doubts), "each doubt once"
    assert len(document.unread) == ("aside" in wanted), "a zero that is set aside is listed"


def _file(amounts: list[float], kind: str = "input") -> Document:
    entries = [Entry(f"Robin {n}", f"/{n}", prices=[Price(kind, a, "x", f"/{n}/p")]) for n, a in enumerate(amounts)]
    return judge(Document("feed", "feed/1", entries=entries))


@pytest.mark.parametrize(
    ("amount", "count", "problem"),
    [
        (0.01, 10, None),
        (0.009, 10, "unit_doubtful"),
        (0.009, 9, None),
        (100.0, 10, None),
        (101.0, 10, "unit_doubtful"),
        (101.0, 9, None),
    ],
)
def test_a_file_in_another_unit_is_known_by_its_median(amount: float, count: int, problem: str | None) -> None:
    for kind in ("input", "output"):
        assert {e.prices[0].problem for e in _file([amount] * count, kind).entries} == {problem}
    assert {e.prices[0].problem for e in _file([amount] * count, "cache_write").entries} == {None}


def test_one_strange_price_among_usual_ones_is_not_the_unit_of_the_file() -> None:
    assert {e.prices[0].problem for e in _file([3.0] * 9 + [500.0]).entries} == {None}


def test_a_doubt_names_the_price_its_seller_and_its_place() -> None:
    entry = Entry("Robin", "/0", prices=[Price("input", 3.0, "3", "/0/i", provider="acme"),
                                         Price("output", 2.0, "2", "/0/o", tier="flex", provider="acme"),
                                         Price("input", 3.0, "3", "/0/j", tier="flex")])  # fmt: skip
    document = judge(Document("feed", "feed/1", entries=[entry]))
    told = {(c.name, c.passed, c.actual, c.locator, c.entry) for c in document.checks}
    assert told == {
        ("output_below_input", False, "output 2, flex from acme", "/0/o", 0),
        ("output_below_input", False, "input 3, flex", "/0/j", 0),
    }


def test_a_zero_that_is_set_aside_says_why_and_how_often() -> None:
    entries = [
        Entry(f"Robin {n}", f"/{n}", prices=[Price("input", 3.0, "3", f"/{n}/i"), Price("output", 0.0, "0", f"/{n}/o")])
        for n in range(2)
    ]
    (line,) = judge(Document("feed", "feed/1", entries=entries)).unread
    assert (line.line, line.text) == (0, "price of output (2 times; 0: no price of output, since input is paid for)")
