"""Decisions on names: what waits for one, and writing one back."""

from __future__ import annotations

import json
import os
import tempfile
from pathlib import Path
from typing import Any

import duckdb
import pytest
import typer
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from ingest import IngestError
from ingest.cli.names import names_app
from ingest.name import benchmarks, models, resolve_benchmarks, resolve_models
from ingest.name.models import ModelRequest
from ingest.name.registry import ModelRegistry
from ingest.name.review import decide, pending, unused


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "names.yaml"
    path.write_text(
        "# mine\nbenchmarks:\n- {name: Old, new: true, reason: seen}\n\n# models follow\nmodels: []\n", encoding="utf-8"
    )
    monkeypatch.setenv("INGEST_NAMES_DATA", str(path))
    yield path
    monkeypatch.undo()
    benchmarks.forget_decisions()
    models.forget_decisions()


def test_an_accepted_alias_is_known_from_then_on(data: Path) -> None:
    assert not resolve_benchmarks(["My MMLU"])["My MMLU"].is_known
    decide("benchmark", "My MMLU", same_as="mmlu", reason="the page says so")
    found = resolve_benchmarks(["My MMLU", "my-mmlu"])
    assert {r.benchmark_id for r in found.values()} == {"mmlu"}
    written = data.read_text(encoding="utf-8")
    head = "# mine\nbenchmarks:\n- {name: Old, new: true, reason: seen}\n"
    assert written.startswith(head + "- {name: My MMLU, as: mmlu, reason: the page says so}\n")
    assert "\n# models follow\nmodels: []\n" in written


def test_a_name_told_apart_is_no_longer_read_as_a_slip(data: Path) -> None:
    assert resolve_benchmarks(["WinoGrnade"])["WinoGrnade"].step == "typo"
    decide("benchmark", "WinoGrnade", distinct_from=["winogrande"], reason="another test: really")
    found = resolve_benchmarks(["WinoGrnade"])["WinoGrnade"]
    assert (found.step, found.is_known) == ("new", False)


def test_a_model_decision(data: Path) -> None:
    decide("model", "house-gpt", same_as="openai/gpt-4.1", reason="what the house calls it")
    [found] = resolve_models([ModelRequest("s", "p", source_key="house-gpt")], ModelRegistry())
    assert found.model_id == "openai/gpt-4.1"
    assert "models:\n- {name: house-gpt, as: openai/gpt-4.1" in data.read_text(encoding="utf-8")


@pytest.mark.parametrize("wrong", [{"same_as": "no-such"}, {"reason": " "}, {"distinct_from": ["no-such"]}], ids=str)
def test_a_decision_that_cannot_be_is_refused_and_nothing_written(data: Path, wrong: dict[str, object]) -> None:
    before = data.read_text(encoding="utf-8")
    with pytest.raises(IngestError):
        decide("benchmark", "My MMLU", **{"reason": "because", **wrong})  # type: ignore[arg-type]
    assert data.read_text(encoding="utf-8") == before


@settings(max_examples=15)  # each writes a file and reads the catalogue anew
@given(st.text(min_size=1, max_size=40).filter(lambda name: name.isprintable() and any(c.isalnum() for c in name)))
def test_any_name_can_be_written_down_and_read_again(name: str) -> None:
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        path = Path(folder) / "names.yaml"
        path.write_text("# kept: a note\nmodels: []\n", encoding="utf-8")
        patch.setenv("INGEST_NAMES_DATA", str(path))
        decide("benchmark", name, same_as="mmlu", reason="because")
        assert resolve_benchmarks([name])[name].benchmark_id == "mmlu"
        assert path.read_text(encoding="utf-8").startswith("# kept: a note\nmodels: []\nbenchmarks:\n- {name: ")
    benchmarks.forget_decisions()
    models.forget_decisions()


def test_a_second_decision_on_one_name_is_refused(data: Path) -> None:
    with pytest.raises(IngestError):
        decide("benchmark", "OLD", same_as="mmlu", reason="again")


def test_what_waits_is_listed_once_with_the_nearest(data: Path) -> None:
    found = pending(
        [
            ("benchmark", "Old", "new", 9),
            ("benchmark", "MMLU Prox2", "new", 1),
            ("benchmark", "mmlu-prox2", "new", 1),
            ("benchmark", "Nuovo Bench", "new", 3),
        ]
    )
    assert [p.name for p in found] == ["Nuovo Bench", "MMLU Prox2"]  # the most used first
    assert found[1].nearest[0][0] == "mmlu-prox"


def test_an_unknown_id_is_refused_with_the_nearest(data: Path) -> None:
    with pytest.raises(IngestError, match="the nearest are mmlu-pro, "):
        decide("benchmark", "My MMLU", same_as="mmlu-pr", reason="a slip")


