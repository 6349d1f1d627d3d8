"""Make public rows: put what was read under its names, validate it with pandera, and keep it as observed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

import pyarrow as pa

from ingest.load import history
from ingest.load.naming import NamedTables
from ingest.load.staging import Read
from ingest.load.statements import append, drop, make_table, quoted, statement
from ingest.records import TIER_FIELDS
from ingest.validate import Judged, judge_claims, judge_entries, judge_prices, judge_scores

if TYPE_CHECKING:
    import duckdb

_ROWS_AT_ONCE = 25_000
"""So many rows of prices or scores are validated together, which bounds the memory: of 100,000 results, what DuckDB
sorts, Arrow's copy and that of pandas took 40 MB more."""

_ROWS_OF_A_BATCH = 8_192
"""DuckDB sets memory aside for a whole batch of Arrow, a million rows unless it is told: for each of 40 columns more
than most runs have rows."""

_CAPTURES_AT_ONCE = 2_000
"""The claims of so many captures are validated together, since pandera has a fixed cost for each frame."""


class ObservedTables(NamedTuple):
    """Tables of the rows that a run observed, in the columns of the histories, and of the rows that it refused."""

    claims: str
    scores: str
    prices: str
    listings: str
    refused: str


def observe(connection: duckdb.DuckDBPyConnection, read: Read, named: NamedTables) -> ObservedTables:
    """Validate every row as it would be published. Adds doubts to ``read.checks``.

    What was read is dropped as soon as its rows are made, so that a load does not hold everything twice: of ``read``
    the entries, captures, checks, unread lines and records are left, of ``named`` the entries.
    """
    observed = ObservedTables(
        claims=history.CLAIMS.stage(connection),
        scores=history.SCORES.stage(connection),
        prices=history.PRICES.stage(connection),
        listings=history.LISTINGS.stage(connection),
        refused=make_table(connection, "refused", judge_entries(_rows(connection, f"FROM {read.entries}")).bad),
    )
    _add_claims(connection, read, named, observed)
    drop(connection, read.stated, named.derived)
    _add_scores(connection, read, named, observed)
    drop(connection, read.scores, named.scores, named.keys)
    _add_prices(connection, read, named, observed)
    connection.execute(
        statement(
            "listings", entries=read.entries, captures=read.captures, prices=read.prices, named=named.entries,
            out=observed.listings,
        )
    )  # fmt: skip
    drop(connection, read.prices, named.versions)
    return observed


def _add_claims(
    connection: duckdb.DuckDBPyConnection, read: Read, named: NamedTables, observed: ObservedTables
) -> None:
    sql = statement(
        "claims", stated=read.stated, entries=read.entries, captures=read.captures, named=named.entries,
        licenses=named.licenses, derived=named.derived,
    )  # fmt: skip
    days = connection.execute(f"SELECT capture_id, captured_at::DATE FROM {read.captures}").fetchall()
    captured_on = dict(days)
    for rows in _pieces(connection, read.captures, _CAPTURES_AT_ONCE, sql):
        _keep(connection, read, observed, judge_claims(rows, captured_on), "claims")


def _add_prices(
    connection: duckdb.DuckDBPyConnection, read: Read, named: NamedTables, observed: ObservedTables
) -> None:
    sql = statement(
        "prices", prices=read.prices, captures=read.captures, named=named.entries, versions=named.versions,
        tier_parts=_TIER_PARTS,
    )  # fmt: skip
    for rows in _pieces(connection, read.prices, _ROWS_AT_ONCE, sql):
        _keep(connection, read, observed, judge_prices(rows), "prices")


_TIER_PARTS = ", ".join(
    "coalesce(p.tier_from, CASE WHEN p.stated_from > c.captured_at::DATE THEN p.stated_from END) AS tier_from"
    if name == "tier_from"
    else f"p.{name}"
    for name in TIER_FIELDS
)

_OF_NAMES = ("source", "scope", "score_id", "model_id", "version", "model_listed", "benchmark_id", "unit")
_OF_KEYS = ("comparability_key", "group_key")


def _add_scores(
    connection: duckdb.DuckDBPyConnection, read: Read, named: NamedTables, observed: ObservedTables
) -> None:
    origin = dict.fromkeys(_OF_NAMES, "n") | dict.fromkeys(_OF_KEYS, "k")
    made = {
        "comparability_key": (
            "CASE WHEN len(s.doubts) = 0 AND k.doubt IS NULL THEN k.comparability_key END AS comparability_key"
        ),
        "doubts": "CASE WHEN k.doubt IS NULL THEN s.doubts ELSE list_append(s.doubts, k.doubt) END AS doubts",
        "measured_by": "coalesce(s.measured_by, CASE WHEN s.self_reported THEN n.organization END) AS measured_by",
    }
    columns = ", ".join(made.get(name) or quoted([name], origin.get(name, "s")) for name in history.SCORES.columns)
    sql = statement("scores", scores=read.scores, named=named.scores, keys=named.keys, columns=columns)
    for rows in _pieces(connection, read.scores, _ROWS_AT_ONCE, sql):
        _keep(connection, read, observed, judge_scores(rows), "scores")


def _pieces(connection: duckdb.DuckDBPyConnection, table: str, size: int, sql: str) -> Iterator[pa.Table]:
    """The rows that ``sql`` gives for the rows of ``table`` from ``$first`` to ``$last``, piece by piece."""
    # DuckDB numbers the rows of an open transaction from 2^62 on
    row = connection.execute(f"SELECT min(rowid), max(rowid) FROM {table}").fetchone()
    assert row is not None
    least, greatest = row
    for first in range(least, greatest + 1, size) if least is not None else ():
        yield _rows(connection, sql, {"first": first, "last": first + size - 1})


def _rows(connection: duckdb.DuckDBPyConnection, sql: str, values: dict[str, int] | None = None) -> pa.Table:
    return connection.execute(sql, values).to_arrow_table(_ROWS_OF_A_BATCH)


def _keep(connection: duckdb.DuckDBPyConnection, read: Read, observed: ObservedTables, judged: Judged, of: str) -> None:
    """Add valid rows to what was observed ``of`` a kind, and the others with their reasons to what was refused."""
    into = next(each for each in history.HISTORIES if each.name == of)
    append(connection, getattr(observed, of), judged.good.select(list(into.columns)))
    append(connection, observed.refused, judged.bad)
    append(connection, read.checks, judged.doubts)
