"""A router says which fixed version a moving name stands for: the version tells it, with the days."""

from __future__ import annotations

import json
from typing import Any

MOVING, PLAIN, SAME = "mistralai/mistral-small-3.2-24b-instruct", "openai/gpt-4.1", "meta-llama/llama-3.3-70b-instruct"


def listed(**stands_for: str) -> bytes:
    rows = [
        {
            "id": key,
            "canonical_slug": slug,
            "name": key,
            "architecture": {"modality": "text->text", "input_modalities": ["text"], "output_modalities": ["text"]},
            "pricing": {"prompt": "0.000001", "completion": "0.000002"},
        }
        for key, slug in {SAME: SAME, f"{SAME}:free": SAME, **stands_for}.items()
    ]
    return json.dumps({"data": rows}).encode()


def test_a_version_says_which_moving_names_stood_for_it_and_when(house: Any) -> None:
    first = {MOVING: f"{MOVING}-2506", PLAIN: f"{PLAIN}-2025-04-14", "openai/o3": "openai/o3-pro"}
    house.run(house.write("2025-07-03/models.json", listed(**first)))
    house.run(house.write("2025-09-11/models.json", listed(**first | {PLAIN: f"{PLAIN}-2025-09-09"})))
    rows = house.rows(
        "SELECT model_id, version, is_alias_of FROM model_versions WHERE is_alias_of IS NOT NULL ORDER BY ALL"
    )
    assert rows == [
        ("mistral/mistral-small-3.2-24b-instruct", "2506", f"{MOVING} from 2025-07-03"),
        ("openai/gpt-4.1", "2025-04-14", f"{PLAIN} from 2025-07-03 to 2025-09-11"),
        ("openai/gpt-4.1", "2025-09-09", f"{PLAIN} from 2025-09-11"),
    ]
    told = house.rows(
        "SELECT value, raw_text, locator FROM claims WHERE model_id = 'openai/gpt-4.1' AND field = 'stands_for'"
    )
    assert ("2025-09-09", f"{PLAIN}-2025-09-09", "/data/3/canonical_slug") in told
