"""The decision on what leaked takes the best of all readings, and its margin is the one over the next best."""

from __future__ import annotations

import itertools
import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.describe import describe, parts_of
from ingest.describe.atoms import View, fill
from ingest.describe.conditions import read_conditions
from ingest.describe.leaks import _decode
from ingest.describe.mend import mend
from ingest.describe.observe import find_turns, observe
from ingest.describe.segments import BorderSigns, Segment, WordSigns

HERE = Path(__file__).parent
LEAK = 2
weight = st.integers(-6, 6).map(float)
words = st.builds(lambda about, leak: WordSigns((), 0, about, leak, ()), weight, weight)
borders = st.builds(lambda into, out, turn: BorderSigns((), into, out, turn), weight, weight, weight)
texts = st.lists(st.builds(Segment, st.just(0), st.just(1), words, words, borders, borders), min_size=1, max_size=6)


def total(segments: list[Segment], path: tuple[int, ...]) -> float:
    """The sum of weights of a reading, which starts from a note."""
    found, before = 0.0, 0
    for own, state in zip(segments, path, strict=True):
        into, out, turn = (getattr(own.after, name) + getattr(own.before, name) for name in ("into", "out", "turn"))
        moves = {(0, 1): turn, (1, 0): turn, (0, 2): into, (1, 2): into, (2, 0): out, (2, 1): out + turn}
        found += (
            moves.get((before, state), 0.0)
            + (0.0, own.words.about + own.place.about, own.words.leak + own.place.leak)[state]
        )
        before = state
    return found


@settings(max_examples=200)
@given(texts)
def test_the_best_reading_is_taken_with_its_margin(segments: list[Segment]) -> None:
    sums = {path: total(segments, path) for path in itertools.product(range(3), repeat=len(segments))}
    best = max(sums.values())
    leaked, margin = _decode(segments)
    of_leaked: dict[tuple[bool, ...], float] = {}
    for path, value in sums.items():
        key = tuple(state == LEAK for state in path)
        of_leaked[key] = max(value, of_leaked.get(key, value))
    others = [max(value for key, value in of_leaked.items() if key[at] != own) for at, own in enumerate(leaked)]
    assert margin == best - max(others)
    assert margin == 0 or of_leaked[tuple(leaked)] == best


def cases(name: str) -> list[dict[str, Any]]:
    return list(yaml.safe_load((HERE / f"{name}.yaml").read_text("utf-8")))


@pytest.mark.parametrize("case", cases("signs"), ids=lambda case: str(case["text"]))
def test_segments_and_borders_show_their_signs(case: dict[str, Any]) -> None:
    mended = mend(case["text"])
    view = fill(View(mended.words, mended.breaks))
    find_turns(view)
    _, segments = observe(view, read_conditions(view, "Some Benchmark"))
    shown = [
        {" ".join(view.words[own.start : own.end]): f"{' '.join(own.names)} | {' '.join(sorted(own.border))}"}
        for own in segments
    ]
    assert shown == case["segments"]


@pytest.mark.parametrize("case", cases("stated"), ids=lambda case: str(case["text"]))
def test_a_note_states_its_conditions_and_stays_whole(case: dict[str, Any]) -> None:
    described = describe(case["text"], case.get("benchmark", "Some Benchmark"))
    assert (described.description, described.conditions) == (case["text"], case.get("conditions", {}))


@pytest.mark.parametrize(
    ("text", "issue"),
    [
        ("Questions by subjects (and )", "holes"),
        ("Tasks on reading of , in Kazakh", "holes"),
        ("Accuracy, with GPT-4o", "unread_model"),
        ("Accuracy (and recall)", None),
        ("5-shot", None),
        ("5-shot AI: I'm sorry, I cannot translate this.", None),
    ],
)
def test_doubts_are_named_and_lower_the_confidence(text: str, issue: str | None) -> None:
    described = describe(text, "Some Benchmark")
    doubts = {"holes", "unread_model", "unread_number", "doubtful_end"} & set(described.description_issues)
    assert issue in doubts if issue else not doubts
    assert described.conditions_confidence is not None
    assert described.conditions_confidence < 0.9 or not doubts


def test_what_opens_a_leak_is_its_first_kind() -> None:
    found = parts_of("5-shot AI: I'm sorry, I am a language model and I cannot translate this.")
    assert [part.kind for part in found] == ["note", "dialogue"]


def test_the_notes_have_gold_of_one_form() -> None:
    for path in (HERE / "notes").glob("*.jsonl"):
        for line in path.read_text("utf-8").splitlines():
            row = json.loads(line)
            assert {"id", "benchmark", "note", "genuine", "conditions", "skip", "kind"} <= set(row)
