"""Rankings: one row for each key, model and version, and ranks that an independent count gives."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from pathlib import Path
from typing import Any

import duckdb
import pytest

from ingest.load.views import MACROS, VIEWS


@pytest.fixture(scope="module")
def board(sample: Any) -> list[dict[str, Any]]:
    columns = (
        "comparability_key", "rank", "models", "model_id", "version", "score", "score_low", "score_high", "score_ids",
        "others", "benchmark_id",
    )  # fmt: skip
    rows = sample.rows(f"SELECT {', '.join(columns)} FROM leaderboard")
    return [dict(zip(columns, row, strict=True)) for row in rows]


def test_every_key_model_and_version_stands_once(sample: Any, board: list[dict[str, Any]]) -> None:
    places = [(row["comparability_key"], row["model_id"], row["version"]) for row in board]
    assert len(places) == len(set(places))
    stated = sample.rows(
        "SELECT DISTINCT comparability_key, model_id, version FROM scores WHERE comparability_key IS NOT NULL"
    )
    assert set(places) == set(stated)


def test_every_result_is_shown_or_among_the_others_once(sample: Any, board: list[dict[str, Any]]) -> None:
    told = [score for row in board for score in row["score_ids"]]
    told += [score for row in board for other in row["others"] for score in other["score_ids"]]
    assert sorted(told) == sorted(sample.values("SELECT score_id FROM scores WHERE comparability_key IS NOT NULL"))


def test_ranks_are_those_of_a_recount(sample: Any, board: list[dict[str, Any]]) -> None:
    lower = set(sample.values("SELECT benchmark_id FROM benchmarks WHERE higher_is_better = false"))
    best: dict[str, dict[str, float]] = defaultdict(dict)
    for row in board:
        good = -row["score"] if row["benchmark_id"] in lower else row["score"]
        models = best[row["comparability_key"]]
        models[row["model_id"]] = max(good, models.get(row["model_id"], good))
    for row in board:
        good = -row["score"] if row["benchmark_id"] in lower else row["score"]
        models = best[row["comparability_key"]]
        assert row["rank"] == 1 + sum(other > good for model, other in models.items() if model != row["model_id"])
        assert row["models"] == len(models)


ONE = [["General Knowledge", "MMLU", "5-shot", "80.1%"]]


def test_one_result_told_at_two_addresses_is_one_row_and_nothing_ends(house: Any) -> None:
    """What the second address does not state ends nothing that the first one stated."""
    house.run(house.write("a.txt", today="June 1, 2025", scores=[*ONE, ["Mathematics", "GSM8K", None, "92.5%"]]))
    house.run(house.write("b.txt", today="July 1, 2025", scores=ONE))
    assert len(house.rows("FROM scores WHERE benchmark_id = 'gsm8k'")) == 1
    row = house.one("SELECT rank, models, score, stated_by, len(score_ids) AS told FROM leaderboard "
                    "WHERE comparability_key = 'mmlu|n_shots=5'")  # fmt: skip
    assert row == {"rank": 1, "models": 1, "score": 80.1, "stated_by": ["model-page"], "told": 1}


def test_of_one_result_told_differently_at_two_addresses_the_newest_is_shown(house: Any) -> None:
    house.run(house.write("a.txt", today="June 1, 2025", scores=ONE))
    house.run(house.write("b.txt", today="July 1, 2025", scores=[["General Knowledge", "MMLU", "5-shot", "70.2%"]]))
    assert house.values("SELECT score FROM leaderboard WHERE comparability_key = 'mmlu|n_shots=5'") == [70.2]


def test_standings_name_what_differs_from_the_leader_and_what_is_not_stated(house: Any) -> None:
    house.write("a.txt", name="Robin 1", scores=[["General Knowledge", "MMLU", "5-shot", "90.0%"]])
    house.write("b.txt", name="Robin 2", scores=[["General Knowledge", "MMLU", "0-shot", "80.0%"]])
    house.write("c.txt", name="Robin 3", scores=[["General Knowledge", "MMLU", None, "70.0%"]])
    house.run()
    rows = house.rows("SELECT rank, model, settings, differs_in, not_stated FROM standings ORDER BY rank")
    assert rows == [
        (1, "Robin 1", "n_shots=5", [], []),
        (2, "Robin 2", "n_shots=0", ["n_shots"], []),
        (3, "Robin 3", None, [], ["n_shots"]),
    ]


def test_a_lead_within_rounding_is_none(house: Any) -> None:
    for number, score in ((1, "80.1%"), (2, "80.1%"), (3, "75.0%")):
        house.write(f"{number}.txt", name=f"Robin {number}", scores=[["General Knowledge", "MMLU", "5-shot", score]])
    house.run()
    rows = house.rows("SELECT model, rank, differs_from_above, difference_basis FROM leaderboard ORDER BY rank, model")
    assert rows == [
        ("Robin 1", 1, None, None),
        ("Robin 2", 1, False, "rounding"),
        ("Robin 3", 3, True, "rounding"),
    ]


def test_a_price_that_changed_is_told_once_for_each_listing_and_kind(house: Any) -> None:
    for day, price in (("2025-06-01", "$0.40"), ("2025-07-01", "$0.30")):
        house.run(house.write(f"{day}/page.txt", today=None, input=price), captured_at=f"{day}T00:00:00+00:00")
    changes = house.rows(
        "SELECT kind, old_usd_per_million_tokens, new_usd_per_million_tokens "
        "FROM price_changes('2025-06-15', '2025-07-15')"
    )
    assert changes == [("input", 0.4, 0.3)]
    assert house.rows("FROM price_changes('2025-06-02', '2025-06-15')") == []
    assert house.rows("SELECT usd_per_million_tokens, valid_to IS NULL FROM price_history WHERE kind = 'input' "
                      "ORDER BY valid_from") == [(0.4, False), (0.3, True)]  # fmt: skip


def test_a_leaderboard_of_a_past_day(house: Any) -> None:
    for day, score in (("2025-06-01", "80.1%"), ("2025-07-01", "85.0%")):
        page = house.write(f"{day}/page.txt", today=None, scores=[["General Knowledge", "MMLU", "5-shot", score]])
        house.run(page, captured_at=f"{day}T00:00:00+00:00")
    assert house.values("SELECT score FROM leaderboard_as_of('2025-06-15')") == [80.1]
    assert house.values("SELECT score FROM leaderboard_as_of(DATE '2025-07-15')") == [85.0]


RUN = """- model: {model}
  test_cases: 225
  edit_format: diff
  pass_rate_1: 1.5
  pass_rate_2: {score}
  date: {date}
