"""Prices as they are stored: each load decides which price of each offer is chosen.

Deciding takes DuckDB 1.5 a tenth of a second for a small warehouse and older versions many seconds, and it is asked by
``chosen_prices``, ``reference_prices``, ``price_performance`` and ``conflicts``. So its outcome stands in
``internal.judged_prices``: the columns of ``chosen_prices`` for every price that is stated now, and whether it is
chosen. ``chosen_prices_as_of`` decides for any other time, by the same SQL.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ingest.load.statements import quoted, statement
from ingest.records.tables import CHOSEN_PRICES, sql_type

if TYPE_CHECKING:
    import duckdb

_DECIDED = {"field": "VARCHAR", "number": "DOUBLE", "chosen": "BOOLEAN"}
"""Columns that are no part of ``chosen_prices``."""

_COLUMNS = ", ".join(
    quoted([name], "j" if name in ("version", "rule", "source_count", "doubts") else "p")
    for name in CHOSEN_PRICES.columns
)


def table() -> str:
    """The statement that makes the table of stored prices, empty."""
    types = {name: sql_type(column) for name, column in CHOSEN_PRICES.columns.items()} | _DECIDED
    columns = ", ".join(f"{quoted([name])} {kind}" for name, kind in types.items())
    return f"CREATE OR REPLACE TABLE internal.judged_prices ({columns})"


def chosen_prices_of(time: str) -> str:
    """The query for the rows of ``chosen_prices`` at a time, given as SQL."""
    return statement("macros/chosen_prices_as_of", judged=statement("choice/judged", t=time), columns=_COLUMNS)


def store_prices(connection: duckdb.DuckDBPyConnection) -> None:
    """Decide anew on every price that is stated now."""
    if connection.execute("SELECT EXISTS (FROM internal.prices)").fetchone() == (True,):
        judged = statement("choice/judged", t="'infinity'::TIMESTAMP")
        connection.execute(statement("store_prices", judged=judged, columns=_COLUMNS))
