"""A slip of the keyboard is read where it can be nothing else, and nowhere else."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from ingest.name.text import LONGEST_NAME, name_key
from ingest.name.typos import Vocabulary

CASES = yaml.safe_load(Path(__file__).with_name("slips.yaml").read_text("utf-8"))


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case['listed']}: {case['why']}")
def test_one_slip(case: dict[str, Any]) -> None:
    vocabulary = Vocabulary({name: [name] for name in case["known"]})
    assert vocabulary.one_slip(name_key(case["listed"]), case["listed"]) == case["means"]


def test_a_name_beyond_the_longest_is_never_a_slip() -> None:
    known = "Planets" * (LONGEST_NAME // 7)
    vocabulary = Vocabulary({known: [known]})
    shorter, longer = known.replace("Planets", "Plantes", 1), known.replace("Planets", "Plantes", 1) + "Planets"
    assert vocabulary.one_slip(name_key(shorter), shorter) == [known]
    assert vocabulary.one_slip(name_key(longer), longer) == []


def test_the_nearest_names_come_first_each_once_with_a_likeness_of_up_to_100() -> None:
    vocabulary = Vocabulary({"quiz": ["Planet Quiz", "Planet Quizz"], "code": ["Moon Code"], "run": ["Planet Quit"]})
    nearest = vocabulary.nearest(name_key("Planet Quiz"), 2)
    assert nearest == [("quiz", 100.0), ("run", 90.0)]
    assert vocabulary.nearest(name_key("Planet Qui"), 3)[:2] == [("quiz", 94.7), ("run", 94.7)]
