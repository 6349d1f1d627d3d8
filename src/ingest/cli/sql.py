"""`ingest sql`: a query on the published warehouse."""

from __future__ import annotations

import csv
import json
import sys
from enum import StrEnum
from typing import Annotated, Any

import duckdb
import typer

from ingest.cli.options import Warehouse
from ingest.cli.output import show_table
from ingest.errors import IngestError
from ingest.report.cells import csv_cell
from ingest.report.opened import opened
from ingest.settings import load_settings


class Format(StrEnum):
    """How rows are written."""

    table = "table"
    csv = "csv"
    json = "json"
    parquet = "parquet"


def sql(
    query: Annotated[str, typer.Argument(metavar="SELECT", help="The query, in DuckDB's SQL.")],
    form: Annotated[Format, typer.Option("--format", help="How to write the rows.")] = Format.table,
    warehouse: Warehouse = None,
) -> None:
    """Query the warehouse. It is opened read-only, so runs can go on, and the query sees one state."""
    with opened(load_settings(warehouse=warehouse).warehouse) as connection:
        try:
            connection.execute("SET enable_external_access = false")
            cursor = connection.execute(query)
            _write(cursor, form)
        except duckdb.Error as error:
            raise IngestError(f"The query failed: {error}") from None


def _write(cursor: Any, form: Format) -> None:
    if cursor is None or cursor.description is None:
        return
    if form is Format.table:
        show_table([column[0] for column in cursor.description], cursor.fetchall())
        return
    table = cursor.to_arrow_table() if hasattr(cursor, "to_arrow_table") else cursor.arrow().read_all()
    if form is Format.json:
        print(json.dumps(table.to_pylist(), ensure_ascii=False, default=str, indent=2))
    elif form is Format.csv:
        writer = csv.writer(sys.stdout)
        writer.writerow(table.column_names)
        writer.writerows(
            zip(*([csv_cell(value) for value in column.to_pylist()] for column in table.columns), strict=True)
        )
    else:
        _write_parquet(table)


def _write_parquet(table: Any) -> None:
    from pyarrow import parquet

    if sys.stdout.isatty():
        raise IngestError("Parquet is binary: send it to a file, as in `ingest sql … --format parquet > rows.parquet`.")
    parquet.write_table(table, sys.stdout.buffer)
