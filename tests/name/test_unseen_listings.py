"""Listings of hosts that were written down with their models before the rules were tried on them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from ingest.name import ModelRegistry, ModelRequest, resolve_models

UNSEEN: list[dict[str, Any]] = yaml.safe_load(Path(__file__).with_name("unseen_listings.yaml").read_text("utf-8"))


def test_each_listing_of_a_model_leads_to_it_and_to_no_other() -> None:
    asked = [(row["id"], key) for row in UNSEEN for key in row["listed"]]
    requests = [ModelRequest(f"source {at}", "place", source_key=key) for at, (_, key) in enumerate(asked)]
    found = resolve_models(requests, ModelRegistry())
    wrong = {key: model.model_id for (meant, key), model in zip(asked, found, strict=True) if model.model_id != meant}
    assert not wrong
    assert len({row["id"] for row in UNSEEN}) == len(UNSEEN) > 130
    assert len(asked) > 390


def test_a_region_and_a_quantization_behind_an_at_sign_are_settings() -> None:
    keys = ("anthropic.claude-3-5-sonnet-20241022-v2:0@us-east-1", "deepseek-r1-distill-llama-70b@fp8")
    found = resolve_models([ModelRequest("s", "p", source_key=key) for key in keys], ModelRegistry())
    assert [model.settings for model in found] == [("service=region us-east-1",), ("quantization=fp8",)]
