"""Temporary tables of what batches read: the inputs of the steps ``name`` and ``load``."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, NamedTuple

import pyarrow as pa

from ingest.batch import COLUMNS
from ingest.capture.archive import FOLLOWS, CaptureRecord
from ingest.load.statements import append, make_table
from ingest.records.forms import is_feed_file
from ingest.records.tables import CAPTURES, arrow_schema
from ingest.validate import typed

if TYPE_CHECKING:
    import duckdb

    from ingest.batch import Columns


class Read(NamedTuple):
    """The tables of what was read, each in the columns of :data:`ingest.batch.COLUMNS`.

    ``records`` are the captures as they were logged.
    """

    captures: str
    entries: str
    stated: str
    prices: str
    scores: str
    unread_lines: str
    checks: str
    records: str


_READ = Read(**{kind: f"read_{kind}" for kind in COLUMNS}, records="capture_records")

_AT_ONCE = 1000
"""Captures that are inserted together: some of what DuckDB costs, it costs once for each statement."""

_LOGGED = ("capture_id", "location", "recorded_at", "sha256", "bytes", "media_type", "http_status", "etag")


def open_staging(connection: duckdb.DuckDBPyConnection) -> Read:
    """Make the empty tables."""
    for kind, content in typed([]).items():
        make_table(connection, getattr(_READ, kind), content)
    stage_records(connection, _READ, ())
    return _READ


def stage(connection: duckdb.DuckDBPyConnection, read: Read, batches: Iterable[Columns]) -> None:
    """Add what batches read, as they come."""
    for chunk in _chunks(batches):
        for kind, content in typed(chunk).items():
            append(connection, getattr(read, kind), content)


def _chunks(batches: Iterable[Columns]) -> Iterator[list[Columns]]:
    """The batches that are inserted together."""
    chunk: list[Columns] = []
    size = 0
    for batch in batches:
        chunk.append(batch)
        size += len(batch["captures"]["capture_id"])
        if size >= _AT_ONCE:
            yield chunk
            chunk, size = [], 0
    if chunk:
        yield chunk


def stage_records(connection: duckdb.DuckDBPyConnection, read: Read, records: Iterable[CaptureRecord]) -> None:
    """Replace the content of ``read.records`` with the captures as they were logged.

    ``named_source`` is the source that the caller named, ``was_read`` says whether the document was read before, and
    ``is_feed`` whether it is a feed file.
    """
    types = arrow_schema(CAPTURES)
    records = list(records)
    rows = [tuple(getattr(record, name) for name in _LOGGED) for record in records]
    cells = list(zip(*rows, strict=True)) or [()] * len(_LOGGED)
    content = pa.table(
        {
            name: pa.array(list(column), pa.string() if name == "recorded_at" else types.field(name).type)
            for name, column in zip(_LOGGED, cells, strict=True)
        }
        | {
            "named_source": pa.array([record.source for record in records], pa.string()),
            "was_read": pa.array([FOLLOWS in record.extra for record in records], pa.bool_()),
            "is_feed": pa.array([is_feed_file(each.location, each.media_type) for each in records], pa.bool_()),
        }
    )
    make_table(connection, read.records, content)
