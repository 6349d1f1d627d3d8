"""The formats of a release: each writes the tables one after the other, in batches."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from enum import StrEnum
from pathlib import Path
from typing import Protocol

import pandera.pandas as pa
from pyarrow import csv, parquet

from ingest.export.release import Release
from ingest.export.rows import Rows, described_schema, flat_schema
from ingest.records.tables import column_comment, references, row_key, sql_type
from ingest.report.cells import json_file

Add = Callable[[Rows], object]
"""Add rows to the table that is being written."""


class FileFormat(StrEnum):
    """A format of the files of a release."""

    parquet = "parquet"
    csv = "csv"
    sqlite = "sqlite"


class TableWriter(Protocol):
    """Writes tables in one format."""

    def table(self, schema: pa.DataFrameSchema) -> AbstractContextManager[Add]:
        """Write a table: the context gives what adds rows to it."""
        ...


@contextmanager
def writer(form: FileFormat, folder: Path, release: Release) -> Iterator[TableWriter]:
    """What writes tables below ``folder`` in a format."""
    match form:
        case FileFormat.parquet:
            yield _Parquet(folder)
        case FileFormat.csv:
            yield _Csv(folder)
        case FileFormat.sqlite:
            with _sqlite(folder, release) as tables:
                yield tables


def path_of(form: FileFormat, table: str) -> str:
    """Where a format keeps a table, relative to the release."""
    return SQLITE if form is FileFormat.sqlite else f"{form}/{table}.{form}"


SQLITE = "models.sqlite"
"""The SQLite database of a release."""

DATASETTE = "metadata.json"
"""What datasette shows beside the database: ``datasette models.sqlite --metadata metadata.json``."""


class _Parquet:
    """One Parquet file for each table, with zstd; descriptions and units are metadata of the Arrow schema."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @contextmanager
    def table(self, schema: pa.DataFrameSchema) -> Iterator[Add]:
        path = self.folder / path_of(FileFormat.parquet, schema.name)
        path.parent.mkdir(exist_ok=True)
        with parquet.ParquetWriter(path, described_schema(schema), compression="zstd") as file:
            yield lambda rows: file.write_batch(rows.batch)


class _Csv:
    """One CSV file in UTF-8 for each table. NULL is an empty cell, an empty text is ``""``."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @contextmanager
    def table(self, schema: pa.DataFrameSchema) -> Iterator[Add]:
        path = self.folder / path_of(FileFormat.csv, schema.name)
        path.parent.mkdir(exist_ok=True)
        options = csv.WriteOptions(quoting_style="needed")
        with csv.CSVWriter(path, flat_schema(schema), write_options=options) as file:
            yield lambda rows: file.write_batch(rows.flat)


_SQLITE_TYPES = {"BIGINT": "INTEGER", "INTEGER": "INTEGER", "BOOLEAN": "INTEGER", "DOUBLE": "REAL"}
"""SQLite's types by DuckDB's; everything else is TEXT."""


@contextmanager
def _sqlite(folder: Path, release: Release) -> Iterator[TableWriter]:
    """One SQLite database of all tables, with their keys and references, and the metadata that datasette shows."""
    connection = sqlite3.connect(folder / SQLITE, isolation_level=None)
    try:
        connection.execute("PRAGMA journal_mode = OFF")
        connection.execute("PRAGMA synchronous = OFF")
        connection.execute("BEGIN")
        tables = _Sqlite(connection)
        yield tables
        connection.execute("COMMIT")
    finally:
        connection.close()
    (folder / DATASETTE).write_text(json_file(_datasette(release, tables.schemas)), "utf-8")


class _Sqlite:
    def __init__(self, connection: sqlite3.Connection) -> None:
        self.connection = connection
        self.schemas: list[pa.DataFrameSchema] = []

    @contextmanager
    def table(self, schema: pa.DataFrameSchema) -> Iterator[Add]:
        self.schemas.append(schema)
        self.connection.execute(_create(schema))
        insert = f'INSERT INTO "{schema.name}" VALUES ({", ".join("?" * len(schema.columns))})'

        def add(rows: Rows) -> None:
            columns = [column.to_pylist() for column in rows.flat.columns]
            self.connection.executemany(insert, zip(*columns, strict=True))

        yield add
        for column in references(schema):
            self.connection.execute(f'CREATE INDEX "{schema.name}_{column}" ON "{schema.name}" ("{column}")')


def _create(schema: pa.DataFrameSchema) -> str:
    lines = [
        f'"{name}" {_SQLITE_TYPES.get(sql_type(column), "TEXT")}{"" if column.nullable else " NOT NULL"}'
        for name, column in schema.columns.items()
    ]
    key = row_key(schema)
    if key:
        lines.append(f"PRIMARY KEY ({', '.join(map(_quoted, key))})")
    lines += [
        f"FOREIGN KEY ({_quoted(column)}) REFERENCES {_quoted(table)} ({_quoted(column)})"
        for column, table in references(schema).items()
    ]
    return f'CREATE TABLE "{schema.name}" (\n  ' + ",\n  ".join(lines) + "\n)"


def _quoted(name: str) -> str:
    return f'"{name}"'


def _datasette(release: Release, schemas: list[pa.DataFrameSchema]) -> dict[str, object]:
    """The metadata of datasette (https://docs.datasette.io/en/stable/metadata.html)."""
    tables = {
        schema.name: {
            "description": str(schema.description),
            "columns": {name: column_comment(column) for name, column in schema.columns.items()},
        }
        for schema in schemas
    }
    database = Path(SQLITE).stem
    return {"title": release.title, "description": release.description, "databases": {database: {"tables": tables}}}
