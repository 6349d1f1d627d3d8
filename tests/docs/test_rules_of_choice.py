"""The table of rules in docs/choice.md has every rule and every doubt that the code can name."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from ingest.read.plausible import known_prices

ROOT = Path(__file__).parents[2]
TABLE = (ROOT / "docs" / "choice.md").read_text("utf-8")
SQL = ROOT / "src" / "ingest" / "load" / "sql" / "choice"
RESULTS = {"same_as_chosen", "agrees_with_chosen", "disagrees_with_chosen"}
"""What a claim that was not chosen is to the one that was."""


def _rules() -> set[str]:
    named: set[str] = set()
    for file in ("choose", "offers"):
        text = (SQL / f"{file}.sql").read_text("utf-8")
        named.update(re.findall(r"(?:THEN|ELSE)\s+'([a-z_]+)'", text))
    return named - RESULTS


def _doubts() -> set[str]:
    known = known_prices()
    return {each.doubt for each in (*known.relations, *known.services) if each.doubt} | {known.media.doubt}


@pytest.mark.parametrize("name", sorted(_rules() | _doubts()))
def test_a_rule_stands_in_the_table(name: str) -> None:
    assert f"`{name}`" in TABLE


def test_the_rules_are_found() -> None:
    assert {"earliest_release", "largest_of_hosts", "plainest_listing"} <= _rules()
