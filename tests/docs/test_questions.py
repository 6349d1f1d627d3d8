"""The cookbook: every query runs, and its answers are those that the files of the feeds give by hand."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import duckdb
import pytest
import yaml

PAGE = (Path(__file__).parents[2] / "docs" / "questions.md").read_text("utf-8")
_QUESTION = re.compile(r"^### (\d+)\. ([^\n]+)\n.*?```sql\n(.*?)```", re.DOTALL | re.MULTILINE)
QUESTIONS = {int(number): (title, query) for number, title, query in _QUESTION.findall(PAGE)}
ANSWERS: dict[int, list[dict[str, Any]]] = yaml.safe_load(Path(__file__).with_name("answers.yaml").read_text("utf-8"))


def _rows(warehouse: Path, number: int) -> list[dict[str, Any]]:
    with duckdb.connect(str(warehouse), read_only=True) as connection:
        cursor = connection.execute(QUESTIONS[number][1])
        names = [column[0] for column in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def test_there_are_27_questions() -> None:
    assert list(QUESTIONS) == list(range(1, 28))


@pytest.mark.parametrize("number", QUESTIONS)
def test_a_query_runs_on_the_sample_pages(sample: Any, number: int) -> None:
    assert isinstance(_rows(sample.warehouse, number), list)


@pytest.fixture(scope="module")
def feeds(shared: Path, make_house: Any) -> Path:
    """A warehouse of the sample pages and of all feeds."""
    house = make_house()
    done = house.cli("run", Path(__file__).parents[2] / "raw" / "pages", shared / "feeds", "--accept")
    assert done.returncode == 0, done.stderr
    return house.warehouse  # type: ignore[no-any-return]


@pytest.mark.parametrize("number", ANSWERS, ids=lambda number: f"{number}. {QUESTIONS[number][0]}")
def test_an_answer_is_the_one_that_the_files_give(feeds: Path, number: int) -> None:
    rows = _rows(feeds, number)
    for expected in ANSWERS[number]:
        shown = [{name: row[name] for name in expected} for row in rows]
        assert expected in shown, QUESTIONS[number][0]


LOG = {
    "gpt-4o": "openai/gpt-4o",
    "mistral-large-latest": "mistral/mistral-large-latest",
    "gemini-2.5-pro": "google/gemini-2.5-pro",
    "openai/gpt-4.1-mini": "openai/gpt-4.1-mini",
    "an-id-of-nobody": None,
}


def test_each_id_of_a_log_is_one_row(feeds: Path) -> None:
    """An id that several sources list, as their id or as the name of another model, is not counted twice."""
    log = ", ".join(f"('{api_id}', 1)" for api_id in LOG)
    query = re.sub(r"\(VALUES .*?\)\)", f"(VALUES {log})", QUESTIONS[23][1])
    with duckdb.connect(str(feeds), read_only=True) as connection:
        assert sorted((row[0], row[1]) for row in connection.execute(query).fetchall()) == sorted(LOG.items())
