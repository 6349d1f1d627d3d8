"""Speed of the describe step: 28,000 distinct descriptions, none of them remembered. At most 0.1 ms each."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest

import ingest.describe as step

sys.path.insert(0, str(Path(__file__).parents[1] / "describe"))

from garbled_text import rows

DISTINCT = 28_000


def descriptions() -> list[tuple[str, str]]:
    made = {(row["description"], row["benchmark"]) for row in rows("seen", 3 * DISTINCT)}
    return sorted(made)[:DISTINCT]


def test_distinct_descriptions(benchmark: Any) -> None:
    texts = descriptions()
    assert len(texts) == DISTINCT

    def run() -> int:
        step.forget()
        return sum(step.describe(text, name).description is not None for text, name in texts)

    assert benchmark.pedantic(run, rounds=3, iterations=1, warmup_rounds=1) > DISTINCT // 2


@pytest.mark.parametrize("characters", [5_000, 20_000, 500_000, 5_000_000])
def test_long_texts(benchmark: Any, characters: int) -> None:
    text = "5-shot AI: " + "I am a model. " * (characters // 14)
    described = benchmark.pedantic(step.describe, args=(text,), rounds=5, iterations=1)
    assert described.description == "5-shot"
