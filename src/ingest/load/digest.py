"""One SHA-256 over the content of a warehouse, independent of the order and time of loading."""

from __future__ import annotations

import hashlib

import duckdb

from ingest.records.tables import TABLES

_LEFT_OUT = {"recorded_at", "superseded_at", "changed_at", "resolved_at", "run_id", "is_stale", "reader"}
"""Columns outside the digest. Times and ids of runs say when this warehouse learned something; ``is_stale`` depends on
today; ``reader`` names the version of the rules, which differs where a comment in them does."""

OTHER_LAYOUT = "of another layout"
"""Takes the place of a table's digest if a file of an earlier version lacks the table or some of its columns."""

_TABLES = tuple(name for name in TABLES if name not in ("runs", "changes"))
"""``runs`` and ``changes`` tell how the content was built, which differs between a rebuild and many runs."""


def digest(connection: duckdb.DuckDBPyConnection) -> tuple[str, dict[str, str]]:
    """The digest of all public tables, and that of each."""
    there = set(
        connection.execute("SELECT table_name, column_name FROM duckdb_columns() WHERE schema_name = 'main'").fetchall()
    )
    parts = {name: _digest_of(connection, name, there) for name in _TABLES}
    whole = hashlib.sha256("".join(f"{name} {value}\n" for name, value in parts.items()).encode()).hexdigest()
    return whole, parts


def _digest_of(connection: duckdb.DuckDBPyConnection, table: str, there: set[tuple[str, str]]) -> str:
    columns = [name for name in TABLES[table].columns if name not in _LEFT_OUT]
    if not {(table, name) for name in columns} <= there:
        return OTHER_LAYOUT
    believed = " WHERE superseded_at IS NULL" if table == "claims" else ""
    fields = ", ".join(f'"{name}"' for name in columns)
    try:
        rows = connection.execute(f"SELECT md5(row({fields})::VARCHAR) AS line FROM {table}{believed} ORDER BY line")
    except duckdb.CatalogException:  # a view over what an earlier version does not have
        return OTHER_LAYOUT
    sha256 = hashlib.sha256()
    while chunk := rows.fetchmany(10_000):
        sha256.update("\n".join(line for (line,) in chunk).encode())
        sha256.update(b"\n")
    return sha256.hexdigest()
