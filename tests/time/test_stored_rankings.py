"""The rankings that a load stores are those that asking anew gives, whatever the load touched."""

from __future__ import annotations

from typing import Any

from ingest.load import ranking
from ingest.load.connection import connect

MMLU = ["General Knowledge", "MMLU", "5-shot", "80.1%"]
GSM = ["Mathematics", "GSM8K", None, "92.5%"]


def _told_anew(house: Any) -> None:
    stored = house.rows("FROM leaderboard ORDER BY ALL")
    assert stored == house.rows("FROM leaderboard_as_of('infinity'::TIMESTAMP) ORDER BY ALL")


def test_a_load_ranks_what_it_touches_and_leaves_the_rest(house: Any) -> None:
    house.run(house.write("a.txt", name="Robin 1", scores=[MMLU, GSM], today="June 1, 2025"))
    house.run(house.write("b.txt", name="Robin 2", scores=[[*MMLU[:3], "85.0%"]], today="June 1, 2025"))
    _told_anew(house)
    rows = house.rows("SELECT benchmark_id, model, rank, models FROM leaderboard ORDER BY ALL")
    assert rows == [("gsm8k", "Robin 1", 1, 1), ("mmlu", "Robin 1", 2, 2), ("mmlu", "Robin 2", 1, 2)]
    # the second model loses its result, so that the first one leads; then the first one loses another
    house.run(house.write("b.txt", name="Robin 2", scores=[GSM], today="July 1, 2025"))
    _told_anew(house)
    assert house.rows("SELECT benchmark_id, model, rank, models FROM leaderboard ORDER BY ALL") == [
        ("gsm8k", "Robin 1", 1, 2),
        ("gsm8k", "Robin 2", 1, 2),
        ("mmlu", "Robin 1", 1, 1),
    ]
    assert house.rows("SELECT group_key, model, rank, models FROM standings ORDER BY ALL") == [
        ("gsm8k", "Robin 1", 1, 2),
        ("gsm8k", "Robin 2", 1, 2),
        ("mmlu", "Robin 1", 1, 1),
    ]


def test_further_results_of_one_model_are_stored_as_asking_anew_gives_them(house: Any) -> None:
    for day, further in (("June 1, 2025", "78.0%"), ("July 1, 2025", "70.5%")):
        accuracy = [*MMLU[:2], "5-shot, accuracy", further]
        house.run(house.write("a.txt", name="Robin 1", today=day, scores=[MMLU, accuracy, GSM]))
        _told_anew(house)
    row = house.one("SELECT len(score_ids) AS told, len(others) AS others, others[1].chosen AS chosen "
                    "FROM leaderboard WHERE benchmark_id = 'mmlu'")  # fmt: skip
    assert row == {"told": 1, "others": 1, "chosen": "the newest"}


def test_a_new_name_of_a_model_stands_in_its_rankings(house: Any) -> None:
    house.run(house.write("a.txt", name="Robin 1", scores=[MMLU], today="June 1, 2025"))
    house.run(house.write("a.txt", name="ROBIN 1", scores=[MMLU], today="July 1, 2025"))
    assert house.values("SELECT model FROM leaderboard") == house.values("SELECT name FROM models")


def test_a_file_of_another_layout_is_ranked_anew_by_the_next_run(house: Any) -> None:
    house.run(house.write("a.txt", name="Robin 1", scores=[MMLU]))
    with connect(house.warehouse, read_only=False) as connection:
        connection.execute("UPDATE internal.meta SET value = 'earlier' WHERE key = 'layout'")
        connection.execute("DELETE FROM internal.leaderboard; DROP VIEW standings; DROP TABLE internal.standings")
    house.run(house.write("b.txt", name="Robin 2", scores=[GSM]))
    assert house.values("SELECT model FROM leaderboard ORDER BY model") == ["Robin 1", "Robin 2"]
    assert house.values("SELECT model FROM standings ORDER BY model") == ["Robin 1", "Robin 2"]


def test_a_benchmark_whose_better_end_changed_is_ranked_anew(house: Any) -> None:
    house.write("a.txt", name="Robin 1", scores=[MMLU])
    house.write("b.txt", name="Robin 2", scores=[[*MMLU[:3], "60.0%"]])
    house.run()
    with connect(house.warehouse, read_only=False) as connection:
        connection.execute("UPDATE benchmarks SET higher_is_better = false WHERE benchmark_id = 'mmlu'")
        connection.execute("CREATE TEMP TABLE nothing (source VARCHAR, scope VARCHAR)")
        ranking.rank(connection, "nothing", "2025-01-01")
    assert house.rows("SELECT rank, model FROM leaderboard ORDER BY rank") == [(1, "Robin 2"), (2, "Robin 1")]
    _told_anew(house)


def test_the_prices_that_a_load_stores_are_those_that_asking_anew_gives(house: Any, gateway: Any) -> None:
    def told_anew() -> list[tuple[Any, ...]]:
        stored = house.rows("FROM chosen_prices ORDER BY ALL")
        assert stored == house.rows("FROM chosen_prices_as_of('infinity'::TIMESTAMP) ORDER BY ALL")
        return list(stored)

    page = {"organization": "Acme AI", "input": "$1.00", "output": "$4.00"}
    house.run(house.write("a.txt", name="Robin 1", today="June 1, 2025", **page))
    first = told_anew()
    house.run(gateway(house, "2025-06-01", range(3)))
    second = told_anew()
    assert len(second) > len(first)
    dearer = {"of_1": {"pricing": {"prompt": "0.000009", "completion": "0.000004"}}}
    house.run(gateway(house, "2025-07-01", range(2), **dearer))
    third = told_anew()
    assert third not in (first, second)
    with connect(house.warehouse, read_only=False) as connection:
        connection.execute("UPDATE internal.meta SET value = 'earlier' WHERE key = 'layout'")
        connection.execute("DROP VIEW chosen_prices; DROP TABLE internal.judged_prices")
    house.run(house.write("a.txt", name="Robin 1", today="July 1, 2025", scores=[], **page))
    assert told_anew() == third


def test_the_conflicts_that_a_load_stores_begin_and_end_with_what_sources_say(house: Any, gateway: Any) -> None:
    house.run(gateway(house, "2025-06-01", range(3)))
    assert house.rows("FROM conflicts") == []
    page = {"organization": "Acme AI", "name": "Robin 1", "input": None, "output": None}
    house.run(house.write("a.txt", today="June 1, 2025", context="128.0K", **page))
    assert house.values("SELECT field FROM conflicts") == ["context_tokens"]
    house.run(house.write("a.txt", today="July 1, 2025", context="65.0K", **page))
    assert house.values("SELECT field FROM conflicts") == []
