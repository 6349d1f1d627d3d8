"""Lists that name the same things in two places say the same."""

from __future__ import annotations

import re
from pathlib import Path

from ingest.cli import COMMANDS
from ingest.describe import CONDITIONS
from ingest.name import COMPARED_CONDITIONS
from ingest.records.tables import CONDITION_COLUMNS, TABLES
from ingest.settings import Settings

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text("utf-8")

NOT_COMPARED = {
    "methodology": "one benchmark run as usual or in a way of the maker's own says nothing of the settings",
    "footnotes": "they point to text elsewhere",
}


def test_a_note_gives_exactly_the_conditions_that_scores_hold() -> None:
    assert list(CONDITIONS) == list(CONDITION_COLUMNS)


def test_every_condition_is_compared_or_says_why_not() -> None:
    assert set(COMPARED_CONDITIONS) - {"unit", "measured_by"} == set(CONDITIONS) - NOT_COMPARED.keys()
    assert set(COMPARED_CONDITIONS) <= set(TABLES["scores"].columns)


def test_the_readme_lists_every_command() -> None:
    listed = set(re.findall(r"^\| `ingest ([a-z]+)", README, re.MULTILINE))
    assert listed == set(COMMANDS)


def test_the_settings_that_the_readme_lists_exist() -> None:
    listed = {name.lower() for name in re.findall(r"^\| `INGEST_([A-Z_]+)`", README, re.MULTILINE)}
    assert listed <= set(Settings.model_fields)
