"""What is sold and is no model is no row, and says so."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from ingest.name.not_models import not_a_model

CASES: dict[str, list[str]] = yaml.safe_load(Path(__file__).with_name("not_models.yaml").read_text("utf-8"))


@pytest.mark.parametrize("listed", CASES["none"])
def test_what_is_no_model(listed: str) -> None:
    assert not_a_model(listed)


@pytest.mark.parametrize("listed", CASES["models"])
def test_what_is_a_model(listed: str) -> None:
    assert not_a_model(listed) is None


def test_it_is_no_row_and_stands_in_checks(house: Any) -> None:
    sold = {"litellm_provider": "openai", "mode": "chat", "input_cost_per_token": 1e-6, "output_cost_per_token": 2e-6}
    listed = {"gpt-4.1": sold, "together-ai-4.1b-8b": sold, "exa_ai/search": sold | {"mode": "search"}}
    house.run(house.write("prices.json", json.dumps(listed).encode()))
    assert house.values("SELECT model_id FROM models") == ["openai/gpt-4.1"]
    assert house.values("SELECT DISTINCT model_id FROM prices") == ["openai/gpt-4.1"]
    told = house.values("SELECT actual FROM checks WHERE name = 'no_model' AND passed ORDER BY 1")
    assert told == ["exa_ai/search", "together-ai-4.1b-8b"]


def test_a_row_under_a_letter_is_told_by_its_name(house: Any) -> None:
    rows = "id,Model,Version release date\no,Codex,2021-08-10\nd,Claude 2,2023-07-11\n"
    house.run(house.write("model_versions.csv", rows.encode()))
    assert house.values("SELECT model_id FROM models") == ["anthropic/claude-2"]
    assert house.values("SELECT actual FROM checks WHERE name = 'no_model'") == ["Codex"]
