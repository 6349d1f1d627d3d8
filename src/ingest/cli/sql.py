"""`ingest sql`: a query on the published warehouse."""

from __future__ import annotations

import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from ingest.cli.output import show_table
from ingest.errors import IngestError


class Format(StrEnum):
    """How rows are written."""

    table = "table"
    csv = "csv"
    json = "json"
    parquet = "parquet"


def sql(
    query: Annotated[str, typer.Argument(metavar="SELECT", help="The query, in DuckDB's SQL.")],
    form: Annotated[Format, typer.Option("--format", help="How to write the rows.")] = Format.table,
    warehouse: Annotated[Path | None, typer.Option(metavar="FILE", help="The warehouse.")] = None,
) -> None:
    """Ask the warehouse. It is opened read-only: runs go on meanwhile, and this query sees one whole state."""
    import duckdb  # noqa: PLC0415

    from ingest.load.connection import check_format, connect  # noqa: PLC0415
    from ingest.settings import load_settings  # noqa: PLC0415

    path = load_settings(warehouse=warehouse).warehouse
    with connect(path, read_only=True) as connection:
        check_format(connection, path)
        try:
            connection.execute("SET enable_external_access = false")
            cursor = connection.execute(query)
            _write(cursor, form)
        except duckdb.Error as error:
            raise IngestError(f"The query failed: {error}") from None


def _write(cursor: Any, form: Format) -> None:
    if cursor.description is None:
        return
    if form is Format.table:
        show_table([column[0] for column in cursor.description], cursor.fetchall())
        return
    table = cursor.to_arrow_table() if hasattr(cursor, "to_arrow_table") else cursor.arrow().read_all()
    if form is Format.json:
        import json  # noqa: PLC0415

        print(json.dumps(table.to_pylist(), ensure_ascii=False, default=str, indent=2))
        return
    if form is Format.csv:
        import csv  # noqa: PLC0415

        writer = csv.writer(sys.stdout)
        writer.writerow(table.column_names)
        writer.writerows(zip(*(column.to_pylist() for column in table.columns), strict=True))
        return
    from pyarrow import parquet  # noqa: PLC0415

    if sys.stdout.isatty():
        raise IngestError("Parquet is binary: send it to a file, as in `ingest sql … --format parquet > rows.parquet`.")
    parquet.write_table(table, sys.stdout.buffer)
