"""One price for each thing that is sold, chosen from what the feeds say; and which version it is for."""

from __future__ import annotations

import itertools
import json
from typing import Any

import duckdb

from ingest.load.choice import PRICE_FIELD


def _per_token(usd_per_million: float) -> str:
    return f"{usd_per_million / 1e6:.10f}".rstrip("0")


def _litellm(house: Any, day: str, **listed: tuple[str, float]) -> None:
    entries = {
        key: {"litellm_provider": seller, "mode": "chat", "input_cost_per_token": price / 1e6}
        for key, (seller, price) in listed.items()
    }
    house.run(house.write(f"litellm/{day}/prices.json", json.dumps(entries).encode()))


def _models_dev(house: Any, day: str, seller: str, **costs: float) -> None:
    models = {
        key: {
            "id": key,
            "name": key,
            "cost": {"input": price},
            "limit": {"context": 64_000, "output": 8_000},
            "modalities": {"input": ["text"], "output": ["text"]},
        }
        for key, price in costs.items()
    }
    seller_of = {seller: {"id": seller, "name": seller, "env": [], "npm": "-", "models": models}}
    house.run(house.write(f"models-dev/{day}/api.json", json.dumps(seller_of).encode()))


def _openrouter(house: Any, day: str, **prices: float) -> None:
    data = [
        {
            "id": key,
            "name": key,
            "context_length": 64_000,
            "architecture": {"modality": "text->text"},
            "pricing": {"prompt": _per_token(price), "completion": _per_token(price)},
        }
        for key, price in prices.items()
    ]
    house.run(house.write(f"openrouter/{day}/models.json", json.dumps({"data": data}).encode()))


def _chosen(house: Any) -> list[tuple[Any, ...]]:
    return house.rows(  # type: ignore[no-any-return]
        "SELECT provider, tier, amount, source, rule FROM chosen_prices WHERE kind = 'input' ORDER BY ALL"
    )


def test_the_price_before_it_was_rounded_is_chosen_and_nothing_disagrees(house: Any) -> None:
    _models_dev(house, "2025-09-01", "openai", **{"gpt-4o-mini": 0.08})
    _litellm(house, "2025-09-02", **{"gpt-4o-mini": ("openai", 0.075)})
    assert _chosen(house) == [("openai", None, 0.075, "litellm", "most_precise")]
    assert house.rows("FROM conflicts WHERE field LIKE 'price%'") == []


def test_a_cent_is_a_disagreement_that_is_listed_with_what_was_chosen(house: Any) -> None:
    _models_dev(house, "2025-09-03", "openai", **{"gpt-4o-mini": 0.28})
    _litellm(house, "2025-09-02", **{"gpt-4o-mini": ("openai", 0.27)})
    assert _chosen(house) == [("openai", None, 0.28, "models-dev", "last_begun")]
    assert house.rows("SELECT * EXCLUDE (model_id, version) FROM conflicts WHERE field LIKE 'price%'") == [
        ("price of input from openai", ["litellm: 0.27", "models-dev: 0.28"], "models-dev", "last_begun")
    ]


def test_a_seller_is_believed_of_its_own_prices_however_many_say_otherwise(house: Any) -> None:
    _openrouter(house, "2025-09-01", **{"openai/gpt-4o-mini": 0.1})
    _litellm(house, "2025-09-02", **{"openrouter/openai/gpt-4o-mini": ("openrouter", 0.2)})
    _models_dev(house, "2025-09-03", "openrouter", **{"openai/gpt-4o-mini": 0.2})
    assert _chosen(house) == [("openrouter", None, 0.1, "openrouter", "maker_before_aggregator")]


def test_a_list_that_was_not_seen_for_long_gives_way(house: Any) -> None:
    _models_dev(house, "2025-02-01", "openai", **{"gpt-4o-mini": 0.5})
    _litellm(house, "2025-09-02", **{"gpt-4o-mini": ("openai", 0.4)})
    assert _chosen(house) == [("openai", None, 0.4, "litellm", "fresh_before_stale")]


