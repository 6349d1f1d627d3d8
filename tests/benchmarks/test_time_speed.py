"""Speed of as-of queries over a million claims, and of publishing a large file.

    pytest tests/benchmarks/test_time_speed.py

The claims are told by two sources over three months; every field changes with half of the models, and of every
eighth field the sources say different things, as the open feeds do. Aims: as-of queries under 0.3 s; a file of 1 GB
with 1,000 changed rows published in under 10 s (``INGEST_BENCHMARK_BYTES`` sets another size).
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest

from ingest.load.connection import connect
from ingest.load.history import contest
from ingest.load.warehouse import create
from ingest.publish import publish, working_copy

MODELS = 20_000
BYTES = int(os.environ.get("INGEST_BENCHMARK_BYTES", "1000000000"))

FILL = f"""
    CREATE TEMP TABLE fields AS FROM (VALUES ('name', 'text'), ('organization', 'text'), ('description', 'text'),
        ('license', 'text'), ('release_date', 'date'), ('knowledge_cutoff', 'date'), ('context_tokens', 'number'),
        ('max_output_tokens', 'number'), ('parameters', 'number'), ('average_score', 'number'), ('features', 'list'),
        ('input_modalities', 'list'), ('open_weights', 'flag')) AS f(field, kind);
    CREATE TEMP TABLE told AS
        SELECT m, 'maker-' || (m % 50) || '/model-' || m AS model_id, source,
            CASE source WHEN 'pages' THEN 'maker-' || (m % 50) || '/model-' || m ELSE 'feed.json' END AS scope,
            CASE source WHEN 'feed' THEN 'feed.json#model-' || m END AS entry
        FROM range({MODELS}) AS r(m), (VALUES ('pages'), ('feed')) AS s(source);
    CREATE TEMP TABLE months AS
        SELECT v, TIMESTAMPTZ '2025-01-01' + v * INTERVAL 30 DAY AS begins FROM range(3) AS r(v);
    INSERT INTO internal.source_trust VALUES ('pages', '*', 100), ('feed', '*', 300);
    INSERT INTO internal.capture_scopes
        SELECT DISTINCT source, scope, md5(source || scope || v), begins FROM told, months;
    INSERT INTO internal.claims BY NAME
    SELECT source, scope, entry, model_id, field, unit, 'line 3' AS locator, md5(source || scope || v) AS capture_id,
        CASE kind WHEN 'text' THEN field || ' ' || n WHEN 'date' THEN (DATE '2023-01-01' + n::INT)::VARCHAR
            WHEN 'number' THEN n::VARCHAR WHEN 'list' THEN '["tools", "f' || n || '"]' ELSE 'true' END AS value,
        CASE kind WHEN 'number' THEN n::DOUBLE END AS number, begins AS valid_from,
        CASE WHEN changes AND v < 2 THEN begins + INTERVAL 30 DAY END AS valid_to, begins AS recorded_at
    FROM (
        SELECT *, hash(m, field) % 2 = 0 AS changes, CASE field WHEN 'knowledge_cutoff' THEN 'day' END AS unit,
            (m % 97) * 5 + v + CASE WHEN source = 'feed' AND hash(field, m) % 8 = 0 THEN 1 ELSE 0 END AS n
        FROM told, fields, months
    ) WHERE changes OR v = 0;
    INSERT INTO benchmarks BY NAME SELECT 'test-' || i AS benchmark_id, 'Test ' || i AS name, 'percent' AS unit
        FROM range(200) AS r(i);
    INSERT INTO internal.scores BY NAME
    SELECT md5(model_id || i) AS score_id, source, scope, model_id, 'Test ' || i AS benchmark_listed,
        'test-' || i AS benchmark_id, 50 + (m % 40) + v AS score, 'percent' AS unit, 'key' AS comparability_key,
        md5(source || scope || v) AS capture_id, begins AS valid_from,
        CASE WHEN v < 1 THEN begins + INTERVAL 30 DAY END AS valid_to, begins AS recorded_at
    FROM told, months, (SELECT range * 13 AS i FROM range(15)) WHERE source = 'pages' AND v < 2;
    INSERT INTO internal.prices BY NAME
    SELECT source, scope, entry, model_id, 'host-' || h AS provider, kind, 'per_million_tokens' AS unit,
        v + 0.5 AS amount, v + 0.5 AS usd_per_million_tokens, 'USD' AS currency,
        md5(source || scope || v) AS capture_id, begins AS valid_from,
        CASE WHEN v < 2 THEN begins + INTERVAL 30 DAY END AS valid_to, begins AS recorded_at
    FROM told, months, range(3) AS r(h), (VALUES ('input'), ('output')) AS k(kind) WHERE source = 'feed';
    CREATE TEMP TABLE affected_scopes AS SELECT DISTINCT source, scope FROM told;
