"""Which scores may be ranked against each other."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from ingest.name import COMPARED_CONDITIONS, comparability_key, evaluator, group_key

BASE: dict[str, Any] = {"benchmark_id": "mmlu", "unit": "percent", "metric": "accuracy", "n_shots": 5}

VALUES = st.one_of(st.none(), st.sampled_from(["test", "a|b", "x=y", "?", "", True, False, 0, 1, 5, 5.0, float("nan")]))
SCORES = st.fixed_dictionaries(
    {"benchmark_id": st.sampled_from(["mmlu", "mmmu-val"])}, optional=dict.fromkeys(COMPARED_CONDITIONS, VALUES)
)


CHANGES: list[dict[str, Any]] = [
    {"n_shots": 0},
    {"n_shots": None},
    {"unit": "points"},
    {"tools": "used"},
    {"split": "test"},
    {"variant": "x"},
    {"reasoning": "on"},
    {"metric": "maj@32"},
    {"grader_model": "o3-mini"},
    {"parallel_compute": True},
    {"harness": "OLMES"},
    {"n_runs": 5},
    {"aggregation": "macro_mean"},
    {"benchmark_id": "mmlu-pro"},
    {"thinking_tokens": 64000},
    {"user_model": "GPT-4o"},
    {"measured_by": "Stanford CRFM", "self_reported": False},
]


@pytest.mark.parametrize("change", CHANGES, ids=str)
def test_what_changes_the_measurement_changes_the_key(change: dict[str, Any]) -> None:
    other = {**BASE, **change}
    assert comparability_key(other) != comparability_key(BASE)


@pytest.mark.parametrize(
    "same",
    [
        {"self_reported": True},
        {"footnotes": ["1"]},
        {"n_shots": 5.0},
        {"variant": ""},
        {"model_id": "x"},
        {"metric": "Accuracy"},
        {"metric": "exact_match"},
        {"metric": None},
        {"unit": None},
        {"measured_by": "OpenAI", "self_reported": True},
    ],
    ids=str,
)
def test_what_does_not_change_it_keeps_the_key(same: dict[str, Any]) -> None:
    assert comparability_key({**BASE, **same}) == comparability_key(BASE)


def test_an_average_over_any_number_of_runs_compares_and_an_unstated_one_does_not() -> None:
    mean = comparability_key({**BASE, "aggregation": "mean", "n_runs": 5})
    assert mean == comparability_key({**BASE, "aggregation": "mean", "n_runs": 8})
    assert mean == comparability_key({**BASE, "n_runs": 1})
    assert mean != comparability_key({**BASE, "n_runs": 5})
    assert mean != comparability_key(BASE)


def test_names_of_graders_and_harnesses_are_compared_without_their_spelling() -> None:
    one = {**BASE, "grader_model": "GPT-4o", "harness": "simple-evals", "variant": "IC-Diamond"}
    other = {**BASE, "grader_model": "gpt 4o", "harness": "Simple Evals", "variant": "ic diamond"}
    assert comparability_key(one) == comparability_key(other)
    assert comparability_key({**one, "grader_model": "GPT-4o mini"}) != comparability_key(one)


def test_what_the_benchmarks_name_states_counts_as_stated() -> None:
    assert comparability_key({"benchmark_id": "mmmu-val"}) == comparability_key(
        {"benchmark_id": "mmmu-val", "split": "validation"}
    )
    assert comparability_key({"benchmark_id": "mmmu"}) != comparability_key(
        {"benchmark_id": "mmmu", "split": "validation"}
    )


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"benchmark_id": "tau-bench", "variant": "airline"}, {"benchmark_id": "tau-bench-airline"}),
        ({"benchmark_id": "gpqa", "variant": "diamond"}, {"benchmark_id": "gpqa-diamond", "metric": "choice"}),
        ({"benchmark_id": "swe-bench-verified", "variant": "verified"}, {"benchmark_id": "swe-bench-verified"}),
        ({"benchmark_id": "mmlu-cot"}, {"benchmark_id": "mmlu", "prompting": "chain-of-thought"}),
        ({"benchmark_id": "mmmu", "split": "validation"}, {"benchmark_id": "mmmu-val"}),
        (
            {"benchmark_id": "aider-polyglot", "variant": "diff"},
            {"benchmark_id": "aider-polyglot", "prompting": "edit format diff"},
        ),
    ],
    ids=str,
)
def test_one_thing_told_in_two_ways_has_one_key(one: dict[str, Any], other: dict[str, Any]) -> None:
    assert comparability_key(one) == comparability_key(other)
    assert group_key(one) == group_key(other)


@pytest.mark.parametrize("setting", [{"n_shots": 0}, {"prompting": "chain-of-thought"}, {"harness": "OLMES"},
                                     {"reasoning_effort": "high"}, {"metric": "pass@1"}], ids=str)  # fmt: skip
def test_a_setting_of_the_run_keeps_the_group(setting: dict[str, Any]) -> None:
    assert group_key({**BASE, **setting}) == group_key(BASE) == "mmlu"


@pytest.mark.parametrize("thing", [{"metric": "pass@10"}, {"split": "test"}, {"variant": "redux"}, {"unit": "elo"}],
                         ids=str)  # fmt: skip
def test_another_thing_has_another_group(thing: dict[str, Any]) -> None:
    assert group_key({**BASE, **thing}) != group_key(BASE)


@given(SCORES, SCORES)
def test_results_of_one_key_are_of_one_group(one: dict[str, Any], other: dict[str, Any]) -> None:
    if comparability_key(one) == comparability_key(other):
        assert group_key(one) == group_key(other)


KEYS = yaml.safe_load(Path(__file__).with_name("keys.yaml").read_text("utf-8"))


@pytest.mark.parametrize("case", KEYS, ids=lambda case: f"{case['key']}: {case['why']}")
def test_the_key_is_written_out(case: dict[str, Any]) -> None:
    assert comparability_key(case["score"]) == case["key"]
    if "group" in case:
        assert group_key(case["score"]) == case["group"]


@pytest.mark.parametrize(
    ("told", "one"),
    [
        ("Aider LLM  Leaderboards", "Aider"),
        ("epochai", "Epoch AI"),
        ("  A board of its own ", "A board of its own"),
        ("", None),
        ("  ", None),
    ],
)
def test_who_measured_has_one_name(told: str, one: str | None) -> None:
    assert evaluator(told) == one
