"""Ways of writing names of benchmarks and models: rows that mean one thing, and near names that do not."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from ingest.name import name_states, resolve_benchmarks, resolve_name

ROWS: dict[str, Any] = yaml.safe_load(Path(__file__).with_name("ways_of_writing.yaml").read_text("utf-8"))

TASKS: dict[str, Any] = yaml.safe_load(Path(__file__).with_name("tasks_of_harnesses.yaml").read_text("utf-8"))

LISTINGS: dict[str, Any] = yaml.safe_load(Path(__file__).with_name("listings_of_hosts.yaml").read_text("utf-8"))

WRITTEN: dict[str, Any] = yaml.safe_load(Path(__file__).with_name("written_before_asking.yaml").read_text("utf-8"))


def _benchmark(name: str) -> str:
    return resolve_benchmarks([name])[name].benchmark_id


def test_the_names_of_a_row_are_one_benchmark() -> None:
    apart = [row for row in ROWS["benchmarks"] if len(set(map(_benchmark, row))) > 1]
    assert not apart
    assert len(ROWS["benchmarks"]) > 190


def test_tasks_of_harnesses_are_the_benchmarks_that_they_run() -> None:
    assert not [row for row in TASKS["benchmarks"] if len(set(map(_benchmark, row))) > 1]
    assert not [pair for pair in TASKS["apart"]["benchmarks"] if len(set(map(_benchmark, pair))) == 1]
    assert len(TASKS["benchmarks"]) > 550


def test_the_names_of_a_row_are_one_model() -> None:
    apart = [row for row in ROWS["models"] if len({resolve_name(name).model_id for name in row}) > 1]
    assert not apart
    assert len(ROWS["models"]) > 120


def test_listings_of_hosts_are_the_models_that_they_serve() -> None:
    assert not [row for row in LISTINGS["models"] if len({resolve_name(name).model_id for name in row}) > 1]
    models = [[resolve_name(name) for name in pair] for pair in LISTINGS["apart"]["models"]]
    assert not [pair for pair in models if len({(model.model_id, model.version) for model in pair}) == 1]
    assert len(LISTINGS["models"]) > 290


def test_spellings_written_before_asking_mean_one_thing() -> None:
    assert not [row for row in WRITTEN["benchmarks"] if len(set(map(_benchmark, row))) > 1]
    assert not [row for row in WRITTEN["models"] if len({resolve_name(name).model_id for name in row}) > 1]
    assert len(WRITTEN["benchmarks"]) > 400
    assert len(WRITTEN["models"]) > 160


def test_near_names_written_before_asking_are_two() -> None:
    assert not [pair for pair in WRITTEN["apart"]["benchmarks"] if len(set(map(_benchmark, pair))) == 1]
    models = [[resolve_name(name) for name in pair] for pair in WRITTEN["apart"]["models"]]
    assert not [pair for pair in models if len({(model.model_id, model.version) for model in pair}) == 1]


def test_near_names_are_two() -> None:
    assert not [pair for pair in ROWS["apart"]["benchmarks"] if len(set(map(_benchmark, pair))) == 1]
    models = [[resolve_name(name) for name in pair] for pair in ROWS["apart"]["models"]]
    assert not [pair for pair in models if len({(model.model_id, model.version) for model in pair}) == 1]


def test_the_metric_of_an_unknown_benchmark_is_stated_and_no_part_of_its_id() -> None:
    assert _benchmark("Nuovo Prova (win rate)") == _benchmark("Nuovo Prova") != _benchmark("Nuovo Prova (Hard)")
    assert name_states("Nuovo Prova (win rate)")["metric"] == "win_rate"
    assert name_states("Nuovo Prova (pass rate)") == {"metric": "pass_rate"}


def test_a_run_that_is_listed_with_several_settings_keeps_each() -> None:
    found = resolve_name("Qwen3 235B A22B diff, no think, Alibaba API")
    assert found.model_id == "qwen/qwen3-235b-a22b"
    assert found.settings == ("reasoning=off", "prompting=edit format diff", "service=alibaba api")


def test_the_year_of_a_competition_is_no_source() -> None:
    assert _benchmark("HMMT (February 2025)") == "hmmt-feb-2025"
    assert _benchmark("Nuovo (November 2024)") != _benchmark("Nuovo (November 2025)")
    assert _benchmark("Nuovo (Retail & Airline)") != _benchmark("Nuovo")
