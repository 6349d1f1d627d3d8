"""Prices of feeds: exact, in the unit of the warehouse, and never off by a thousand or a million in silence."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from ingest.name import provider
from ingest.read.datafile import Number, read_json
from ingest.read.fieldvalues import fraction_as_percent, price_of
from ingest.read.leaves import leaves, written
from ingest.read.plausible import NO_CHARGE, judge
from ingest.read.rules import FieldsFile, RuleReader, Rules
from ingest.records.document import Document, Entry, Price

CASES: list[dict[str, Any]] = yaml.safe_load(Path(__file__).with_name("prices.yaml").read_text("utf-8"))


@pytest.mark.parametrize("case", CASES, ids=lambda c: f"{c['value']} {c['per']}")
def test_a_price_in_the_unit_of_the_warehouse(case: dict[str, Any]) -> None:
    amount, unit, problem = price_of(case["value"], case["per"])
    entry = Entry("A model", "/0", prices=[Price("input", amount, case["value"], "/0", unit, problem=problem)])
    [price] = judge(Document("a-feed", "a-feed/1", entries=[entry])).entries[0].prices
    assert (unit, price.problem) == (case["unit"], case.get("problem"))
    if price.problem is None:
        assert amount == case["amount"]


@given(st.integers(min_value=0, max_value=10**6), st.integers(min_value=0, max_value=6))
def test_a_price_for_a_token_is_that_for_a_million_exactly(digits: int, places: int) -> None:
    million = Decimal(digits).scaleb(-places)
    amount, _, problem = price_of(Number(str(million.scaleb(-6))), "token")
    assert (amount, problem) == (float(million), None)


def test_one_unit_error_casts_doubt_on_its_siblings() -> None:
    entry = _priced({"input": Decimal("0.0005"), "output": Decimal("0.002")}, "token")
    assert {p.kind: p.problem for p in entry.prices} == {"input": "unit_doubtful", "output": "price_out_of_range"}


@pytest.mark.parametrize(
    ("key", "amount", "problem"),
    [
        ("watsonx/ibm/granite-3-8b-instruct", 200, "price_out_of_range"),
        ("some-model-7b", 20, None),
        ("mixtral-8x7b", 200, None),
        ("llama-3.1-405b-instruct", 200, None),
        ("o1-pro", 600, None),
    ],
)
def test_a_small_model_is_not_dear(key: str, amount: float, problem: str | None) -> None:
    entry = Entry(None, "/0", source_key=key)
    RuleReader(_rules("input")).read(entry, leaves({"input": amount}, "/0"))
    judge(Document("a-feed", "a-feed/1", entries=[entry]))
    assert [p.problem for p in entry.prices] == [problem]


def test_two_amounts_for_one_thing_in_one_file_cannot_be_used() -> None:
    document = Document("a-feed", "a-feed/1")
    reading = RuleReader(_rules("input"))
    for place, (key, amount) in enumerate([("a", 1), ("a", 2), ("b", 1), ("b", 1)]):
        entry = Entry(None, f"/{place}", source_key=key)
        reading.read(entry, leaves({"input": amount}, f"/{place}"), provider="somebody")
        document.entries.append(entry)
    reading.finish(document)
    judge(document)
    assert [e.prices[0].problem for e in document.entries] == ["contradicting_prices"] * 2 + [None] * 2


def test_an_entry_that_asks_nothing_is_a_plan_and_no_list_price() -> None:
    entry = _priced({"input": 0, "output": 0}, "million_tokens")
    assert {p.tier for p in entry.prices} == {NO_CHARGE}
    entry = _priced({"input": 0, "output": 2}, "million_tokens")
    assert {p.tier for p in entry.prices} == {None}


def test_output_that_costs_nothing_where_input_is_paid_for_is_left_aside_and_listed() -> None:
    entry = Entry("An embedding", "/0")
    reading = RuleReader(_rules("input", "output"))
    reading.read(entry, leaves({"input": Decimal("0.1"), "output": 0}, "/0"), provider="somebody")
    document = judge(Document("a-feed", "a-feed/1", entries=[entry]))
    assert [(price.kind, price.amount) for price in entry.prices] == [("input", 0.1)]
    assert [line.text for line in document.unread] == [
        "price of output (1 times; 0: no price of output, since input is paid for)"
    ]


def test_an_amount_keeps_the_text_that_it_was_written_in() -> None:
    tree = read_json(b'{"a": 1.50, "b": 4e-07, "c": 3}')
    assert [written(value) for value in tree.root.values()] == ["1.50", "4e-07", "3"]
    assert tree.root["b"] * 10**6 == Decimal("0.4")


@given(st.decimals(min_value=0, max_value=1, places=3))
def test_a_share_in_percent_lies_within_what_its_last_digit_can_mean(share: Decimal) -> None:
    value = fraction_as_percent(str(share))
    assert value.low is not None and value.high is not None
    assert value.low <= value.value <= value.high
    assert value.value == float(share * 100)


@pytest.mark.parametrize(
    ("name", "model", "makes"),
    [
        ("openai", "gpt-4o", True),
        ("bedrock_converse", "us.amazon.nova-lite-v1:0", True),
        ("bedrock", "anthropic.claude-3-5-sonnet-20241022-v2:0", False),
        ("vertex_ai-language-models", "gemini-2.5-pro", True),
        ("vertex_ai-llama_models", "vertex_ai/meta/llama-3.1-405b-instruct-maas", False),
        ("Together AI", "meta-llama/Llama-3-70b", False),
        ("a host that nobody knows", "gpt-4o", False),
    ],
)
def test_who_speaks_as_the_maker_of_a_model(name: str, model: str, makes: bool) -> None:
    assert provider(name).makes(model) is makes


def _priced(prices: dict[str, Any], per: str) -> Entry:
    entry = Entry("A model", "/0")
    RuleReader(_rules(*prices, per=per)).read(entry, leaves(prices, "/0"), provider="somebody")
    return judge(Document("a-feed", "a-feed/1", entries=[entry])).entries[0]


def _rules(*kinds: str, per: str = "million_tokens") -> Rules:
    return Rules(FieldsFile.model_validate({"fields": {kind: {"price": kind, "per": per} for kind in kinds}}))