"""

QUESTIONS = {
    "models: all of one model": "SELECT * FROM models_as_of('2025-02-15') WHERE model_id = 'maker-7/model-7'",
    "models: by organization": "SELECT organization, count(*) FROM models_as_of('2025-02-15') GROUP BY ALL",
    "models: every column of every row": "SELECT * FROM models_as_of('2025-02-15')",
    "scores: of one model": "SELECT * FROM scores_as_of('2025-02-15') WHERE model_id = 'maker-7/model-7'",
    "scores: mean by benchmark": "SELECT benchmark_id, avg(score) FROM scores_as_of('2025-02-15') GROUP BY ALL",
    "prices: of one model": "SELECT * FROM prices_as_of('2025-02-15') WHERE model_id = 'maker-7/model-7'",
    "prices: every row": "SELECT * FROM prices_as_of('2025-02-15')",
    "claims: of one model": "SELECT * FROM claims WHERE model_id = 'maker-7/model-7'",
}


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("speed") / "models.duckdb"
    with connect(path, read_only=False) as db:
        create(db)
        db.execute(FILL)
        contest(db, "affected_scopes")
        db.execute("INSERT INTO models FROM models_as_of('infinity')")
    return path


@pytest.fixture(scope="module")
def db(filled: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect(str(filled), read_only=True) as connection:
        row = connection.execute("SELECT count(*) FROM internal.claims").fetchone()
        assert row is not None and row[0] >= 1_000_000
        yield connection


@pytest.mark.parametrize("question", QUESTIONS)
def test_as_of(benchmark: Callable[..., Any], db: duckdb.DuckDBPyConnection, question: str) -> None:
    answer = benchmark.pedantic(  # type: ignore[attr-defined]
        lambda: db.execute(QUESTIONS[question]).to_arrow_table(), rounds=7, warmup_rounds=1
    )
    assert answer.num_rows


def test_publish_a_large_file_with_a_thousand_changed_rows(benchmark: Any, filled: Path, tmp_path: Path) -> None:
    """Copy, change, read back, flush and rename; the rows beside are of an internal table that grows the file."""
    warehouse = tmp_path / "models.duckdb"
    filled.rename(warehouse)
    with duckdb.connect(str(warehouse)) as connection:
        connection.execute("CREATE TABLE internal.ballast (text VARCHAR)")
        while warehouse.stat().st_size < BYTES:
            connection.execute(
                "INSERT INTO internal.ballast "
                "SELECT md5(random()::VARCHAR) || md5(random()::VARCHAR) FROM range(1000000)"
            )
            connection.execute("CHECKPOINT")

    def change_and_publish() -> None:
        work = working_copy(warehouse)
        with connect(work, read_only=False) as connection:
            connection.execute("BEGIN")
            connection.execute(
                "UPDATE internal.scores SET score = score + 1 WHERE rowid IN (FROM range(0, 600000, 600))"
            )
            connection.execute("COMMIT")
            connection.execute("CHECKPOINT")
        publish(work, warehouse)

    benchmark.pedantic(change_and_publish, rounds=3)
    assert warehouse.stat().st_size >= BYTES
