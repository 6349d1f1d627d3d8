"""The cookbook: its answers are those that the pages and feeds give by hand.

All 27 answers over the sample pages and a few small feed files are held row by row. Where ``../shared`` is, the answers
over all its feeds are held to rows that were looked up there.
"""

from __future__ import annotations

import re
from datetime import datetime, time
from pathlib import Path
from typing import Any

import duckdb
import pytest
import yaml

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
PAGE = (ROOT / "docs" / "questions.md").read_text("utf-8")
_QUESTION = re.compile(r"^### (\d+)\. ([^\n]+)\n.*?```sql\n(.*?)```", re.DOTALL | re.MULTILINE)
QUESTIONS = {int(number): (title, query) for number, title, query in _QUESTION.findall(PAGE)}


def _answers(name: str) -> dict[int, dict[str, Any]]:
    answers: dict[int, dict[str, Any]] = yaml.safe_load((HERE / name).read_text("utf-8"))
    return answers


SAMPLE, SHARED = _answers("sample_answers.yaml"), _answers("answers.yaml")


def _plain(value: Any) -> Any:
    """A value as the files of answers write it: a day for a midnight, a rounded number, a path below its folder."""
    if isinstance(value, datetime) and value.time() == time():
        return value.date()
    if isinstance(value, float):
        return round(value, 6)
    if isinstance(value, str):
        return re.sub(r"^/.*/(?:pages|feeds)/", "", value)
    return value


def _rows(warehouse: Path, number: int, answer: dict[str, Any]) -> list[dict[str, Any]]:
    """The answer of the page's query, with the day of ``answer`` in place of today."""
    query = QUESTIONS[number][1]
    if "today" in answer:
        query = query.replace("current_date", f"DATE '{answer['today']}'")
    with duckdb.connect(str(warehouse), read_only=True) as connection:
        cursor = connection.execute(query)
        names = [column[0] for column in cursor.description]
        return [dict(zip(names, map(_plain, row), strict=True)) for row in cursor.fetchall()]


def test_every_question_has_its_answers() -> None:
    assert list(QUESTIONS) == list(SAMPLE) == list(SHARED) == list(range(1, 28))


@pytest.fixture(scope="module")
def small(make_house: Any) -> Path:
    """A warehouse of the sample pages and of the small feeds beside this file."""
    house = make_house()
    house.run(ROOT / "raw" / "pages", HERE / "feeds")
    return house.warehouse  # type: ignore[no-any-return]


@pytest.mark.parametrize("number", SAMPLE, ids=lambda number: f"{number}. {QUESTIONS[number][0]}")
def test_an_answer_over_the_sample_pages_is_whole(small: Path, number: int) -> None:
    rows = [list(row.values()) for row in _rows(small, number, SAMPLE[number])]
    assert rows == SAMPLE[number]["rows"]


@pytest.fixture(scope="module")
def feeds(shared: Path, make_house: Any) -> Path:
    """A warehouse of the sample pages and of all feeds."""
    house = make_house()
    done = house.cli("run", ROOT / "raw" / "pages", shared / "feeds", "--accept")
    assert done.returncode == 0, done.stderr
    return house.warehouse  # type: ignore[no-any-return]


@pytest.mark.parametrize("number", SHARED, ids=lambda number: f"{number}. {QUESTIONS[number][0]}")
def test_an_answer_is_the_one_that_the_files_give(feeds: Path, number: int) -> None:
    answer = SHARED[number]
    rows = _rows(feeds, number, answer)
    assert len(rows) == answer.get("count", len(rows))
    for expected in answer["rows"]:
        assert expected in [{name: row[name] for name in expected} for row in rows]
    for absent in answer.get("nowhere", ()):
        assert absent not in [{name: row[name] for name in absent} for row in rows]


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
