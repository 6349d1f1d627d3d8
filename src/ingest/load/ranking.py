"""Rankings as they are stored: worked out by each load for the benchmarks that it touches.

``leaderboard`` and ``standings`` are asked far more often than they change, and ranking a million results takes
seconds. So their rows stand in ``internal.leaderboard`` and ``internal.standings``, sorted by benchmark, and the public
views only add names. ``leaderboard_as_of`` works the same rows out for any other time, from the same SQL.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ingest.load.statements import quoted, statement
from ingest.records.tables import TABLES, sql_type

if TYPE_CHECKING:
    import duckdb

_NAMED = {"model": "m.name", "benchmark": "b.name"}
"""Columns that are no part of what is stored: names change without a new result."""

_ROWS_AT_ONCE = 250_000
"""Results that are ranked together, about. The memory that this takes stays flat."""

_ORDER = {"leaderboard": "comparability_key, rank, model_id, version", "standings": "group_key, rank, model_id"}


def tables() -> list[str]:
    """The statements that make the stored rankings, empty."""
    made = ["CREATE OR REPLACE TABLE internal.ranked (benchmark_id VARCHAR, higher_is_better BOOLEAN)"]
    for name in _ORDER:
        columns = [f"{quoted([n])} {sql_type(c)}" for n, c in TABLES[name].columns.items() if n not in _NAMED]
        made.append(f"CREATE OR REPLACE TABLE internal.{name} ({', '.join(columns)})")
    return made


def named(name: str, ranking: str) -> str:
    """The query for the public columns of the table ``name`` over the rows of ``ranking``."""
    columns = ", ".join(
        f"{_NAMED[column]} AS {column}" if column in _NAMED else quoted([column], "r")
        for column in TABLES[name].columns
    )
    return statement("views/ranking", ranking=ranking, columns=columns)


def leaderboard_of(scores: str) -> str:
    """The query that ranks the rows of ``scores``, a table or a call of a macro, in the columns that are stored."""
    rows = _rows("stated")
    repeated = "SELECT benchmark_id, comparability_key, model_id FROM rows GROUP BY ALL HAVING count(*) > 1"
    return statement(
        "ranking/leaderboard", rows="rows", repeated="repeated", error=standard_error(),
        by="PARTITION BY benchmark_id, comparability_key ORDER BY",
        before=f"stated AS NOT MATERIALIZED (FROM {scores}), rows AS ({rows}), repeated AS ({repeated}), "
        f"{_several('rows', 'repeated')}, ", together=_together("one_by_version"),
    )  # fmt: skip


def marked_elsewhere() -> str:
    """The condition that a result lacks the mark of many tries that another source gives it."""
    return statement("ranking/marked_elsewhere")


def _rows(scores: str) -> str:
    return statement("ranking/rows", scores=scores, marked_elsewhere=marked_elsewhere())


def standard_error() -> str:
    """The expression for the standard error of a row of ``scores``, in its unit; 0 where nothing tells it."""
    return statement("ranking/error")


def rank_all(connection: duckdb.DuckDBPyConnection) -> None:
    """Rank every result that is stated now, in a file whose rankings are empty."""
    if connection.execute("SELECT EXISTS (FROM internal.scores)").fetchone() != (True,):
        return
    connection.execute("CREATE OR REPLACE TEMP TABLE all_scopes AS SELECT DISTINCT source, scope FROM internal.scores")
    rank(connection, "all_scopes", "-infinity")


def rank(connection: duckdb.DuckDBPyConnection, affected: str, recorded_at: str) -> None:
    """Bring the stored rankings up to date with the ``affected`` scopes of the run of ``recorded_at``, an ISO time."""
    row = connection.execute("SELECT count(*) FROM internal.scores").fetchone()
    parts = row[0] // _ROWS_AT_ONCE + 1 if row else 1
    connection.execute(
        statement(
            "ranking/touched", affected=affected, now=f"TIMESTAMP '{recorded_at}'", out="touched",
            part=f"hash(benchmark_id) % {parts}" if parts > 1 else "0",
        )
    )  # fmt: skip
    for (part,) in connection.execute("SELECT DISTINCT part FROM touched ORDER BY part").fetchall():
        connection.execute(
            statement(
                "ranking/now", rows=_rows("now"), touched="touched", part=str(part),
                out="results_now", repeated="repeated_results",
            )
        )  # fmt: skip
        _rank_part(connection)


def _rank_part(connection: duckdb.DuckDBPyConnection) -> None:
    """Add the rows of ``results_now`` to the stored rankings."""
    has_several = connection.execute("SELECT EXISTS (FROM repeated_results)").fetchone() == (True,)
    if has_several:
        connection.execute(
            f"CREATE OR REPLACE TEMP TABLE shown_of_several AS WITH {_several('results_now', 'repeated_results')} "
            "FROM one_by_version"
        )
    queries = {
        "leaderboard": statement(
            "ranking/leaderboard", rows="results_now", repeated="repeated_results", error=standard_error(),
            by="ORDER BY benchmark_id, comparability_key,", before="",
            together=_together("shown_of_several") if has_several else "",
        ),
        "standings": statement(
            "ranking/standings", rows="results_now",
            shown=statement(
                "ranking/shown", rows="results_now", repeated="repeated_results", several="shown_of_several"
            ) if has_several else "SELECT score_id, comparability_key, version FROM results_now",
        ),
    }  # fmt: skip
    for name, query in queries.items():
        connection.execute(f"INSERT INTO internal.{name} BY NAME {query} ORDER BY benchmark_id, {_ORDER[name]}")


def _several(rows: str, repeated: str) -> str:
    return statement("ranking/several", rows=rows, repeated=repeated)


def _together(shown: str) -> str:
    return f"""UNION ALL BY NAME
    SELECT benchmark_id, comparability_key, group_key, model_id, version, score_id, unit, score, low, high, stderr,
        ci_low, ci_high, ci_level, n_items, measured_by, measured_on, self_reported, stated_by, score_ids, others,
        goodness, is_best, has_better
    FROM {shown}"""
