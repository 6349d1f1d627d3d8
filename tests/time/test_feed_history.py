"""History of a feed: one document speaks for all of its models, so what it leaves out has ended."""

from __future__ import annotations

import itertools
import random
from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest


def _day(text: str) -> datetime:
    return datetime.fromisoformat(text)


def test_a_model_that_vanishes_from_a_feed_stays_and_its_prices_end(house: Any, gateway: Any) -> None:
    house.run(gateway(house, "2025-06-01", range(6)))
    house.run(gateway(house, "2025-07-01", range(5)))
    gone = "acme-ai/robin-5"
    assert house.rows("SELECT first_seen, last_seen, context_tokens FROM models WHERE model_id = ?", gone) == [
        (_day("2025-06-01"), _day("2025-06-01"), 69_000)
    ]
    assert set(house.values("SELECT last_seen FROM models WHERE model_id <> ?", gone)) == {_day("2025-07-01")}
    assert house.rows("FROM prices WHERE model_id = ?", gone) == []
    assert len(house.rows("FROM prices_as_of('2025-06-30 23:59:59') WHERE model_id = ?", gone)) == 2
    assert house.rows("FROM prices_as_of('2025-07-01') WHERE model_id = ?", gone) == []
    assert len(house.rows("FROM models_as_of('2025-07-02') WHERE model_id = ?", gone)) == 1
    last = "SELECT DISTINCT valid_to, rule FROM claims WHERE superseded_at IS NULL AND model_id = ?"
    assert house.rows(last, gone) == [(_day("2025-07-01"), "last_told")]


def test_a_model_that_comes_back_has_a_gap_in_its_prices_alone(house: Any, gateway: Any) -> None:
    for day, models in (("2025-06-01", range(6)), ("2025-07-01", range(5)), ("2025-08-01", range(6))):
        house.run(gateway(house, day, models))
    prices = "SELECT count(*) FROM prices_as_of(?) WHERE model_id = 'acme-ai/robin-5'"
    assert [house.values(prices, f"2025-0{month}-15") for month in (5, 6, 7, 8)] == [[0], [2], [0], [2]]
    models = "SELECT last_seen FROM models_as_of(?) WHERE model_id = 'acme-ai/robin-5'"
    seen = [house.values(models, f"2025-0{month}-15") for month in (5, 6, 7, 8)]
    assert seen == [[], [_day("2025-06-01")], [_day("2025-06-01")], [_day("2025-08-01")]]


def test_a_field_that_a_feed_stops_stating_ends(house: Any, gateway: Any) -> None:
    house.run(gateway(house, "2025-06-01", range(3), of_1={"knowledge_cutoff": "2024-06-01"}))
    house.run(gateway(house, "2025-07-01", range(3)))
    cutoff = "SELECT knowledge_cutoff::VARCHAR FROM models_as_of(?) WHERE model_id = 'acme-ai/robin-1'"
    assert house.values(cutoff, "2025-06-15") == ["2024-06-01"]
    assert house.values(cutoff, "2025-07-01") == [None]
    assert house.values("SELECT knowledge_cutoff FROM models WHERE model_id = 'acme-ai/robin-1'") == [None]


def test_the_same_feed_day_after_day_adds_no_history(house: Any, gateway: Any) -> None:
    house.run(gateway(house, "2025-06-01", range(6)))
    history = {table: house.rows(f"FROM internal.{table} ORDER BY ALL") for table in ("claims", "prices")}
    for day in range(2, 5):
        assert house.run(gateway(house, f"2025-06-0{day}", range(6))).rows_written == 0
    assert {table: house.rows(f"FROM internal.{table} ORDER BY ALL") for table in history} == history
    assert len(house.rows("FROM captures")) == 4
    assert set(house.values("SELECT last_seen FROM models")) == {_day("2025-06-04")}


def test_a_feed_that_lists_nothing_ends_all_prices_once_accepted(house: Any, gateway: Any) -> None:
    house.run(gateway(house, "2025-06-01", range(3)))
    _accepted(house, gateway(house, "2025-07-01", ()), "--source", "openrouter")
    assert house.rows("FROM prices") == []
    assert len(house.rows("FROM models")) == 3


def test_every_score_of_now_is_in_the_history_and_every_state_is_one_row_a_fact(house: Any, gateway: Any) -> None:
    """Intervals of one fact never overlap, whatever came in between."""
    for day, models in (("2025-07-01", range(5)), ("2025-06-01", range(6)), ("2025-06-15", range(3))):
        changed = {"of_1": {"context_length": 1000 * int(day[5:7]) + int(day[8:])}}
        _accepted(house, gateway(house, day, models, **changed))
    overlaps = """
        SELECT a.model_id, a.field FROM internal.claims AS a JOIN internal.claims AS b
        ON a.rowid < b.rowid AND a.source = b.source AND a.scope = b.scope AND a.entry = b.entry AND a.field = b.field
            AND a.model_id = b.model_id AND a.superseded_at IS NULL AND b.superseded_at IS NULL
            AND a.valid_from < coalesce(b.valid_to, 'infinity') AND b.valid_from < coalesce(a.valid_to, 'infinity')"""
    assert house.rows(overlaps) == []
    context = "SELECT context_tokens FROM models_as_of(?) WHERE model_id = 'acme-ai/robin-1'"
    assert [house.values(context, f"2025-0{d}") for d in ("6-10", "6-20", "7-10")] == [[6001], [6015], [7001]]


def _accepted(house: Any, *paths: Any) -> None:
    done = house.cli("run", *paths, "--accept")
    assert done.returncode == 0, done.stderr


ORDERS = random.Random(5).sample(list(itertools.permutations(range(6))), 1)


@pytest.fixture(scope="module")
def in_order(make_house: Callable[[], Any]) -> Any:
    """Three days of one model as pages, two of them told by two files of the same moment that differ, and a feed."""
    house = make_house()
    pages = [
        ("0.txt", {"today": "June 1, 2025", "input": "$0.40", "family": "Sparrow"}),
        ("1.txt", {"today": "July 1, 2025", "input": "$0.30"}),
        ("2.html", {"today": "July 1, 2025", "input": "$0.35", "context": "64.0K", "scores": []}),
        ("3.txt", {"today": "August 1, 2025", "input": "$0.40", "license": "MIT"}),
        ("4.txt", {"today": "August 1, 2025", "input": "$0.20", "family": "Sparrow", "output": "-$2.00"}),
        ("5.txt", {"today": "September 1, 2025", "input": "$0.20"}),
    ]
    for file, spec in pages:
        house.run(house.write(file, **spec))
    return house.settled()


@pytest.mark.parametrize("order", ORDERS, ids=lambda order: "".join(map(str, order)))
def test_captures_in_any_order_and_at_the_same_moment_give_one_state(
    house: Any, in_order: Any, order: tuple[int, ...]
) -> None:
    """Two files of one moment: neither is later, so which was read first must not matter."""
    for number in order:
        house.run(*in_order.pages.glob(f"{number}.*"))
    assert house.digests() == in_order.digests()
    for day in ("2025-06-15", "2025-07-15", "2025-08-15"):
        for table in ("models", "prices", "scores"):
            asked = f"SELECT * FROM {table}_as_of('{day}') ORDER BY ALL"
            assert house.rows(asked) == in_order.rows(asked)
