"""The README and the worked example of rankings: what they say a command prints is what the command prints."""

from __future__ import annotations

import os
import re
import shlex
import shutil
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text("utf-8")

RANKINGS = (ROOT / "docs" / "rankings.md").read_text("utf-8")

QUERIES = re.findall(r"^    (ingest sql .+)\n\n((?:^    .+\n)+)", README + RANKINGS, re.MULTILINE)


@pytest.fixture(scope="module")
def started(make_house: Any) -> Any:
    """A folder in which the main command has read the sample pages, with no setting but the defaults."""
    house = make_house()
    shutil.copytree(ROOT / "raw" / "pages", house.raw / "pages")
    done = _cli(house, "run")
    assert done.returncode == 0, done.stderr
    house.said = _lines(done.stdout)
    return house


def _cli(house: Any, *arguments: str) -> Any:
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("INGEST_", "PREFECT_"))}
    return house.cli(*arguments, env=environment)


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]


def test_what_the_first_run_ends_with(started: Any) -> None:
    (shown,) = re.findall(r"^It ends with\n\n((?:^    .+\n)+)", README, re.MULTILINE)
    assert [line for line in started.said if line in _lines(shown)] == _lines(shown)


def test_there_are_queries_to_hold_to_their_answers() -> None:
    assert len(QUERIES) == 4


@pytest.mark.parametrize(("command", "answer"), QUERIES)
def test_a_query_answers_as_shown(started: Any, command: str, answer: str) -> None:
    program, *arguments = shlex.split(command)
    done = _cli(started, *arguments)
    assert (program, done.returncode, done.stderr) == ("ingest", 0, "")
    assert _lines(done.stdout) == _lines(answer)
