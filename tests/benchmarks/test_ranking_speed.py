"""Speed of rankings over a million results.

    pytest tests/benchmarks/test_ranking_speed.py

20,000 models have results of 50 benchmarks each. Aims: the leaderboard of one benchmark under 0.3 s, the scores of one
model under 0.1 s, all standings under 2 s.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import duckdb
import pytest

from ingest.load import ranking
from ingest.load.connection import connect
from ingest.load.warehouse import create

FILL = """
    INSERT INTO benchmarks BY NAME SELECT 'test-' || i AS benchmark_id, 'Test ' || i AS name, 'percent' AS unit,
        true AS higher_is_better FROM range(50) AS r(i);
    INSERT INTO models BY NAME SELECT 'maker-' || (m % 50) || '/model-' || m AS model_id, 'Model ' || m AS name
        FROM range(20000) AS r(m);
    INSERT INTO internal.capture_scopes
        SELECT 'pages', 'page-' || m, 'capture-' || m, TIMESTAMP '2025-01-01' FROM range(20000) AS r(m);
    INSERT INTO internal.scores BY NAME
    SELECT md5(m || '|' || i) AS score_id, 'pages' AS source, 'page-' || m AS scope,
        'maker-' || (m % 50) || '/model-' || m AS model_id, 'Test ' || i AS benchmark_listed,
        'test-' || i AS benchmark_id, hash(m, i) % 10000 / 100 AS score, 'percent' AS unit,
        'test-' || i || CASE m % 3 WHEN 0 THEN '' WHEN 1 THEN '|n_shots=5' ELSE '|prompting=chain-of-thought' END
        AS comparability_key, 'test-' || i AS group_key, true AS self_reported, 'line 3' AS locator,
        'capture-' || m AS capture_id, TIMESTAMP '2025-01-01' AS valid_from, TIMESTAMP '2025-01-01' AS recorded_at
    FROM range(20000) AS r(m), range(50) AS s(i);
"""

QUESTIONS = {
    "leaderboard: of one benchmark": "SELECT * FROM leaderboard WHERE benchmark_id = 'test-7'",
    "leaderboard: of one benchmark by name": "SELECT * FROM leaderboard WHERE benchmark = 'Test 7'",
    "leaderboard: of one key": "SELECT * FROM leaderboard WHERE comparability_key = 'test-7|n_shots=5'",
    "scores: of one model": "SELECT * FROM scores WHERE model_id = 'maker-7/model-7'",
    "standings: all": "SELECT * FROM standings",
    "standings: of one group": "SELECT * FROM standings WHERE group_key = 'test-7'",
}


@pytest.fixture(scope="module")
def db(tmp_path_factory: pytest.TempPathFactory) -> Iterator[duckdb.DuckDBPyConnection]:
    path = tmp_path_factory.mktemp("ranking") / "models.duckdb"
    with connect(path, read_only=False) as connection:
        create(connection)
        connection.execute(FILL)
        ranking.rank_all(connection)
    with duckdb.connect(str(path), read_only=True) as connection:
        assert connection.execute("SELECT count(*) FROM internal.scores").fetchone() == (1_000_000,)
        yield connection


@pytest.mark.parametrize("question", QUESTIONS)
def test_a_question_is_answered(benchmark: Callable[..., Any], db: duckdb.DuckDBPyConnection, question: str) -> None:
    answer = benchmark.pedantic(  # type: ignore[attr-defined]
        lambda: db.execute(QUESTIONS[question]).to_arrow_table(), rounds=5, warmup_rounds=1
    )
    assert answer.num_rows