def test_what_a_seller_lists_beside_the_plain_name_is_a_price_of_its_version(house: Any) -> None:
    listed = {"o1-mini": 1.1, "o1-mini-2024-09-12": 3.0, "o1-mini-preview": 1.1}
    _litellm(house, "2025-09-02", **{key: ("openai", price) for key, price in listed.items()})
    rows = house.rows("SELECT version, tier, usd_per_million_tokens FROM chosen_prices ORDER BY version")
    assert rows == [("2024-09-12", None, 3.0), ("preview", None, 1.1), (None, None, 1.1)]
    assert house.values("SELECT DISTINCT version FROM prices ORDER BY version") == ["2024-09-12", "preview", None]


def test_a_listing_whose_name_tells_no_version_is_told_apart_in_the_tier(house: Any) -> None:
    entries = {
        f"fireworks_ai/accounts/fireworks/models/{name}": {
            "litellm_provider": "fireworks_ai", "mode": "chat", "input_cost_per_token": price / 1e6
        }
        for name, price in (("mixtral-8x7b-instruct", 0.5), ("mixtral-8x7b-instruct-hf", 1.0))
    }  # fmt: skip
    house.run(house.write("litellm/2025-09-02/prices.json", json.dumps(entries).encode()))
    rows = house.rows("SELECT version, tier, usd_per_million_tokens FROM chosen_prices ORDER BY ALL")
    assert rows == [(None, "version hf", 1.0), (None, None, 0.5)]


def test_a_model_that_is_listed_once_has_a_base_price_whatever_its_id_ends_in(house: Any) -> None:
    _litellm(house, "2025-09-02", **{"gpt-4o-2024-08-06": ("openai", 2.5)})
    assert [(tier, amount) for _, tier, amount, *_ in _chosen(house)] == [(None, 2.5)]


def test_a_version_is_one_in_every_tier_of_its_prices(house: Any) -> None:
    """The plain model has no price for priority, so that of a version is not taken for it."""
    entries = {
        key: {"litellm_provider": "openai", "mode": "chat", "input_cost_per_token": 1e-6, **more}
        for key, more in {"o1-mini": {}, "o1-mini-2024-09-12": {"input_cost_per_token_priority": 2e-6}}.items()
    }
    house.run(house.write("litellm/2025-09-02/prices.json", json.dumps(entries).encode()))
    rows = house.rows("SELECT version, tier, usd_per_million_tokens FROM chosen_prices ORDER BY ALL")
    assert rows == [("2024-09-12", "priority", 2.0), ("2024-09-12", None, 1.0), (None, None, 1.0)]


def test_two_things_that_are_sold_are_never_one_in_words() -> None:
    names = ("NULL", *(f"'{name}'" for name in ("a", "b", "a, b", '"a', "per_image", "(per_image)", "in EUR", "")))
    units, currencies = ("NULL", "'per_million_tokens'", "'per_image'"), ("NULL", "'USD'", "'EUR'")
    things = list(itertools.product(("'input'", "'output'"), names, names, units, currencies))
    rows = ", ".join(f"({', '.join(thing)})" for thing in things)
    words = duckdb.sql(
        f"SELECT count(DISTINCT {PRICE_FIELD}) FROM (VALUES {rows}) AS t(kind, provider, tier, unit, currency), "
        "(SELECT NULL AS version)"
    ).fetchone()
    assert words == (len(things),)


def test_a_source_of_other_prices_is_not_named_beside_those_per_token(house: Any) -> None:
    _models_dev(house, "2025-09-01", "openai", **{"gpt-4o-mini": 0.15})
    entry = {"litellm_provider": "openai", "mode": "chat", "output_cost_per_character": 1e-6}
    house.run(house.write("litellm/2025-09-02/prices.json", json.dumps({"gpt-4o-mini": entry}).encode()))
    house.run(house.write("page.txt", name="GPT-4o mini", organization="OpenAI", input=None, output=None))
    shown = "SELECT DISTINCT price_rule, input_usd_per_million_tokens FROM price_performance"
    assert len(house.rows("FROM chosen_prices")) == 2
    assert house.rows(shown) == [(None, None)]


def test_what_was_chosen_at_a_time(house: Any) -> None:
    _litellm(house, "2025-06-01", **{"o3-mini": ("openai", 2.0)})
    _litellm(house, "2025-09-01", **{"o3-mini": ("openai", 1.1)})
    at = "SELECT amount, rule, raw_text FROM chosen_prices_as_of(?)"
    assert house.rows(at, "2025-07-01") == [(2.0, "only_claim", "2e-06")]
    assert house.rows(at, "2025-05-01") == []
    assert house.rows("SELECT amount FROM chosen_prices") == [(1.1,)]