"""


def _aider(house: Any, day: str, *runs: tuple[str, float, str]) -> None:
    said = "".join(RUN.format(model=m, score=s, date=d) for m, s, d in runs)
    house.run(house.write(f"aider/{day}/polyglot_leaderboard.yml", said.encode()))


def test_a_result_counts_from_the_day_on_which_it_was_measured(house: Any) -> None:
    """Who measured, and when, stands in the source; the board of a day before the first capture can be asked."""
    robin, wren = ("robin-1", 40.0, "2024-11-02"), ("wren-1", 50.0, "2024-12-20")
    _aider(house, "2025-04-04", robin)
    _aider(house, "2025-05-07", robin, wren)
    told = "SELECT model_listed, score, measured_by, measured_on::VARCHAR AS measured_on FROM {} ORDER BY ALL"
    first = ("robin-1", 40.0, "Aider", "2024-11-02")
    assert house.rows(told.format("scores_as_of('2024-11-01')")) == []
    assert first in house.rows(told.format("scores_as_of('2024-12-31')"))
    # the board of April had no result of the other model, whenever it was measured
    assert {row[0] for row in house.rows(told.format("scores_as_of('2025-04-30')"))} == {"robin-1"}
    assert {row[0] for row in house.rows(told.format("scores_as_of('2025-05-07')"))} == {"robin-1", "wren-1"}
    assert house.values("SELECT DISTINCT rank FROM leaderboard_as_of('2024-12-31')") == [1]


def test_two_submissions_of_one_agent_with_one_model_are_two_results_and_the_best_is_shown(house: Any) -> None:
    head = "id,Agent,Model version,Accuracy mean,Accuracy SE,Notes,Source,Source link"
    rest = ",,Terminal-Bench Leaderboard,https://www.tbench.ai/leaderboard"
    runs = [f"rec{n},Goose,gpt-4.1-2025-04-14,{score}%,1.3%{rest}" for n, score in enumerate((42.0, 45.3, 43.1))]
    path = house.root / "feed" / "2025-10-15" / "external_benchmark_terminal_bench.csv"
    path.parent.mkdir(parents=True)
    path.write_text("\n".join([head, *runs, ""]), "utf-8")
    assert house.run(path.parent).quarantined == {}
    [row] = house.rows("SELECT score, others FROM leaderboard")
    assert row[0] == 45.3
    assert [(other["score"], other["chosen"]) for other in row[1]] == [(43.1, "the best"), (42.0, "the best")]


def test_a_result_measured_between_two_captures_counts_from_that_day(house: Any) -> None:
    robin, wren = ("robin-1", 40.0, "2024-11-02"), ("wren-1", 50.0, "2025-04-20")
    _aider(house, "2025-04-04", robin)
    _aider(house, "2025-05-07", robin, wren)
    assert "wren-1" not in house.values("SELECT model_listed FROM scores_as_of('2025-04-19')")
    assert "wren-1" in house.values("SELECT model_listed FROM scores_as_of('2025-04-21')")


def test_the_frontier_has_no_row_that_is_beaten_in_price_and_score(house: Any) -> None:
    for number, (score, price) in enumerate((("90.0%", "$9.00"), ("80.0%", "$1.00"), ("70.0%", "$5.00"))):
        scores = [["General Knowledge", "MMLU", "5-shot", score]]
        house.write(f"{number}.txt", name=f"Robin {number}", scores=scores, input=price, output=price)
    house.write(
        "3.txt", name="Robin 3", scores=[["General Knowledge", "MMLU", "5-shot", "60.0%"]], input=None, output=None
    )
    house.run()
    rows = house.rows("SELECT model, blended_usd_per_million_tokens, on_frontier FROM price_performance ORDER BY model")
    assert rows == [("Robin 0", 9.0, True), ("Robin 1", 1.0, True), ("Robin 2", 5.0, False), ("Robin 3", None, None)]


def test_an_export_of_the_whole_file_can_be_imported_and_asked(sample: Any, tmp_path: Path) -> None:
    with duckdb.connect(str(sample.warehouse), read_only=True) as connection:
        connection.execute(f"EXPORT DATABASE '{tmp_path / 'export'}' (FORMAT parquet)")
    with duckdb.connect() as connection:
        connection.execute(f"IMPORT DATABASE '{tmp_path / 'export'}'")
        for asked in ("leaderboard", "standings", "chosen_prices", "leaderboard_as_of('2026-07-01')"):
            assert connection.execute(f"SELECT count(*) > 0 FROM {asked}").fetchone() == (True,)


def test_views_and_macros_hold_nothing_that_some_versions_of_duckdb_cannot_read() -> None:
    """DuckDB 2.0 exports lambdas in a form that it no longer reads; 1.1 cannot print a window of GROUPS."""
    for sql in (*VIEWS.values(), *(macro.query for macro in MACROS)):
        assert not re.search(r"\blambda\b|->\s|\bGROUPS\b", sql)


def test_a_page_that_states_far_fewer_scores_is_named_however_few_it_had(house: Any) -> None:
    few = [*ONE, ["Mathematics", "GSM8K", None, "92.5%"], ["Mathematics", "MATH", None, "70.0%"]]
    page = house.write("a.txt", name="Robin 1", scores=few)
    house.run(page, captured_at="2025-06-01T00:00:00+00:00")
    house.run(house.write("a.txt", name="Robin 1", scores=ONE, today=None), captured_at="2025-08-02T00:00:00+00:00")
    named = "SELECT model_id, passed, expected, actual FROM checks WHERE name = 'states_far_less'"
    assert house.rows(named) == [("acme-ai/robin-1", False, "3 scores, as before", "1 scores")]


def test_results_that_one_source_states_and_rounding_does_not_explain_are_named(house: Any) -> None:
    house.run(house.write("a.txt", name="Robin 1", scores=[*ONE, ["Other", "MMLU", "5-shot, accuracy", "70.5%"]]))
    house.run(house.write("b.txt", name="Robin 2", scores=[*ONE, ["Other", "MMLU", "5-shot, accuracy", "80.1%"]]))
    named = "SELECT model_id, expected, actual FROM checks WHERE name = 'differing_results' AND NOT passed"
    assert house.rows(named) == [("acme-ai/robin-1", "one result for mmlu|n_shots=5", "70.5, 80.1")]


def test_standings_show_the_result_that_the_leaderboard_shows(house: Any) -> None:
    """Of two results under one key the newest counts in both, though the older one is better."""
    house.run(house.write("a.txt", today="June 1, 2025", scores=[["General Knowledge", "MMLU", "5-shot", "82.2%"]]))
    house.run(house.write("b.txt", today="July 1, 2025", scores=ONE))
    for ranking in ("leaderboard", "standings"):
        assert house.rows(f"SELECT rank, score FROM {ranking}") == [(1, 80.1)]


def test_a_maker_s_result_without_the_mark_that_another_source_has_is_not_ranked(house: Any) -> None:
    """The same number with the mark is the same result: one source has lost it. The check names what was left out."""
    for name, score in (("Robin 1", "93.0%"), ("Robin 2", "90.0%")):
        house.write(f"{name}.txt", name=name, scores=[["Mathematics", "AIME 2025", None, score]])
    house.run()
    ranked = "SELECT rank, model FROM standings WHERE group_key = 'aime-2025' ORDER BY rank"
    assert house.rows(ranked) == [(1, "Robin 1"), (2, "Robin 2")]
    marked = {"dataset_name": "AIME 2025", "score": 0.93, "is_self_reported": True, "analysis_method": "cons@64"}
    record = {"name": "Robin 1", "input_context_size": None, "qualitative_metrics": [marked], "providers": []}
    house.run(house.write("llmstats/models/acme-ai/robin-1/model.json", json.dumps(record).encode()))
    assert house.rows(ranked) == [(1, "Robin 2")]
    assert house.values("SELECT actual FROM checks WHERE name = 'mark_left_out'") == ["93.0%"]


@pytest.mark.parametrize("name", ["scores", "models", "prices", "chosen_prices", "leaderboard"])
def test_what_is_no_time_is_an_error_also_where_no_row_is_left(sample: Any, name: str) -> None:
    with pytest.raises(duckdb.ConversionException):
        sample.rows(f"FROM {name}_as_of('yesterday') WHERE model_id = 'nobody/nothing'")
