"""Listings of hosts that were written down with their models before the rules were tried on them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from ingest.name import ModelRegistry, ModelRequest, resolve_models, resolve_name

UNSEEN: list[dict[str, Any]] = yaml.safe_load(Path(__file__).with_name("unseen_listings.yaml").read_text("utf-8"))

NAMES: dict[str, list[dict[str, Any]]] = yaml.safe_load(
    Path(__file__).with_name("unseen_names.yaml").read_text("utf-8")
)


def test_each_name_of_a_model_alone_leads_to_it_and_to_no_other() -> None:
    asked = [(row["id"], name) for row in NAMES["same"] for name in row["names"]]
    wrong = {name: found for meant, name in asked if (found := resolve_name(name).model_id) != meant}
    assert not wrong
    assert len(asked) > 600


def test_each_name_of_a_model_as_a_listing_leads_to_it_too() -> None:
    asked = [(row["id"], name) for row in NAMES["same"] for name in row["names"]]
    found = resolve_models([_as_listed(f"source {at}", name) for at, (_, name) in enumerate(asked)], ModelRegistry())
    assert not {name: one.model_id for (meant, name), one in zip(asked, found, strict=True) if one.model_id != meant}


def test_near_names_are_two_models_or_two_versions() -> None:
    for pair in NAMES["apart"]:
        one, other = (resolve_name(name) for name in pair["names"])
        assert (one.model_id, one.version) != (other.model_id, other.version), pair["why"]


def _as_listed(source: str, name: str) -> ModelRequest:
    return ModelRequest(source, "place", name if " " in name else None, source_key=None if " " in name else name)


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
