"""The page for analysts and operators: its commands and queries run."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "time.md").read_text("utf-8")


def _blocks(kind: str) -> list[str]:
    return re.findall(rf"^```{kind}\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)


COMMANDS = [line for block in _blocks("sh") for line in block.splitlines()]
QUERIES = [query.strip() for block in _blocks("sql") for query in block.split(";") if query.strip()]


@pytest.fixture(scope="module")
def told(make_house: Any) -> Any:
    house = make_house()
    for today, price in (("June 1, 2025", "$0.40"), ("August 1, 2025", "$0.30")):
        house.write(today=today, input=price)
        house.write("b.html", name="Robin 1", output="-$1.00", today=today)
        house.run()
    return house.settled()


def test_the_page_has_examples() -> None:
    assert len(COMMANDS) >= 12
    assert len(QUERIES) >= 8


@pytest.mark.parametrize("query", QUERIES)
def test_a_query_of_the_page_runs(told: Any, query: str) -> None:
    rows = told.rows(query)
    assert rows or "conflicts" in query or "correction" in query  # these two have nothing to tell here


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_of_the_page_runs(told: Any, command: str) -> None:
    program, *arguments = shlex.split(command)
    assert program == "ingest"
    done = told.cli(*arguments)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout


def test_each_event_of_the_table_has_its_test() -> None:
    rows = [line for line in PAGE.splitlines() if line.startswith("| ") and line.endswith("` |") and "`test_" in line]
    named = [re.search(r"`(test_\w+)(\.py)?` \|$", row) for row in rows]
    tests = (ROOT / "tests" / "time" / "test_events.py").read_text("utf-8")
    assert len(rows) >= 25
    for row, found in zip(rows, named, strict=True):
        assert found is not None, row
        name, is_file = found.groups()
        assert (ROOT / "tests" / "time" / f"{name}.py").exists() if is_file else f"def {name}(" in tests, row
