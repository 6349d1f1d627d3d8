"""How long the readers of feeds take. Run with: pytest tests/benchmarks/test_feed_speed.py"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ingest.records.document import Capture
from ingest.source_kit.altered import grown
from ingest.sources import sources

FIXTURES = Path(__file__).parents[1] / "sources"


@pytest.mark.parametrize(
    ("name", "fixture"),
    [
        ("models-dev", "models_dev/fixtures/api.json"),
        ("openrouter", "openrouter/fixtures/models.json"),
        ("litellm", "litellm/fixtures/model_prices_and_context_window.json"),
        ("aider", "aider/fixtures/polyglot_leaderboard.yml"),
        ("epoch", "epoch/fixtures/benchmarks_runs.csv"),
    ],
)
def test_a_feed_of_about_a_thousand_records(name: str, fixture: str, benchmark: Any) -> None:
    path = FIXTURES / fixture
    capture = Capture(grown(path.read_bytes(), 250), path.as_posix())
    benchmark(sources()[name].parse, capture)
