"""The warehouse file: its tables, views and macros, made from the pandera schemas.

What analysts see stands in schema ``main``; what only loads need (histories with their scopes, the registry of
names) stands in schema ``internal``. ``scores`` and ``prices`` are the state of now of the same macros that
answer for any other time, so the two cannot differ.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pandera.pandas as pa

from ingest.errors import IngestError
from ingest.load.history import HISTORIES
from ingest.load.views import MACROS, VIEWS
from ingest.records.tables import TABLES, column_comment, key_columns, sql_type

if TYPE_CHECKING:
    import duckdb

FORMAT = 1
"""Version of the file's layout. A reader of this version refuses a newer one and says so."""

_STORED = ("models", "benchmarks", "captures", "quarantine", "unread_lines", "checks", "runs", "changes")

_INTERNAL = """
CREATE SCHEMA IF NOT EXISTS internal;
CREATE TABLE IF NOT EXISTS internal.meta (key VARCHAR PRIMARY KEY, value VARCHAR);
CREATE TABLE IF NOT EXISTS internal.capture_scopes
    (source VARCHAR, scope VARCHAR, capture_id VARCHAR, captured_at TIMESTAMPTZ);
CREATE TABLE IF NOT EXISTS internal.model_names
    (source VARCHAR, scope VARCHAR, base_id VARCHAR, release_date DATE, model_id VARCHAR, name VARCHAR);
CREATE TABLE IF NOT EXISTS internal.logs (name VARCHAR PRIMARY KEY, bytes BIGINT);
"""


def connect(path: Path, *, read_only: bool) -> duckdb.DuckDBPyConnection:
    """Open a warehouse file. Raises :class:`IngestError` where it is none, is newer, or is held by a writer."""
    import duckdb  # noqa: PLC0415  (not needed by commands that never open a warehouse)

    if read_only and not path.exists():
        raise IngestError(f"There is no warehouse at {str(path)!r} yet: `ingest run` makes one.")
    try:
        connection = duckdb.connect(str(path), read_only=read_only, config={"autoinstall_known_extensions": False})
    except duckdb.IOException as error:
        text = str(error)
        if "lock" in text:
            raise IngestError(f"Another process has {str(path)!r} open for writing; close it and try again.") from error
        raise IngestError(f"{str(path)!r} is not a warehouse that this version of DuckDB can open: {text}") from error
    connection.execute("SET TimeZone = 'UTC'")
    return connection


def format_of(connection: duckdb.DuckDBPyConnection) -> int | None:
    """The layout's version, or None for a file without one (empty, or of somebody else)."""
    import duckdb  # noqa: PLC0415

    try:
        row = connection.execute("SELECT value FROM internal.meta WHERE key = 'format'").fetchone()
    except duckdb.CatalogException:
        return None
    return int(row[0]) if row else None


def check_format(connection: duckdb.DuckDBPyConnection, path: Path) -> None:
    """Refuse a warehouse that a newer version wrote. Raises :class:`IngestError`."""
    version = format_of(connection)
    if version is not None and version > FORMAT:
        raise IngestError(
            f"{str(path)!r} was written by a newer version (layout {version}, this one knows {FORMAT}): "
            "upgrade, or name another file with --warehouse."
        )


def create(connection: duckdb.DuckDBPyConnection) -> None:
    """Make all tables, views, macros and comments that are not there yet."""
    connection.execute(_INTERNAL)
    for history in HISTORIES:
        connection.execute(history.ddl())
    for name in _STORED:
        connection.execute(_table_ddl(TABLES[name]))
    for macro in MACROS:
        connection.execute(macro.sql)
        connection.execute(f"COMMENT ON MACRO TABLE {macro.name} IS {_text(macro.comment)}")
    for name, sql in VIEWS.items():
        connection.execute(f"CREATE OR REPLACE VIEW {name} AS {sql}")
    for schema in TABLES.values():
        _comment(connection, schema, "TABLE" if schema.name in _STORED else "VIEW")
    connection.execute(
        "INSERT INTO internal.meta VALUES ('format', ?) ON CONFLICT DO UPDATE SET value = excluded.value", [str(FORMAT)]
    )


def _table_ddl(schema: pa.DataFrameSchema) -> str:
    keys = key_columns(schema)
    columns = [f'"{name}" {sql_type(column)}' for name, column in schema.columns.items()]
    columns += [f"PRIMARY KEY ({', '.join(keys)})"] if keys else []
    return f"CREATE TABLE IF NOT EXISTS {schema.name} ({', '.join(columns)})"


def _comment(connection: duckdb.DuckDBPyConnection, schema: pa.DataFrameSchema, kind: str) -> None:
    statements = [f"COMMENT ON {kind} {schema.name} IS {_text(str(schema.description))}"]
    statements += [
        f'COMMENT ON COLUMN {schema.name}."{name}" IS {_text(column_comment(column))}'
        for name, column in schema.columns.items()
    ]
    connection.execute(";".join(statements))


def _text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"
