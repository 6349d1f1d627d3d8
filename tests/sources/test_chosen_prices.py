"""One price for each thing that is sold, chosen from what the feeds say; and which version it is for."""

from __future__ import annotations

import json
from typing import Any


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
    assert _chosen(house) == [("openai", None, 0.28, "models-dev", "last_seen")]
    assert house.rows("SELECT * EXCLUDE (model_id) FROM conflicts WHERE field LIKE 'price%'") == [
        ("price of input from openai", ["litellm: 0.27", "models-dev: 0.28"], "models-dev", "last_seen")
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


def test_what_a_seller_lists_beside_the_plain_name_has_the_tier_of_its_version(house: Any) -> None:
    listed = {"o1-mini": 1.1, "o1-mini-2024-09-12": 3.0, "o1-mini-preview": 1.1}
    _litellm(house, "2025-09-02", **{key: ("openai", price) for key, price in listed.items()})
    assert [(tier, amount) for _, tier, amount, *_ in _chosen(house)] == [
        ("version 2024-09-12", 3.0),
        ("version preview", 1.1),
        (None, 1.1),
    ]


def test_a_model_that_is_listed_once_has_a_base_price_whatever_its_id_ends_in(house: Any) -> None:
    _litellm(house, "2025-09-02", **{"gpt-4o-2024-08-06": ("openai", 2.5)})
    assert [(tier, amount) for _, tier, amount, *_ in _chosen(house)] == [(None, 2.5)]
