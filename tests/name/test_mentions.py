"""Models that running text names: the longest name, and nothing that is none."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from ingest.name import model_catalogue, models_in

CASES: list[dict[str, Any]] = yaml.safe_load(Path(__file__).with_name("mentions.yaml").read_text("utf-8"))
NOTES = ("graded by {}", "{} as judge", "the judge is {}, with 3 runs", "(grader: {})", "5-shot, {} plays the user.")
WORDS_TOO = {"Command", "Sonar", "Whisper"}
"""Names that are words of the language: alone they are not read as a model."""


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["why"])
def test_the_models_that_a_text_names(case: dict[str, Any]) -> None:
    words = case["text"].split()
    found = models_in(words)
    assert [each.name for each in found] == case["names"]


@pytest.mark.parametrize("note", NOTES)
def test_every_catalogued_name_is_read_whole(note: str) -> None:
    names = {name for model in model_catalogue().values() for name in (model.name, *model.aliases)} - WORDS_TOO
    assert len(names) > 800
    wrong = {
        name: found for name in names if (found := [m.name for m in models_in(note.format(name).split())]) != [name]
    }
    assert not wrong


@given(
    st.lists(
        st.sampled_from(
            [
                "GPT-4o",
                "Claude",
                "3",
                "3.5",
                "(Sonnet)",
                "o3-mini",
                "high",
                "of,",
                "Gemini",
                "2.5",
                "Pro",
                "70B",
                ".",
                "+",
                "x",
                "(",
                ")",
            ]
        )
    )
)
def test_names_stand_where_they_are_said_to(words: list[str]) -> None:
    free = 0
    for found in models_in(words):
        assert free <= found.first <= found.last < len(words)
        free = found.last + 1
        spoken = words[found.first : found.last + 1]
        spoken[-1] = spoken[-1][: found.end]
        spoken[0] = spoken[0][found.start :]
        assert found.name == " ".join(spoken)


@given(st.text(max_size=200))
def test_any_text_is_read(text: str) -> None:
    assert all(found.name for found in models_in(text.split()))
