"""The warehouse file: its tables, views and macros, made from the pandera schemas.

Analysts see the schema ``main``. The schema ``internal`` has what only loads need: histories with their scopes, and the
registry of names. ``scores`` and ``prices`` call the macros that answer for any time with the time of now, so they
cannot differ from them.
"""

from __future__ import annotations

import hashlib
from functools import cache
from typing import TYPE_CHECKING

import pandera.pandas as pa

from ingest.load import prices, ranking
from ingest.load.connection import FORMAT, literal
from ingest.load.history import HISTORIES
from ingest.load.statements import statement
from ingest.load.views import MACROS, VIEWS
from ingest.records.tables import TABLES, column_comment, key_columns, sql_type

if TYPE_CHECKING:
    import duckdb

_STORED = ("models", "benchmarks", "captures", "quarantine", "unread_lines", "runs", "changes")


def create(connection: duckdb.DuckDBPyConnection) -> None:
    """Make all tables, views, macros and comments, unless the file has exactly these already."""
    connection.execute(statement("internal"))
    if has_layout(connection):
        return
    connection.execute(";\n".join(_statements()))
    ranking.rank_all(connection)
    prices.store_prices(connection)
    prices.store_conflicts(connection)
    connection.execute("DELETE FROM internal.contract")
    connection.execute("INSERT INTO internal.contract " + _contract())
    connection.execute(
        "INSERT INTO internal.meta VALUES ('format', ?), ('layout', ?) "
        "ON CONFLICT DO UPDATE SET value = excluded.value",
        [str(FORMAT), layout()],
    )


def has_layout(connection: duckdb.DuckDBPyConnection) -> bool:
    """Whether the file has exactly the tables, views, macros and comments of this version."""
    said = connection.execute("SELECT value FROM internal.meta WHERE key = 'layout'").fetchone()
    return said == (layout(),)


@cache
def layout() -> str:
    """A hash of all tables, views, macros and comments of this version."""
    return hashlib.sha256("\n".join(_statements()).encode()).hexdigest()


@cache
def _statements() -> tuple[str, ...]:
    statements = [sql for history in HISTORIES for sql in (history.ddl(), *history.bring_up_to_date())]
    statements += [_table_ddl(TABLES[name]) for name in _STORED]
    statements += [*ranking.tables(), *prices.tables()]
    statements += ["ALTER TABLE captures ADD COLUMN IF NOT EXISTS captured_at_reason VARCHAR"]  # newer than format 2
    for macro in MACROS:
        statements += [macro.sql, f"COMMENT ON MACRO TABLE {macro.name} IS {literal(macro.comment)}"]
    statements += [f"CREATE OR REPLACE VIEW {name} AS {sql}" for name, sql in VIEWS.items()]
    for schema in TABLES.values():
        statements += _comments(schema, "TABLE" if schema.name in _STORED else "VIEW")
    return tuple(statements)


def _contract() -> str:
    """Every public column as a row, for the check of the file before publishing."""
    rows = [f"({literal(str(t.name))}, {literal(c)})" for t in TABLES.values() for c in t.columns]
    return f"VALUES {', '.join(rows)}"


def _table_ddl(schema: pa.DataFrameSchema) -> str:
    keys = key_columns(schema)
    columns = [f'"{name}" {sql_type(column)}' for name, column in schema.columns.items()]
    columns += [f"PRIMARY KEY ({', '.join(keys)})"] if keys else []
    return f"CREATE TABLE IF NOT EXISTS {schema.name} ({', '.join(columns)})"


def _comments(schema: pa.DataFrameSchema, kind: str) -> list[str]:
    whole = f"COMMENT ON {kind} {schema.name} IS {literal(str(schema.description))}"
    return [whole] + [
        f'COMMENT ON COLUMN {schema.name}."{name}" IS {literal(column_comment(column))}'
        for name, column in schema.columns.items()
    ]
