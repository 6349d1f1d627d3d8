"""The formats of a release: each writes the tables one after the other, in batches."""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from enum import StrEnum
from pathlib import Path
from typing import NamedTuple, Protocol

import pandera.pandas as pa
from pyarrow import csv, parquet

from ingest.export.release import DESCRIPTION, TITLE
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
    eee = "eee"

    @property
    def has_tables(self) -> bool:
        """Whether it holds all tables; Every Eval Ever holds results alone."""
        return self is not FileFormat.eee


class TableWriter(Protocol):
    """Writes tables in one format."""

    def table(self, schema: pa.DataFrameSchema) -> AbstractContextManager[Add]:
        """Write a table: the context gives what adds rows to it."""
        ...


@contextmanager
def writer(form: FileFormat, folder: Path) -> Iterator[TableWriter]:
    """What writes tables below ``folder`` in a format."""
    if form is FileFormat.sqlite:
        with _sqlite(folder) as tables:
            yield tables
    else:
        yield _FileEach(folder, form)


class DataFile(NamedTuple):
    """The size of a file in bytes, and its SHA-256 in hexadecimal."""

    bytes: int
    sha256: str


def data_files(folder: Path) -> dict[str, DataFile]:
    """The files that were written below ``folder``, by their path there. Each is read once."""
    found = {}
    for path in folder.rglob("*"):
        if path.is_file():
            with path.open("rb") as file:
                digest = hashlib.file_digest(file, "sha256").hexdigest()
            found[path.relative_to(folder).as_posix()] = DataFile(path.stat().st_size, digest)
    return found


def path_of(form: FileFormat, table: str) -> str:
    """Where a format keeps a table, relative to the release."""
    return SQLITE if form is FileFormat.sqlite else f"{form}/{table}.{form}"


SQLITE = "models.sqlite"
"""The SQLite database of a release."""

DATASETTE = "metadata.json"
"""What datasette shows beside the database: ``datasette models.sqlite --metadata metadata.json``."""


class _FileEach:
    """One file for each table."""

    def __init__(self, folder: Path, form: FileFormat) -> None:
        self._folder = folder
        self._form = form

    def table(self, schema: pa.DataFrameSchema) -> AbstractContextManager[Add]:
        """Write a table: the context gives what adds rows to it."""
        path = self._folder / path_of(self._form, schema.name)
        path.parent.mkdir(exist_ok=True)
        return (_parquet if self._form is FileFormat.parquet else _csv)(path, schema)


@contextmanager
def _parquet(path: Path, schema: pa.DataFrameSchema) -> Iterator[Add]:
    """Parquet with zstd; descriptions and units are metadata of the Arrow schema."""
    with parquet.ParquetWriter(path, described_schema(schema), compression="zstd") as file:
        yield lambda rows: file.write_batch(rows.batch)


@contextmanager
def _csv(path: Path, schema: pa.DataFrameSchema) -> Iterator[Add]:
    """CSV in UTF-8. NULL is an empty cell, an empty text is ``""``."""
    with csv.CSVWriter(path, flat_schema(schema), write_options=csv.WriteOptions(quoting_style="needed")) as file:
        yield lambda rows: file.write_batch(rows.flat)


_SQLITE_TYPES = {"BIGINT": "INTEGER", "INTEGER": "INTEGER", "BOOLEAN": "INTEGER", "DOUBLE": "REAL"}
"""SQLite's types by DuckDB's; everything else is TEXT."""


@contextmanager
def _sqlite(folder: Path) -> Iterator[TableWriter]:
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
    (folder / DATASETTE).write_text(json_file(_datasette(tables.schemas)), "utf-8")


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


def _datasette(schemas: list[pa.DataFrameSchema]) -> dict[str, object]:
    """The metadata of datasette (https://docs.datasette.io/en/stable/metadata.html)."""
    tables = {
        schema.name: {
            "description": str(schema.description),
            "columns": {name: column_comment(column) for name, column in schema.columns.items()},
        }
        for schema in schemas
    }
    database = Path(SQLITE).stem
    return {"title": TITLE, "description": DESCRIPTION, "databases": {database: {"tables": tables}}}
