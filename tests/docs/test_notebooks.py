"""The notebooks run from start to end, and come to answers that were worked out from the sample pages by hand."""

from __future__ import annotations

import runpy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture
def run(sample: Any, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], dict[str, Any]]:
    """Run a notebook on the sample pages. Gives the names that its cells define."""
    pytest.importorskip("marimo")
    monkeypatch.setenv("INGEST_WAREHOUSE", str(sample.warehouse))

    def done(name: str) -> dict[str, Any]:
        _, names = runpy.run_path(str(ROOT / "docs" / "notebooks" / f"{name}.py"))["app"].run()
        return dict(names)

    return done


def test_choosing_a_model_under_a_budget(run: Callable[[str], dict[str, Any]]) -> None:
    names = run("choose_a_model")
    affordable, frontier = names["affordable"], names["frontier"]
    mini = affordable.set_index("model_id").loc["openai/gpt-4.1-mini"]
    assert mini["usd_a_month"] == 40 * 0.40 + 5 * 1.60
    assert (affordable["usd_a_month"] <= 100).all()
    assert set(names["ranked"]["name"]) | set(names["unmeasured"]) == set(affordable["name"])
    assert frontier["rank"].is_monotonic_decreasing
    assert len(frontier) >= 1


def test_whether_the_new_version_is_better(run: Callable[[str], dict[str, Any]]) -> None:
    names = run("is_the_new_version_better")
    compared = names["compared"]
    assert len(compared) >= 1
    assert sum(names["verdicts"].values()) == len(compared)
    for _, row in compared.iterrows():
        assert (row["verdict"] == "not certain") == (abs(row["gain"]) <= row["margin"])
    assert list(names["prices"]["model_id"]) == [names["old"], names["new"]]
