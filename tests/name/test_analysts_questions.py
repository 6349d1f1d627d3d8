"""Three questions of an analyst, from files in to an answer out."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

SOLD = {"mode": "chat", "input_cost_per_token": 1e-6, "output_cost_per_token": 4e-6}
PRICES = {
    "gpt-4.1-mini-2025-04-14": SOLD | {"litellm_provider": "openai"},
    "azure/gpt-4.1-mini": SOLD | {"litellm_provider": "azure"},
    "o4-mini": SOLD | {"litellm_provider": "openai"},
    "us.anthropic.claude-3-5-haiku-20241022-v1:0": SOLD | {"litellm_provider": "bedrock"},
    "claude-3-5-haiku-latest": SOLD | {"litellm_provider": "anthropic"},
    "fireworks_ai/accounts/fireworks/models/llama-v3p1-70b-instruct": SOLD | {"litellm_provider": "fireworks_ai"},
    "together_ai/meta-llama/Meta-Llama-3.1-70B-Instruct-Turbo": SOLD | {"litellm_provider": "together_ai"},
    "groq/llama-3.1-70b-versatile": SOLD | {"litellm_provider": "groq"},
    "databricks/databricks-meta-llama-3-1-70b-instruct": SOLD | {"litellm_provider": "databricks"},
    "cerebras/llama3.1-8b": SOLD | {"litellm_provider": "cerebras"},
}
RUNS = """id,Model version,Percent correct,Source,Source link
1,gemini-1.5-pro-001,40.7%,,
2,gemini-1.5-pro-002,70.4%,,
3,o4-mini,60.0%,,
4,o4-mini-high,72.0%,,
"""


@pytest.fixture(scope="module")
def filled(make_house: Callable[[], Any]) -> Any:
    house = make_house()
    prices = house.write("prices.json", json.dumps(PRICES).encode())
    runs = house.write("external_benchmark_aider_polyglot.csv", RUNS.encode())
    house.run(prices, runs)
    return house.settled()


def test_join_my_usage_log_to_models(filled: Any) -> None:
    used = [
        "gpt-4.1-mini-2025-04-14",
        "us.anthropic.claude-3-5-haiku-20241022-v1:0",
        "o4-mini-high",
        "azure/gpt-4.1-mini",
    ]
    rows = filled.rows(
        "SELECT listed_id, model_id, version, settings FROM model_ids WHERE list_contains(?, listed_id) ORDER BY 1",
        used,
    )
    assert [(listed, model, version, settings or []) for listed, model, version, settings in rows] == [
        ("azure/gpt-4.1-mini", "openai/gpt-4.1-mini", None, []),
        ("gpt-4.1-mini-2025-04-14", "openai/gpt-4.1-mini", "2025-04-14", []),
        ("o4-mini-high", "openai/o4-mini", None, ["reasoning_effort=high"]),
        ("us.anthropic.claude-3-5-haiku-20241022-v1:0", "anthropic/claude-3.5-haiku", "2024-10-22", []),
    ]


def test_did_the_new_version_score_better_than_the_old_one(filled: Any) -> None:
    rows = filled.rows(
        "SELECT version, score, model_listed FROM scores WHERE model_id = 'google/gemini-1.5-pro' ORDER BY version"
    )
    assert rows == [("001", 40.7, "gemini-1.5-pro-001"), ("002", 70.4, "gemini-1.5-pro-002")]
    keys = filled.values("SELECT comparability_key FROM scores WHERE model_id = 'openai/o4-mini'")
    assert len(set(keys)) == 2, "a setting of the run is no version: the two are not ranked against each other"


def test_which_sellers_have_this_very_model(filled: Any) -> None:
    sellers = filled.values(
        "SELECT DISTINCT provider FROM prices WHERE model_id = 'meta/llama-3.1-70b-instruct' ORDER BY 1"
    )
    assert sellers == ["databricks", "fireworks", "groq", "together"]
    tiers = filled.rows(
        "SELECT DISTINCT provider, tier FROM prices WHERE model_id = 'meta/llama-3.1-70b-instruct' ORDER BY 1"
    )
    assert dict(tiers)["together"] == "turbo", "how a host serves it is a tier of the price"
    assert filled.values("SELECT count(*) FROM models WHERE model_id LIKE '%llama-3.1-70b%'") == [1]


BOARD = """id,UUID,Model version,Global average,Reasoning average,LiveBench Version,Source,Source link
claude-3-7-sonnet-thinking,rec1,claude-3-7-sonnet-20250219,76.10,87.83,LiveBench-2024-11-25,LiveBench,
claude-3-7-sonnet,rec2,claude-3-7-sonnet-20250219,65.56,66.00,LiveBench-2024-11-25,LiveBench,
"""


def test_two_settings_of_one_version_in_one_table_are_two_results(house: Any) -> None:
    """The table gives both rows the same model version; the name of one says that it was thinking."""
    house.run(house.write("external_benchmark_livebench.csv", BOARD.encode()))
    rows = house.rows(
        "SELECT model_listed, model_id, reasoning, score, comparability_key FROM scores "
        "WHERE benchmark_listed LIKE '%easoning%' ORDER BY score"
    )
    assert [row[:4] for row in rows] == [
        ("claude-3-7-sonnet", "anthropic/claude-3.7-sonnet", None, 66.0),
        ("claude-3-7-sonnet-thinking", "anthropic/claude-3.7-sonnet", "on", 87.83),
    ]
    assert rows[0][4] != rows[1][4]
