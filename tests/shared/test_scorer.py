"""Figures that the scorer of ../shared gives for its pages, in all four forms, and the real page of the seed."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

EXACT = {
    "pages_read": 63,
    "model_fields_right": 1.0,
    "scores_found": 1.0,
    "score_values_right": 1.0,
    "score_context_right": 1.0,
    "models_kept_apart": 1.0,
    "scores_extra": 0,
}
AT_LEAST = {
    "conditions_precision": 0.99,
    "conditions_recall": 0.97,
    "genuine_words_kept": 0.98,
    "garbled_flagged": 0.98,
}
AT_MOST = {"rows_with_leaked_words": 0.02, "clean_wrongly_flagged": 0.01}


@pytest.mark.parametrize("form", ["page.txt", "page.cards.html", "page.dl.html", "page.soup.html"])
def test_the_scorer_finds_nothing_wrong(house: Any, shared: Path, form: str) -> None:
    pages = shared / "pages" / "dev"
    summary = house.run(*sorted(pages.glob(f"*/{form}")))
    assert (summary.captures_read, summary.captures_rejected) == (63, 0)
    scorer = [sys.executable, str(shared / "score" / "score_pages.py"), str(house.warehouse), str(pages), "--json"]
    done = subprocess.run(scorer, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    figures = json.loads(done.stdout)
    assert {name: figures[name] for name in EXACT} == EXACT
    assert {name: figures[name] for name, least in AT_LEAST.items() if figures[name] < least} == {}
    assert {name: figures[name] for name, most in AT_MOST.items() if figures[name] > most} == {}


@pytest.fixture(scope="module")
def seed(make_house: Callable[[], Any], shared: Path) -> Any:
    """The one real page, loaded."""
    house = make_house()
    house.run(shared / "pages" / "seed" / "gpt-4.1-mini.txt")
    return house.settled()


def test_the_seed_page_loads_whole(seed: Any) -> None:
    model = seed.one("SELECT * FROM models")
    assert (model["name"], model["organization"], model["model_id"]) == (
        "GPT-4.1 mini",
        "OpenAI",
        "openai/gpt-4.1-mini",
    )
    assert (model["context_tokens"], model["max_output_tokens"]) == (1_000_000, 32_800)
    assert (model["parameters"], model["training_tokens"], model["family"]) == (None, None, "GPT-4.1")
    days = ("release_date", "announced_on", "last_updated_on", "knowledge_cutoff")
    assert [str(model[day]) for day in days] == ["2025-04-14", "2025-04-14", "2025-07-19", "2024-05-31"]
    assert (model["multimodal"], model["average_score"]) == (True, 49.6)
    assert model["features"] is None  # the six rows stand on every page of that site alike, so they state nothing
    assert seed.rows("SELECT kind, usd_per_million_tokens FROM prices ORDER BY kind") == [
        ("input", 0.4),
        ("output", 1.6),
    ]
    assert seed.rows("SELECT count(*), round(avg(score), 1), bool_and(self_reported) FROM scores") == [(29, 49.6, True)]
    assert seed.rows("SELECT captured_at::DATE::VARCHAR FROM captures") == [("2026-03-25",)]


def test_the_seed_page_proves_itself_and_leaves_nothing_unread(seed: Any) -> None:
    assert ("average_score", True) in seed.rows("SELECT name, passed FROM checks")
    assert seed.rows("FROM checks WHERE NOT passed") == []
    assert seed.rows("FROM unread_lines") == []
    assert seed.rows("FROM quarantine") == []


def test_interval_of_what_the_seed_page_rounds(seed: Any) -> None:
    claims = seed.rows("SELECT low, high FROM claims WHERE field = 'context_tokens'")
    assert claims == [(950_000, 1_050_000)]
    assert seed.rows("SELECT score, score_low, score_high FROM scores WHERE benchmark_listed = 'GPQA'") == [
        (65.0, pytest.approx(64.95), pytest.approx(65.05))
    ]


def test_near_names_of_the_seed_page_stay_apart(seed: Any) -> None:
    ids = seed.values("SELECT benchmark_id FROM scores WHERE benchmark_listed LIKE 'Graphwalks%' ORDER BY 1")
    assert len(set(ids)) == 4
    assert len(seed.values("SELECT DISTINCT benchmark_id FROM scores")) >= 28
