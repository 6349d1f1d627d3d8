"""What a listing says of a run is a condition of its scores, and of how it is sold a tier of its prices."""

from __future__ import annotations

from typing import Any

import pytest

from ingest.name import ModelRegistry, ModelRequest, listed_settings, resolve_models

CASES: list[tuple[dict[str, Any], str, str | None, dict[str, Any], tuple[str, ...]]] = [
    ({"source_key": "o4-mini"}, "openai/o4-mini", None, {}, ()),
    ({"source_key": "o4-mini-high"}, "openai/o4-mini", None, {"reasoning_effort": "high"}, ()),
    ({"name": "o3 (high)"}, "openai/o3", None, {"reasoning_effort": "high"}, ()),
    (
        {"source_key": "claude-3-7-sonnet-20250219_16K"},
        "anthropic/claude-3.7-sonnet",
        "2025-02-19",
        {"thinking_tokens": 16000, "reasoning": "on"},
        (),
    ),
    ({"source_key": "claude-3-7-sonnet-thinking"}, "anthropic/claude-3.7-sonnet", None, {"reasoning": "on"}, ()),
    ({"name": "8-shot Minerva 540B"}, "google/minerva-540b", None, {"n_shots": 8}, ()),
    ({"name": "0-shot Foo 9 (high)"}, "unknown/foo-9", None, {"n_shots": 0, "reasoning_effort": "high"}, ()),
    ({"name": "One-shot"}, "unknown/one-shot", None, {}, ()),
    ({"source_key": "CUA", "name": "Computer-Using Agent (CUA)"}, "openai/computer-use-preview", None, {}, ()),
    ({"source_key": "gemini-1.5-pro-002"}, "google/gemini-1.5-pro", "002", {}, ()),
    ({"source_key": "gemini-2.5-pro-preview-05-06"}, "google/gemini-2.5-pro", "preview-05-06", {}, ()),
    ({"source_key": "gpt-4-0613"}, "openai/gpt-4", "0613", {}, ()),
    ({"source_key": "gemini-2.0-flash-lite-preview-02-05"}, "google/gemini-2.0-flash-lite", "preview-02-05", {}, ()),
    (
        {"name": "Gemini 2.0 Flash-Lite", "source_key": "gemini-2.0-flash-lite-preview-02-05"},
        "google/gemini-2.0-flash-lite",
        "preview-02-05",
        {},
        (),
    ),
    ({"name": "o3-mini", "source_key": "o3-mini-high"}, "openai/o3-mini", None, {"reasoning_effort": "high"}, ()),
    ({"source_key": "Mixtral-8x7B-Instruct-v0.1"}, "mistral/mixtral-8x7b-instruct", "v0.1", {}, ()),
    ({"source_key": "llama-v3p1-8b-instruct"}, "meta/llama-3.1-8b-instruct", None, {}, ()),
    ({"source_key": "qwen2:72b-instruct-q8_0"}, "qwen/qwen2-72b-instruct", "q8_0", {}, ("q8_0",)),
    ({"name": "GPT-4 (Jun 2023)"}, "openai/gpt-4", "2023-06", {}, ()),
    ({"source_key": "gpt-4.1-mini-2025-04-14"}, "openai/gpt-4.1-mini", "2025-04-14", {}, ()),
    ({"source_key": "claude-3-opus-latest"}, "anthropic/claude-3-opus", "latest", {}, ()),
    ({"source_key": "mistral-medium-latest"}, "mistral/mistral-medium-latest", None, {}, ()),
    ({"source_key": "gpt-4o-2024-08-06"}, "openai/gpt-4o-2024-08-06", None, {}, ()),
    (
        {"source_key": "together_ai/meta-llama/Llama-3.3-70B-Instruct-Turbo"},
        "meta/llama-3.3-70b-instruct",
        None,
        {},
        ("turbo",),
    ),
    ({"source_key": "Qwen/Qwen3-32B-FP8"}, "qwen/qwen3-32b", None, {}, ("fp8",)),
    ({"source_key": "deepseek/deepseek-r1:free"}, "deepseek/deepseek-r1", None, {}, ("free",)),
    ({"source_key": "foo-7b-20250102"}, "unknown/foo-7b", "2025-01-02", {}, ()),
    ({"source_key": "kimi-k2-thinking"}, "moonshotai/kimi-k2-thinking", None, {}, ()),
]


@pytest.mark.parametrize(("listed", "model_id", "version", "conditions", "tier"), CASES, ids=lambda c: str(c)[:60])
def test_what_a_listing_says(
    listed: dict[str, Any], model_id: str, version: str | None, conditions: dict[str, Any], tier: tuple[str, ...]
) -> None:
    [found] = resolve_models([ModelRequest("a-source", "a-place", **listed)], ModelRegistry())
    assert (found.model_id, found.version, found.conditions) == (model_id, version, conditions)
    said = listed_settings(listed.get("name"), None, listed.get("source_key"))
    assert said.conditions == conditions
    assert set(tier) <= set(said.tier)
    assert {setting.partition("=")[0] for setting in found.settings} >= set(conditions)


def test_two_settings_of_one_model_are_never_ranked_against_each_other(house: Any) -> None:
    table = "id,Model version,Percent correct,Source,Source link\n1,o4-mini,60.0%,,\n2,o4-mini-high,72.0%,,\n"
    house.run(house.write("external_benchmark_aider_polyglot.csv", table.encode()))
    rows = house.rows("SELECT score, reasoning_effort, comparability_key FROM scores ORDER BY score")
    assert [row[:2] for row in rows] == [(60.0, None), (72.0, "high")]
    assert len({row[2] for row in rows}) == 2
