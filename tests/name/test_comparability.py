"""Which scores may be ranked against each other."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from ingest.name import COMPARED_CONDITIONS, comparability_key, group_key, not_comparable_reason

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
]


@pytest.mark.parametrize("change", CHANGES, ids=str)
def test_what_changes_the_measurement_changes_the_key(change: dict[str, Any]) -> None:
    other = {**BASE, **change}
    assert comparability_key(other) != comparability_key(BASE)
    assert next(iter(change)).split("_id")[0].replace("n_runs", "runs").replace(
        "aggregation", "runs"
    ) in not_comparable_reason(BASE, other)


@pytest.mark.parametrize(
    "same",
    [
        {"self_reported": True},
        {"footnotes": ["1"]},
        {"n_shots": 5.0},
        {"variant": ""},
        {"model_id": "x"},
        {"metric": "Accuracy"},
    ],
    ids=str,
)
def test_what_does_not_change_it_keeps_the_key(same: dict[str, Any]) -> None:
    assert comparability_key({**BASE, **same}) == comparability_key(BASE)
    assert not_comparable_reason(BASE, {**BASE, **same}) == ""


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


@given(SCORES, SCORES)
def test_a_reason_is_given_exactly_where_the_keys_differ(one: dict[str, Any], other: dict[str, Any]) -> None:
    assert (comparability_key(one) == comparability_key(other)) == (not_comparable_reason(one, other) == "")


KEYS = yaml.safe_load(Path(__file__).with_name("keys.yaml").read_text("utf-8"))


@pytest.mark.parametrize("case", KEYS, ids=lambda case: f"{case['key']}: {case['why']}")
def test_the_key_is_written_out(case: dict[str, Any]) -> None:
    key = comparability_key(case["score"])
    known, _, unknown = key.partition("|?=")
    assert known == case["key"]
    named = [term.partition("=")[0] for term in known.split("|")[1:]] + unknown.split(",") * bool(unknown)
    conditions = {"runs" if c in {"aggregation", "n_runs"} else c for c in COMPARED_CONDITIONS}
    assert sorted(named) == sorted(conditions), "each condition is known or unknown, once"
    if "group" in case:
        assert group_key(case["score"]) == case["group"]


@pytest.mark.parametrize(
    ("one", "other", "reason"),
    [
        ({"benchmark_id": "mmlu"}, {"benchmark_id": "mmlu-pro"}, "benchmark: mmlu against mmlu-pro"),
        ({"n_shots": 5}, {}, "n_shots: 5 against unknown"),
        ({}, {"n_shots": 5}, "n_shots: unknown against 5"),
        ({"tools": "used", "n_shots": 5}, {"n_shots": 3}, "n_shots: 5 against 3; tools: used against unknown"),
        ({"benchmark_id": "mmmu-val"}, {"benchmark_id": "mmmu-val", "split": "test"}, "split: validation against test"),
    ],
    ids=str,
)
def test_the_reason_names_both_sides(one: dict[str, Any], other: dict[str, Any], reason: str) -> None:
    assert not_comparable_reason(one, other) == reason
