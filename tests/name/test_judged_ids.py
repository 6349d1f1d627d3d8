"""Ids that were drawn from real feeds and judged by hand keep their judgement."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from ingest.name import ModelRegistry, ModelRequest, resolve_models, resolve_name

JUDGED: list[dict[str, Any]] = yaml.safe_load(Path(__file__).with_name("judged_ids.yaml").read_text("utf-8"))


def test_judged_listings_lead_to_the_ids_that_were_judged() -> None:
    requests = [ModelRequest(f"source {at}", "place", **row["listed"]) for at, row in enumerate(JUDGED)]
    found = [model.model_id for model in resolve_models(requests, ModelRegistry())]
    wrong = {row["id"]: one for row, one in zip(JUDGED, found, strict=True) if row["id"] != one}
    assert not wrong
    assert len(set(found)) == len(JUDGED) >= 700


def test_at_most_one_in_a_hundred_is_a_second_id_of_a_model() -> None:
    assert sum("same_as" in row for row in JUDGED) <= 0.01 * len(JUDGED)


def test_a_name_by_itself_means_what_it_means_as_the_only_listing() -> None:
    names = [str(row["listed"].get("source_key") or row["listed"]["name"]) for row in JUDGED]
    assert [resolve_name(name) for name in names] == [
        resolve_models([ModelRequest("", "", name)], ModelRegistry())[0] for name in names
    ]
