"""`--format eee`: every result once, with what is known of it and nothing that is not, in the form that is promised.

`pytest tests/clients` has the library of Every Eval Ever check the files, where it can be installed.
"""

from __future__ import annotations

import hashlib
import json
import re
from pathlib import Path
from typing import Any

import pytest

from ingest.export import export
from ingest.export.eee import EeeLog
from ingest.export.files import FileFormat

FEEDS = Path(__file__).parents[1] / "docs" / "feeds"


@pytest.fixture(scope="module")
def house(make_house: Any) -> Any:
    """A page with conditions, and two boards with errors and references."""
    house = make_house()
    house.write(
        name="Robin 1",
        scores=[
            ["Coding", "MBPP", "3-shot, pass@1, judged by GPT-4o", "61%"],
            ["Knowledge", "MMLU", "5-shot", "80.1%"],
            ["Knowledge", "Nobody Knows This One", None, "12%"],
        ],
    )
    house.run(house.pages, FEEDS / "epoch", FEEDS / "aider")
    return house.settled()


@pytest.fixture(scope="module")
def logs(house: Any, tmp_path_factory: pytest.TempPathFactory) -> dict[Path, dict[str, Any]]:
    """The logs of a release, by path."""
    folder = tmp_path_factory.mktemp("eee") / "release"
    export(house.warehouse, folder, [FileFormat.eee])
    return {path: json.loads(path.read_bytes()) for path in folder.rglob("eee/data/*/*/*/*.json")}


def results(logs: dict[Path, dict[str, Any]]) -> dict[str, tuple[dict[str, Any], dict[str, Any]]]:
    """Each result with its log, by its id."""
    return {each["evaluation_result_id"]: (log, each) for log in logs.values() for each in log["evaluation_results"]}


def test_every_result_is_there_once_or_counted_as_left_out(house: Any, logs: dict[Path, dict[str, Any]]) -> None:
    told = [each["evaluation_result_id"] for log in logs.values() for each in log["evaluation_results"]]
    assert len(told) == len(set(told))
    ids = set(house.values("SELECT score_id FROM scores"))
    assert set(told) < ids, "the benchmark that nobody knows has no direction"
    root = next(iter(logs)).parents[4]
    listed = (root / "NOT_EXPRESSED.md").read_text("utf-8")
    counts = [int(number) for number in re.findall(r"^\| [a-z][^|]*\| (\d+) \|$", listed, re.MULTILINE)]
    assert sum(counts) == len(ids) - len(told)


def test_logs_have_the_form_that_is_promised_and_a_place_of_their_own(logs: dict[Path, dict[str, Any]]) -> None:
    assert logs
    for path, log in logs.items():
        EeeLog.model_validate({**_with_none(log)})
        assert re.fullmatch(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}", path.stem)
        assert log["model_info"]["id"] == "/".join(path.parts[-3:-1])
    assert len({log["evaluation_id"] for log in logs.values()}) == len(logs)


def _with_none(log: dict[str, Any]) -> dict[str, Any]:
    """A log with the fields that were left out, as None."""
    optional = ("evaluation_timestamp", "generation_config")
    metric = ("evaluation_description", "metric_id", "metric_name", "metric_unit", "additional_details")
    whole = json.loads(json.dumps(log))
    whole["source_metadata"].setdefault("source_organization_url", None)
    whole["model_info"].setdefault("developer", None)
    for each in whole["evaluation_results"]:
        for name in optional:
            each.setdefault(name, None)
        for name in metric:
            each["metric_config"].setdefault(name, None)
        each["score_details"].setdefault("uncertainty", None)
    return dict(whole)


def test_a_result_is_told_with_its_conditions_uncertainty_and_source(house: Any, logs: Any) -> None:
    for row in _rows(house):
        if row["score_id"] not in results(logs):
            continue
        log, told = results(logs)[row["score_id"]]
        assert told["score_details"]["score"] == row["score"]
        assert told["evaluation_name"] == row["benchmark_id"]
        uncertainty = told["score_details"].get("uncertainty", {})
        assert uncertainty.get("standard_error", {}).get("value") == row["stderr"]
        conditions = told.get("generation_config", {}).get("additional_details", {})
        assert conditions.get("n_shots") == (None if row["n_shots"] is None else str(row["n_shots"]))
        relationship = {True: "first_party", False: "third_party", None: "other"}[row["self_reported"]]
        assert log["source_metadata"]["evaluator_relationship"] == relationship
        details = told["score_details"]["details"]
        assert (details["locator"], details.get("reference")) == (row["locator"], row["reference"])


def _rows(house: Any) -> list[dict[str, Any]]:
    names = ["score_id", "score", "benchmark_id", "stderr", "n_shots", "self_reported", "locator", "reference"]
    return [dict(zip(names, row, strict=True)) for row in house.rows(f"SELECT {', '.join(names)} FROM scores")]


def test_a_grader_without_its_prompt_is_a_detail_and_no_judge(house: Any, logs: Any) -> None:
    (score_id,) = house.values("SELECT score_id FROM scores WHERE grader_model IS NOT NULL")
    _, told = results(logs)[score_id]
    assert told["metric_config"]["additional_details"]["grader_model"] == "GPT-4o"
    assert "llm_scoring" not in told["metric_config"]


def test_the_same_warehouse_gives_the_same_bytes(house: Any, logs: dict[Path, dict[str, Any]], tmp_path: Path) -> None:
    export(house.warehouse, tmp_path / "again", [FileFormat.eee])
    first = next(iter(logs)).parents[5]
    assert _bytes(tmp_path / "again") == _bytes(first)
    package = json.loads((first / "datapackage.json").read_bytes())
    (resource,) = package["resources"]
    assert {*resource["path"]} == {
        path.relative_to(first).as_posix() for path in first.glob("eee/**/*") if path.is_file()
    }


def _bytes(folder: Path) -> dict[str, str]:
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.rglob("*")
        if path.is_file()
    }
