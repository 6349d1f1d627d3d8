"""The rows of a public table, sorted and in batches: as Arrow, and flat for files that have only text and numbers."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from typing import Any

import pandera.pandas as pa
import pyarrow as arrow
from pyarrow import compute

from ingest.records.tables import arrow_schema, column_unit, row_key
from ingest.report.cells import json_text

_ROWS = 50_000
"""Rows of a batch: what is in memory at a time."""


class Rows:
    """Some rows of a table: as they are in the warehouse, and flat."""

    def __init__(self, batch: arrow.RecordBatch) -> None:
        self.batch = batch

    @cached_property
    def flat(self) -> arrow.RecordBatch:
        """The rows with lists and structs as JSON, and days and times as ISO 8601 text.

        The cells read as those of :func:`ingest.report.cells.csv_cell`.
        """
        names = self.batch.schema.names
        return arrow.RecordBatch.from_arrays([_flat(column) for column in self.batch.columns], names=names)


def batches(connection: Any, schema: pa.DataFrameSchema) -> Iterator[Rows]:
    """The rows of a table in the order of its key, or of all columns, in the columns and types of ``schema``."""
    columns = ", ".join(f'"{name}"' for name in schema.columns)
    order = ", ".join(f'"{name}"' for name in row_key(schema)) or "ALL"
    reader = connection.sql(f'SELECT {columns} FROM "{schema.name}" ORDER BY {order}').to_arrow_reader(_ROWS)
    described = described_schema(schema)
    for batch in reader:
        yield Rows(batch.cast(described))


def described_schema(schema: pa.DataFrameSchema) -> arrow.Schema:
    """The Arrow schema of a table with its descriptions and units as metadata."""
    plain = arrow_schema(schema)
    fields = [
        plain.field(name).with_metadata(
            {"description": str(column.description)} | ({"unit": unit} if (unit := column_unit(column)) else {})
        )
        for name, column in schema.columns.items()
    ]
    return arrow.schema(fields, metadata={"table": schema.name, "description": str(schema.description)})


def flat_schema(schema: pa.DataFrameSchema) -> arrow.Schema:
    """The types of :attr:`Rows.flat`."""
    return arrow.schema([(field.name, _flat_type(field.type)) for field in arrow_schema(schema)])


def _flat_type(kind: arrow.DataType) -> arrow.DataType:
    is_text = arrow.types.is_nested(kind) or arrow.types.is_temporal(kind)
    return arrow.string() if is_text else kind


def _flat(column: arrow.Array) -> arrow.Array:
    if arrow.types.is_nested(column.type):
        return arrow.array(
            [None if value is None else json_text(value) for value in column.to_pylist()], arrow.string()
        )
    if arrow.types.is_timestamp(column.type):
        text = compute.strftime(column, format="%Y-%m-%dT%H:%M:%S")
        return compute.replace_substring_regex(text, pattern=r"\.0+$", replacement="")
    return column.cast(arrow.string()) if arrow.types.is_date(column.type) else column
