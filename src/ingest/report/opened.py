"""The published warehouse, open for questions."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb

from ingest.load.connection import check_format, connect


@contextmanager
def opened(warehouse: Path, *, any_layout: bool = False) -> Iterator[duckdb.DuckDBPyConnection]:
    """The published file, open read-only: whoever asks sees one whole state. Raises :class:`ingest.IngestError` where
    there is none, or a file that this version cannot read. ``any_layout`` allows one of an earlier version."""
    with connect(warehouse, read_only=True) as connection:
        check_format(connection, warehouse, any_layout=any_layout)
        yield connection
