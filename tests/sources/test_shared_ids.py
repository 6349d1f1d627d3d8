"""Ids that two sources share resolve to one model, and ids of different models stay apart."""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

import pytest
import yaml

from ingest.name import ModelRegistry, ModelRequest, resolve_models

PAIRS: list[dict[str, Any]] = yaml.safe_load(Path(__file__).with_name("shared_ids.yaml").read_text("utf-8"))


class Judged(NamedTuple):
    same: bool
    one: str
    other: str
    shown: str


def _request(side: dict[str, Any]) -> ModelRequest:
    key = side["key"]
    return ModelRequest(
        source=side["source"],
        scope=f"feed#{key}",
        name=side.get("name") or (key if side["source"] == "aider" else None),
        organization=side.get("organization"),
        source_key=key,
    )


@pytest.fixture(scope="module")
def judged() -> list[Judged]:
    requests = [_request(side) for pair in PAIRS for side in (pair["one"], pair["other"])]
    ids = [found.model_id for found in resolve_models(requests, ModelRegistry())]
    return [
        Judged(pair["same"], ids[2 * i], ids[2 * i + 1], f"{pair['one']['key']} | {pair['other']['key']}")
        for i, pair in enumerate(PAIRS)
    ]


def test_at_least_nine_of_ten_shared_ids_resolve_to_one(judged: list[Judged]) -> None:
    same = [j for j in judged if j.same]
    apart = [j for j in same if j.one != j.other]
    assert len(PAIRS) >= 200
    assert len(apart) <= len(same) / 10, "\n".join(f"{j.shown}: {j.one}, {j.other}" for j in apart)


def test_different_models_stay_apart(judged: list[Judged]) -> None:
    merged = [j for j in judged if not j.same and j.one == j.other]
    assert not merged, "\n".join(f"{j.shown}: {j.one}" for j in merged)
