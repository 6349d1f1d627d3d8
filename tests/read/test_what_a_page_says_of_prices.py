"""What lines beside prices, and the name of a listing beside its release, say of them."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml

from ingest.read.plausible import judge, month_in_name, said_of_prices
from ingest.records import Document, Entry, Price, Stated, UnreadLine

HERE = Path(__file__).parent
LINES = yaml.safe_load((HERE / "what_a_page_says_of_prices.yaml").read_text("utf-8"))
LISTINGS = yaml.safe_load((HERE / "releases_of_listings.yaml").read_text("utf-8"))


def _page(case: dict[str, Any]) -> Document:
    price = Price("input", 2.5, "$2.50", case.get("at", "line 20"), **case.get("price", {}))
    page = Document("page", "page/1", entries=[Entry("Sparrow", "line 1", prices=[price])])
    page.unread += [UnreadLine(number, text) for number, text in case["lines"].items()]
    return page


@pytest.mark.parametrize("case", LINES, ids=lambda case: case["why"])
def test_a_line_about_prices_casts_doubt_on_those_that_it_contradicts(case: dict[str, Any]) -> None:
    page = judge(_page(case))
    (price,) = page.entries[0].prices
    assert list(price.doubts) == case["doubts"]
    assert [(check.name, check.passed, check.locator) for check in page.checks] == [
        (doubt, False, price.locator) for doubt in case["doubts"]
    ]


@pytest.mark.parametrize("case", [case for case in LINES if "says" in case], ids=lambda case: case["why"])
def test_what_a_line_says_of_prices(case: dict[str, Any]) -> None:
    (line,) = case["lines"].values()
    said = said_of_prices(line)
    if case["says"] is None:
        assert said is None
    else:
        currency, *unit = case["says"]
        assert said is not None
        assert said.currency == currency
        assert said.unit == (None if unit == [None] else tuple(unit))


@pytest.mark.parametrize("case", LISTINGS, ids=lambda case: case["name"])
def test_a_release_before_the_month_in_the_name_is_that_of_another_model(case: dict[str, Any]) -> None:
    assert month_in_name(case["name"]) == case["month"]
    for day, stays in [(day, True) for day in case["stays"]] + [(day, False) for day in case["goes"]]:
        stated = Stated("release_date", day, str(day), "/0/released", unit="day")
        entry = Entry(case["name"], "/0", source_key=case["name"], stated=[stated])
        feed = judge(Document("feed", "feed/1", entries=[entry]))
        assert [each.value for each in feed.entries[0].stated] == ([day] if stays else [])
        assert [str(day) in line.text for line in feed.unread] == ([] if stays else [True])


def test_a_year_is_before_the_month_in_the_name_only_if_it_is_an_earlier_one() -> None:
    for year, stays in ((2025, True), (2024, False)):
        stated = Stated("release_date", date(year, 3, 1), str(year), "/0/released", unit="year")
        feed = judge(Document("feed", "feed/1", entries=[Entry("x-2506", "/0", source_key="x-2506", stated=[stated])]))
        assert bool(feed.entries[0].stated) is stays


def test_a_name_without_a_key_and_a_key_without_a_name_both_tell_a_month() -> None:
    for name, key in (("x-2506", None), (None, "x-2506")):
        stated = Stated("release_date", date(2024, 3, 1), "2024-03-01", "/0/released", unit="day")
        feed = judge(Document("feed", "feed/1", entries=[Entry(name, "/0", source_key=key, stated=[stated])]))
        assert feed.entries[0].stated == []


@pytest.mark.parametrize(
    ("field", "unit", "day", "becomes"),
    [
        ("release_date", "day", date(2024, 1, 1), "year"),
        ("release_date", "day", date(2024, 1, 2), "day"),
        ("release_date", "day", date(2024, 2, 1), "day"),
        ("release_date", "month", date(2024, 1, 1), "month"),
        ("knowledge_cutoff", "day", date(2024, 1, 1), "day"),
    ],
)
def test_a_release_on_the_first_of_january_is_a_year(field: str, unit: str, day: date, becomes: str) -> None:
    stated = Stated(field, day, str(day), "/0/date", unit=unit)
    feed = judge(Document("feed", "feed/1", entries=[Entry("Sparrow", "/0", stated=[stated])]))
    assert [each.unit for each in feed.entries[0].stated] == [becomes]
