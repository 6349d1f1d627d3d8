"""Prices and conflicts as they are stored: each load decides which price of each offer is chosen, and who disagrees.

Deciding takes DuckDB 1.5 a tenth of a second for a small warehouse and older versions many seconds, and it is asked by
``chosen_prices``, ``reference_prices``, ``price_performance`` and ``conflicts``. So its outcome stands in
``internal.judged_prices``: the columns of ``chosen_prices`` for every price that is stated now, and whether it is
chosen. ``chosen_prices_as_of`` decides for any other time, by the same SQL.
``internal.conflicts`` has the conflicts of now.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ingest.load.choice import BESIDE
from ingest.load.statements import quoted, statement
from ingest.records.tables import CHOSEN_PRICES, CONFLICTS, sql_type

if TYPE_CHECKING:
    import duckdb

_DECIDED = {"field": "VARCHAR", "number": "DOUBLE", "seen_day": "BIGINT", "chosen": "BOOLEAN"}
"""Columns that are no part of ``chosen_prices``."""

_COLUMNS = ", ".join(
    quoted([name], "j" if name in ("version", "rule", "source_count", "doubts") else "p")
    for name in CHOSEN_PRICES.columns
)


def tables() -> list[str]:
    """The statements that make the tables of stored prices and conflicts, empty."""
    types = {name: sql_type(column) for name, column in CHOSEN_PRICES.columns.items()} | _DECIDED
    columns = ", ".join(f"{quoted([name])} {kind}" for name, kind in types.items())
    of_conflicts = ", ".join(f"{quoted([name])} {sql_type(column)}" for name, column in CONFLICTS.columns.items())
    return [
        f"CREATE OR REPLACE TABLE internal.judged_prices ({columns})",
        f"CREATE OR REPLACE TABLE internal.conflicts ({of_conflicts}, badness DOUBLE)",
    ]


def chosen_prices_of(time: str) -> str:
    """The query for the rows of ``chosen_prices`` at a time, given as SQL."""
    return statement("macros/chosen_prices_as_of", judged=statement("choice/judged", t=time), columns=_COLUMNS)


def store_prices(connection: duckdb.DuckDBPyConnection) -> None:
    """Decide anew on every price that is stated now."""
    if connection.execute("SELECT EXISTS (FROM internal.prices)").fetchone() == (True,):
        judged = statement("choice/judged", t="'infinity'::TIMESTAMP")
        connection.execute(statement("store_prices", judged=judged, columns=_COLUMNS))


def store_conflicts(connection: duckdb.DuckDBPyConnection) -> None:
    """Find anew on what sources disagree, after :func:`store_prices`. Claims that nobody contests agree."""
    if connection.execute(_ANY_CONFLICT).fetchone() == (True,):
        connection.execute(statement("store_conflicts", beside_columns=BESIDE))
    else:
        connection.execute("DELETE FROM internal.conflicts")


_ANY_CONFLICT = """
    SELECT EXISTS (FROM internal.judged_prices WHERE rule = 'disagrees_with_chosen')
        OR EXISTS (FROM internal.claims WHERE contested IS DISTINCT FROM false AND superseded_at IS NULL)"""
