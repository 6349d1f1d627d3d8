"""The published warehouse, open for questions."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from ingest.load.connection import check_format, connect, interruptible

if TYPE_CHECKING:
    import duckdb


@contextmanager
def opened(warehouse: Path, *, any_layout: bool = False) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open the published file read-only, so that all queries see one state.

    ``any_layout`` allows a file of an earlier version. Raises :class:`ingest.IngestError` if there is no file, or if
    this version cannot read it.
    """
    with connect(warehouse, read_only=True) as connection:
        check_format(connection, warehouse, any_layout=any_layout)
        with interruptible(connection):
            yield connection
