"""Raw model pages and feeds in, a DuckDB warehouse with provenance for every value out."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from ingest.errors import IngestError

if TYPE_CHECKING:
    from pathlib import Path

    import duckdb

    from ingest.records.document import Document

__all__ = ["IngestError", "open", "parse"]


def parse(content: bytes, *, source: str | None = None, captured_at: datetime | None = None) -> Document:
    """Reads one page or feed file without a warehouse.

    Gives a :class:`~ingest.records.document.Document`; content that is no data of any source is ``rejected``
    in it, with the reason. ``source`` names the source instead of having it recognised from the content.
    ``captured_at`` says when the source served it (UTC where it has no zone); then it, and not the day that the page
    states, is the day of capture. Raises :class:`IngestError`, and nothing else, whatever the bytes are, also for a
    time in the future.

    >>> import ingest
    >>> ingest.parse(b"").rejected
    'empty'
    """
    # Imported here, so that the command line starts fast.
    from ingest.records.document import Capture
    from ingest.sources import parse as parse_capture

    if not isinstance(content, (bytes, bytearray, memoryview)):
        raise IngestError(f"Content is bytes, not {type(content).__name__!r}.")
    try:
        when = _moment(captured_at)
        document = parse_capture(Capture(bytes(content), captured_at=when), source)
        if when is not None:
            document.captured_on = when.date()
        return document
    except IngestError:
        raise
    except (Exception, RecursionError) as error:
        raise IngestError(f"The reader failed on this content: {type(error).__name__} {str(error)[:200]!r}.") from error


def open(warehouse: str | Path | None = None) -> duckdb.DuckDBPyConnection:  # noqa: A001  # ingest.open() reads well
    """Opens the published warehouse for questions: read-only, in UTC, with its views and macros in reach.

    ``warehouse`` is the file; without it, that of the settings. The connection sees the file as it is now: open it
    again after a run. Raises :class:`IngestError` if there is no warehouse, or if it cannot be read.

    >>> import ingest
    >>> with ingest.open("warehouse/models.duckdb") as connection:  # doctest: +SKIP
    ...     connection.sql("SELECT name FROM models_as_of('2025-06-01')").df()
    """
    from pathlib import Path

    from ingest.load.connection import check_format, connect
    from ingest.settings import load_settings

    path = load_settings(warehouse=None if warehouse is None else Path(warehouse)).warehouse
    connection = connect(path, read_only=True)
    try:
        check_format(connection, path)
    except BaseException:
        connection.close()
        raise
    return connection


def _moment(captured_at: datetime | None) -> datetime | None:
    """A time of capture in UTC. Raises :class:`IngestError` for one in the future."""
    if captured_at is None:
        return None
    if not isinstance(captured_at, datetime):
        raise IngestError(f"A time of capture is a datetime, not {type(captured_at).__name__!r}.")
    when = captured_at.astimezone(UTC) if captured_at.tzinfo else captured_at.replace(tzinfo=UTC)
    if when - datetime.now(UTC) > timedelta(minutes=1):  # clocks of two machines differ by so much at most
        raise IngestError(f"Nothing can be captured in the future, as {captured_at.isoformat()} is.")
    return when