def test_the_command_lists_and_writes(data: Path, tmp_path: Path) -> None:
    warehouse = tmp_path / "w.duckdb"
    with duckdb.connect(str(warehouse)) as connection:
        connection.execute("CREATE SCHEMA internal; CREATE TABLE internal.meta AS SELECT 'format' AS key, '2' AS value")
        connection.execute("CREATE TABLE benchmarks (benchmark_id VARCHAR, name VARCHAR, is_known BOOLEAN)")
        connection.execute("INSERT INTO benchmarks VALUES ('nuovobench', 'Nuovo Bench', false), ('mmlu', 'MMLU', true)")
        connection.execute("CREATE TABLE scores (score_id VARCHAR, model_id VARCHAR, benchmark_id VARCHAR)")
        connection.execute("CREATE TABLE prices (model_id VARCHAR)")
        connection.execute("CREATE TABLE models (model_id VARCHAR, name VARCHAR, organization_id VARCHAR)")
        connection.execute("INSERT INTO models VALUES ('unknown/upupa-9', 'Upupa 9', 'unknown')")
        connection.execute(
            "CREATE TABLE checks (capture_id VARCHAR, name VARCHAR, passed BOOLEAN, expected VARCHAR, actual VARCHAR)"
        )
        connection.execute(
            "INSERT INTO checks VALUES ('c', 'benchmark_name', false, 'winogrande', 'WinoGrnade'), "
            "('c', 'average_score', false, '1', '2')"
        )
    app = typer.Typer()
    app.add_typer(names_app, name="names")
    run = CliRunner().invoke(app, ["names", "review", "--warehouse", str(warehouse), "--json"])
    assert run.exit_code == 0, run.output
    assert "Nuovo Bench" in run.output
    assert "WinoGrnade" in run.output
    assert "Upupa 9" in run.output
    assert "average" not in run.output
    run = CliRunner().invoke(app, ["names", "accept", "Nuovo Bench", "--new", "--reason", "a test of its own"])
    assert run.exit_code == 0, run.output
    run = CliRunner().invoke(app, ["names", "review", "--warehouse", str(warehouse)])
    assert "Nuovo" not in run.output
    run = CliRunner().invoke(app, ["names", "accept", "X", "--reason", "no choice made"])
    assert run.exit_code == 2


def test_entries_and_decisions_that_nothing_uses_are_listed(house: Any, data: Path) -> None:
    decide("benchmark", "House Maths", same_as="gsm8k", reason="what the house calls it")
    page = house.write(name="GPT-4.1 mini", organization="OpenAI", scores=[["Mathematics", "MMLU", None, "80.1%"]])
    house.run(page)
    environment = {**os.environ, "INGEST_WAREHOUSE": str(house.warehouse)}
    found = json.loads(house.cli("names", "unused", "--json", env=environment).stdout)
    entries = {(each["kind"], each["entry"]) for each in found}
    assert {("benchmark", "gsm8k"), ("model", "openai/gpt-4.1")} <= entries
    assert not entries & {("benchmark", "mmlu"), ("model", "openai/gpt-4.1-mini")}
    decided = [each["name"] for each in found if each["entry"] == "decision"]
    assert "House Maths" in decided
    house.write(scores=[["Mathematics", "House Maths", None, "80.1%"]])
    house.run(page)
    found = json.loads(house.cli("names", "unused", "--json", env=environment).stdout)
    assert "House Maths" not in [each["name"] for each in found]
    assert ("benchmark", "gsm8k") not in {(each["kind"], each["entry"]) for each in found}


def test_a_decision_on_a_source_s_own_id_is_used_where_a_file_lists_it(house: Any, data: Path) -> None:
    environment = {**os.environ, "INGEST_WAREHOUSE": str(house.warehouse)}
    for name in ("house-mini-1", "other/house-mini-2", "house-mini-3"):
        decide("model", name, same_as="openai/gpt-4.1-mini", reason="what the house calls it")
    prices = {"litellm_provider": "openai", "mode": "chat", "input_cost_per_token": 1e-6}
    listed = dict.fromkeys(("house-mini-1:free", "other/house-mini-2"), prices)
    house.run(house.write("prices.json", json.dumps(listed).encode()))
    assert house.values("SELECT model_id FROM models") == ["openai/gpt-4.1-mini"]
    found = json.loads(house.cli("names", "unused", "--json", env=environment).stdout)
    assert [e["name"] for e in found if (e["kind"], e["entry"]) == ("model", "decision")] == ["house-mini-3"]


def test_only_a_dated_release_uses_the_entry_of_its_model(data: Path) -> None:
    """'openai/gpt-4o-mini-audio' is longer than 'openai/gpt-4o' by as much as a date."""
    for met, is_unused in (("openai/gpt-4o-mini-audio", True), ("openai/gpt-4o-2024-08-06", False)):
        found = unused({"model": {met}, "benchmark": set()}, {"model": set(), "benchmark": set()})
        assert ("openai/gpt-4o" in {each.entry for each in found}) is is_unused


@pytest.mark.parametrize("command", ["review", "unused"])
def test_a_file_of_something_else_is_refused_in_words(house: Any, command: str) -> None:
    path = house.root / "other.duckdb"
    duckdb.connect(str(path)).execute("CREATE TABLE t (a INTEGER)").close()
    done = house.cli("names", command, "--warehouse", path)
    assert (done.returncode, done.stdout) == (1, "")
    assert "something else" in done.stderr


@pytest.mark.parametrize(
    "content",
    ["- {name: A, new: true, reason: b}", "models: 7", "models: {name: A}", "models: [{name: [A], reason: b}]"],
)
def test_a_file_of_decisions_that_is_laid_out_otherwise_is_not_passed_over(data: Path, content: str) -> None:
    data.write_text(content)
    models.forget_decisions()
    with pytest.raises(IngestError, match="decision"):
        resolve_models([ModelRequest("s", "p", source_key="house-gpt")], ModelRegistry())
