"""The sample pages of the project: what the first command of a new user loads."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml

FACTS = yaml.safe_load(Path(__file__).with_name("sample_facts.yaml").read_text("utf-8"))


def test_there_are_pages_of_many_makers_as_text_and_html(sample: Any) -> None:
    locations = sample.values("SELECT location FROM captures WHERE status = 'read'")
    assert len(locations) >= 14
    assert {Path(location).suffix for location in locations} == {".txt", ".html"}
    assert sample.values("SELECT count(DISTINCT organization_id) FROM models")[0] >= 7


def test_every_page_is_a_model_of_its_own(sample: Any) -> None:
    pages = sample.values("SELECT count(*) FROM captures WHERE status = 'read'")
    assert pages == sample.values("SELECT count(*) FROM models")
    assert sample.rows("FROM captures WHERE status <> 'read'") == []


def test_models_of_one_name_and_different_dates_stay_apart(sample: Any) -> None:
    pairs = sample.rows(
        "SELECT name, list(release_date ORDER BY release_date) FROM models GROUP BY name "
        "HAVING count(*) > 1 ORDER BY name"
    )
    assert pairs == [
        ("Claude 3.5 Sonnet", [date(2024, 6, 20), date(2024, 10, 22)]),
        ("GPT-4o", [date(2024, 5, 13), date(2024, 8, 6)]),
    ]


@pytest.mark.parametrize("fact", FACTS, ids=lambda fact: f"{fact['page']}: {fact['what']}")
def test_a_fact_of_a_page(sample: Any, fact: dict[str, Any]) -> None:
    sql = fact["sql"].replace("PAGE", "(SELECT capture_id FROM captures WHERE location LIKE ?)")
    assert [list(row) for row in sample.rows(sql, f"%/{fact['page']}")] == fact["rows"]
