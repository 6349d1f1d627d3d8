"""A correction of a list names the whole list that is right; the source's words stay beside it."""

from __future__ import annotations

from typing import Any

import pytest

from ingest.read.corrections import correct
from ingest.records import Document, Entry, Score, Stated


def _corrected(value: Any, text: str, right: str) -> Stated:
    entry = Entry("Foo", "/foo", source_key="foo", stated=[Stated("input_modalities", value, text, "/foo")])
    document = Document("a-source", "a-source/1", entries=[entry])
    correct(
        document,
        [{"entry": "foo", "field": "input_modalities", "said": text, "value": right, "reason": "the maker's page"}],
    )
    assert [check.name for check in document.checks] == ["correction_applied"]
    return entry.stated[0]


@pytest.mark.parametrize("right", ["[text, image]", "[image, text]"])
def test_a_list_is_corrected_by_a_list(right: str) -> None:
    stated = _corrected(["text"], "text", right)
    assert sorted(stated.value) == ["image", "text"]
    assert (stated.raw_text, stated.correction) == ("text", "the maker's page")


@pytest.mark.parametrize(("right", "low"), [(93, 92.5), (93.3, None)])
def test_a_result_gets_a_condition_that_its_source_has_left_out(right: float, low: float | None) -> None:
    score = Score("AIME 2025", 93.0, "percent", "0.93", "/foo", 92.5, 93.5, conditions={"reasoning": "on"})
    document = Document("a-source", "a-source/1", entries=[Entry("Foo", "/foo", source_key="foo", scores=[score])])
    said = {"entry": "foo", "benchmark": "AIME 2025", "said": "0.93", "reason": "the maker's page"}
    correct(document, [said | {"value": right, "conditions": {"metric": "cons@64"}}])
    [corrected] = document.entries[0].scores
    assert (corrected.score, corrected.score_low) == (right, low)
    assert corrected.conditions == {"reasoning": "on", "metric": "cons@64"}
