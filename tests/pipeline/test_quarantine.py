"""What cannot be true goes to quarantine and takes nothing good along; what is doubtful stays and fails a check."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from ingest.batch import COLUMNS, read_batch
from ingest.capture.archive import CaptureRecord, Work
from ingest.validate import judge_scores, typed

CASES = yaml.safe_load(Path(__file__).with_name("quarantine.yaml").read_text("utf-8"))
FIELDS = ("release_date", "announced_on", "last_updated_on", "knowledge_cutoff", "context_tokens", "max_output_tokens",
          "license", "name", "organization")  # fmt: skip


@pytest.fixture(scope="module")
def read(make_house: Callable[[], Any]) -> Any:
    """All cases as pages of their own, in one run."""
    house = make_house()
    for kind, cases in CASES.items():
        for number, case in enumerate(cases):
            house.write(f"{kind}-{number}.txt", **{"name": f"{kind.title()} {number}", **case["page"]})
    house.run()
    return house.settled()


def _capture(house: Any, kind: str, case: dict[str, Any]) -> str:
    location = f"%/{kind}-{CASES[kind].index(case)}.txt"
    return str(house.values("SELECT capture_id FROM captures WHERE location LIKE ?", location)[0])


def _model(house: Any, capture: str) -> dict[str, Any]:
    sql = "SELECT * FROM models WHERE model_id = (SELECT any_value(model_id) FROM claims WHERE capture_id = ?)"
    return dict(house.one(sql, capture))


@pytest.mark.parametrize("case", CASES["impossible"], ids=lambda case: case["name"])
def test_what_cannot_be_true_goes_to_quarantine_alone(read: Any, case: dict[str, Any]) -> None:
    capture = _capture(read, "impossible", case)
    ((table, reasons, record, locator, source, first_seen, resolved),) = read.rows(
        "SELECT table_name, reasons, record, locator, source, first_seen, resolved_at FROM quarantine "
        "WHERE capture_id = ?", capture
    )  # fmt: skip
    assert table == case["table"]
    assert reasons == case.get("reasons", reasons)
    assert reasons
    assert (source, resolved) == ("model-page", None)
    assert first_seen is not None
    record = json.loads(record)
    text = record.get("raw_text") or record["score_text"]
    number = int(locator.split()[-1].split("-")[-1])
    assert text in read.capture_lines(capture)[number]

    model = _model(read, capture)
    gone = case["gone"]
    expected = {field for field in FIELDS if field != gone.get("models")}
    assert {field for field in FIELDS if model[field] is not None} == expected
    assert model["average_score"] is None
    prices = read.values("SELECT kind FROM prices WHERE capture_id = ? ORDER BY kind", capture)
    assert prices == [kind for kind in ("input", "output") if kind != gone.get("prices")]
    scores = read.values("SELECT benchmark_id FROM scores WHERE capture_id = ? ORDER BY ALL", capture)
    assert scores == [name for name in ("gsm8k", "mmlu") if name != gone.get("scores")]


@pytest.mark.parametrize("case", CASES["possible"], ids=lambda case: case["name"])
def test_what_can_be_true_stays(read: Any, case: dict[str, Any]) -> None:
    capture = _capture(read, "possible", case)
    assert read.rows("FROM quarantine WHERE capture_id = ?", capture) == []
    scores = len(case["page"].get("scores", ("", "")))
    assert len(read.rows("FROM scores WHERE capture_id = ?", capture)) == scores
    assert len(read.rows("FROM prices WHERE capture_id = ?", capture)) == 2
    assert _model(read, capture)["release_date"] is not None


@pytest.mark.parametrize("case", CASES["doubtful"], ids=lambda case: case["name"])
def test_what_is_doubtful_stays_and_fails_a_check(read: Any, case: dict[str, Any]) -> None:
    capture = _capture(read, "doubtful", case)
    assert read.rows("FROM quarantine WHERE capture_id = ?", capture) == []
    model = _model(read, capture)
    assert all(model[field] is not None for field in FIELDS)
    failed = read.rows("SELECT name, expected, actual FROM checks WHERE capture_id = ? AND NOT passed", capture)
    assert [name for name, _, _ in failed] == [case["check"]]
    assert all(expected and actual for _, expected, actual in failed)


def test_two_different_scores_under_the_same_conditions_are_both_set_aside(house: Any) -> None:
    scores = [
        ["Mathematics", "GSM8K", "8-shot", "92.5%"],
        ["Mathematics", "GSM8K", "8-shot", "29.5%"],
        ["Mathematics", "MATH", None, "60.0%"],
    ]
    house.write(scores=scores)
    summary = house.run()
    assert house.values("SELECT benchmark_id FROM scores") == ["math"]
    rows = house.rows("SELECT reasons, record->>'score_text' FROM quarantine ORDER BY 2")
    assert rows == [(["contradicting_scores"], "29.5%"), (["contradicting_scores"], "92.5%")]
    assert summary.quarantined == {"contradicting_scores": 2}


def test_the_same_score_twice_is_one_score(house: Any) -> None:
    scores = [["Mathematics", "GSM8K", "8-shot", "92.5%"], ["Reasoning", "GSM8K", "8-shot", "92.5%"]]
    house.write(scores=scores)
    house.run()
    assert house.values("SELECT score FROM scores") == [92.5]
    assert house.rows("FROM quarantine") == []


def test_what_the_maker_reports_and_what_others_measured_are_two_results(house: Any) -> None:
    scores = [
        ["Mathematics", "GSM8K", "8-shot", "92.5%"],
        ["Mathematics", "GSM8K", "8-shot", "89.5%", False],
        ["Mathematics", "MATH", "4-shot", "60.0%"],
        ["Mathematics", "MATH", "4-shot", "64.0%"],
    ]
    house.write(scores=scores)
    summary = house.run()
    told = house.rows("SELECT score, self_reported FROM scores WHERE benchmark_id = 'gsm8k' ORDER BY 1")
    assert told == [(89.5, False), (92.5, True)]
    assert len(house.values("SELECT DISTINCT score_id FROM scores")) == 2
    assert summary.quarantined == {"contradicting_scores": 2}


def test_different_conditions_are_different_results(house: Any) -> None:
    house.write(scores=[["Mathematics", "GSM8K", "8-shot", "92.5%"], ["Mathematics", "GSM8K", "0-shot", "88.0%"]])
    house.run()
    assert house.rows("SELECT n_shots, score FROM scores ORDER BY 1") == [(0, 88.0), (8, 92.5)]
    assert house.rows("FROM quarantine") == []


def test_a_row_shows_all_of_its_reasons(house: Any) -> None:
    """A release that is both too early for its kind and stated for a score that is too high: each its own row."""
    house.write(release="June 1, 2016", announced="August 2, 2025", input="-$3.00", average="496.0%")
    summary = house.run()
    found = house.rows(
        "SELECT table_name, coalesce(record->>'field', record->>'kind'), reasons FROM quarantine ORDER BY ALL"
    )
    assert found == [
        ("models", "announced_on", ["date_after_capture"]),
        ("models", "average_score", ["percent_out_of_range"]),
        ("models", "release_date", ["date_before_2017"]),
        ("prices", "input", ["price_out_of_range"]),
    ]
    assert summary.rows_quarantined == 4
    assert summary.quarantined["price_out_of_range"] == 1


def test_a_score_out_of_range_with_a_bad_standard_error_shows_both(house: Any) -> None:
    """Rows are judged whole: no reason hides another."""
    record = CaptureRecord("c", "p.txt", "0", 1, "2025-08-01T00:00:00+00:00")
    columns = read_batch([Work(record, house.text().encode())])
    assert tuple(columns["scores"]) == COLUMNS["scores"]
    for name, cell in {"score": 180.0, "stderr": -1.0, "n_shots": -4}.items():
        columns["scores"][name][0] = cell
    scores = typed([columns])["scores"].rename_columns({"entry": "entry_number"})
    for name in ("source", "score_id", "model_id", "benchmark_id", "benchmark", "group_key"):
        scores = scores.append_column(name, [[f"some {name}"] * scores.num_rows])
    scores = scores.append_column("is_contradicted", [[False] * scores.num_rows])
    (bad,) = judge_scores(scores).bad.to_pylist()
    assert bad["reasons"] == ["negative_stderr", "percent_out_of_range", "shots_out_of_range"]


def test_a_bad_page_does_not_touch_its_neighbours(house: Any) -> None:
    house.write("bad.txt", name="Bad 1", release="February 30, 2025", input="$4,800.00")
    house.write("good.txt", name="Good 1")
    house.run()
    assert house.rows("SELECT name, release_date IS NULL FROM models ORDER BY name") == [
        ("Bad 1", True),
        ("Good 1", False),
    ]
    assert len(house.rows("FROM prices")) == 3


def test_a_row_that_is_bad_again_is_one_row_seen_longer(house: Any) -> None:
    house.write(input="$4,800.00")
    house.run()
    house.write(input="$4,800.00", today="September 1, 2025")
    house.run()
    ((first, last),) = house.rows("SELECT first_seen::DATE::VARCHAR, last_seen::DATE::VARCHAR FROM quarantine")
    assert (first, last) == ("2025-08-01", "2025-09-01")
