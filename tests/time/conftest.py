"""A feed of many models in one document, in the shape of a gateway's list, written from a small description."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest

Gateway = Callable[..., Path]


def listed(number: int, **changes: Any) -> dict[str, Any]:
    """One model of the list; ``changes`` are set on it, None takes a field away."""
    model = {
        "id": f"acme-ai/robin-{number}",
        "name": f"Acme AI: Robin {number}",
        "description": "A model that tests know well.",
        "context_length": 64_000 + 1000 * number,
        "architecture": {"input_modalities": ["text"], "output_modalities": ["text"]},
        "top_provider": {"max_completion_tokens": 8000 + number},
        "pricing": {"prompt": "0.000001", "completion": "0.000004"},
    }
    return {key: value for key, value in {**model, **changes}.items() if value is not None}


@pytest.fixture(scope="session")
def gateway() -> Gateway:
    """Writes the list of a day: the numbers of its models, and changes to some of them by number."""

    def write(house: Any, day: str, models: Iterable[int], **changes: dict[str, Any]) -> Path:
        path = Path(house.root) / "feeds" / day / "models.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        said = [listed(number, **changes.get(f"of_{number}", {})) for number in models]
        path.write_text(json.dumps({"data": said}))
        return path

    return write
