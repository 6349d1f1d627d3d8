"""What changed, for people: worst first, in names and not in ids, and page text stays text."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest

from ingest.report.changes import changes, worst_changes

NASTY = "<img src=x> [a](http://evil.example) *b* | `c` @all \x1b[31m \u202e www.evil.example"


@pytest.fixture(scope="module")
def changed(make_house: Callable[[], Any]) -> Any:
    """A page whose second day loses, changes and gains something; ``first`` and ``second`` are its runs."""
    house = make_house()
    house.write(today="June 1, 2025")
    house.first = house.run().run_id
    scores = [["General Knowledge", "MMLU", "5-shot", "40.0%"], ["Mathematics", "AIME 2024", None, "50.0%"]]
    house.write(today="August 1, 2025", input="$0.30", output=None, context="256.0K", scores=scores)
    house.second = house.run().run_id
    return house.settled()


def _rows(house: Any, *options: str) -> list[dict[str, Any]]:
    done = house.cli("diff", "--format", "json", *options)
    assert done.returncode == 0, done.stderr
    return list(json.loads(done.stdout))


def test_the_last_run_is_told_worst_first(changed: Any) -> None:
    told = [(row["kind"], row["table"], row["what"], row["old"], row["new"]) for row in _rows(changed)]
    assert told == [
        ("removed", "prices", "output price", "1.6", None),
        ("removed", "scores", "GSM8K", "92.5", None),
        ("changed", "models", "context_tokens", "128000", "256000"),
        ("changed", "prices", "input price", "0.4", "0.3"),
        ("changed", "scores", "MMLU", "80.1", "40.0"),
        ("added", "scores", "AIME 2024", None, "50.0"),
    ]


def test_each_row_names_model_source_and_the_page_that_says_so(changed: Any) -> None:
    for row in _rows(changed):
        assert row["model"] == "acme-ai/sparrow-2"
        assert row["source"] == "model-page"
        assert row["link"].endswith("page.txt")
        assert row["changed_at"]


def test_a_run_or_a_time_can_be_asked_for(changed: Any) -> None:
    first = _rows(changed, "--run", changed.first)
    assert {row["kind"] for row in first} == {"added"}
    assert [row["new"] for row in first if row["what"] == "input price"] == ["0.4"]
    assert len(_rows(changed, "--since", "2020-01-01")) == len(first) + len(_rows(changed))
    assert _rows(changed, "--since", "2100-01-01") == []
    assert changed.cli("diff", "--since", "2100-01-01").stdout == "Nothing changed.\n"
    wrong = changed.cli("diff", "--run", "no-such-run")
    assert wrong.returncode == 2
    assert "no-such-run" in wrong.stderr


def test_the_worst_are_those_that_all_of_them_begin_with(changed: Any) -> None:
    for run in (changed.first, changed.second, None):
        every = changes(changed.warehouse, run)
        counts = dict(Counter(row[0] for row in every))
        for most in range(1, len(every) + 2):
            assert worst_changes(changed.warehouse, most, run) == (counts, every[:most])


def test_a_price_of_a_feed_names_its_provider_and_tier(house: Any, gateway: Any) -> None:
    free = {"of_1": {"id": "acme-ai/robin-1:free"}}
    house.run(gateway(house, "2025-06-01", range(3), **free))
    dearer = {"of_1": {**free["of_1"], "pricing": {"prompt": "0.000003", "completion": "0.000004"}}}
    house.run(gateway(house, "2025-07-01", range(3), **dearer))
    ((what, old, new),) = [(row["what"], row["old"], row["new"]) for row in _rows(house)]
    assert (what, old, new) == ("input price at openrouter, free", "1.0", "3.0")


def test_a_model_that_vanished_is_told_by_its_prices(house: Any, gateway: Any) -> None:
    house.run(gateway(house, "2025-06-01", range(6)))
    house.run(gateway(house, "2025-07-01", range(5)))
    rows = _rows(house)
    assert {(row["kind"], row["model"]) for row in rows} == {("removed", "acme-ai/robin-5")}
    assert sorted(row["what"] for row in rows) == ["input price at openrouter", "output price at openrouter"]


def test_text_of_a_page_is_neither_markup_nor_a_terminal_code(house: Any) -> None:
    house.write()
    house.run()
    house.write(today="September 1, 2025", family=NASTY, license=NASTY)
    house.run()
    for form in ("table", "markdown"):
        said = house.cli("diff", "--format", form).stdout
        assert "family" in said
        assert "\x1b" not in said
        assert "\u202e" not in said
    for mark in ("<img", "[a](", "http://evil", "www.evil", "`c`", "*b*", "@all"):
        assert mark not in said
    rows = said.splitlines()
    cells = {row.replace("\\|", "").count("|") for row in rows}
    assert cells == {9}
