"""Every feed keeps the contract of a source on its own fixtures; what is read of them is written beside them."""

from __future__ import annotations

import pytest

from ingest.source_kit.altered import grown
from ingest.source_kit.contract import broken_clauses

FEEDS = (
    "aider",
    "epoch",
    "huggingface-card",
    "litellm",
    "llm-prices",
    "llmstats",
    "lmarena",
    "models-dev",
    "openrouter",
)


@pytest.mark.parametrize("name", FEEDS)
def test_the_contract_holds(name: str) -> None:
    assert broken_clauses(name) == []


def test_a_grown_file_has_its_records_over_and_over() -> None:
    assert grown(b'{"data": [{"id": 1}, {"id": 2}]}', 3).count(b"id") == 6
    assert grown(b'{"a": {"x": 1}, "b": {"x": 2}}', 3).count(b'"x"') == 6
    assert grown(b"id,name\n1,a\n2,b\n", 3) == b"id,name\n" + b"1,a\n2,b\n" * 3
