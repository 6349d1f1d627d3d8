"""Rows in quarantine: how many, which ones, and the lines of the captures that they come from."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, NamedTuple

from ingest.capture.archive import Archive
from ingest.errors import IngestError
from ingest.read.locate import excerpt
from ingest.report.opened import opened
from ingest.settings import Settings

COUNTED = ("reason", "source", "table", "rows", "first seen", "last seen")
"""The cells of a row of :func:`counts`."""

_OPEN = """SELECT reason, source, table_name, count(*), min(first_seen), max(last_seen)
    FROM (SELECT unnest(reasons) AS reason, * FROM quarantine WHERE resolved_at IS NULL)
    GROUP BY ALL ORDER BY count(*) DESC, reason, source, table_name"""

_REJECTED = """SELECT split_part(reason, ':', 1), source, 'captures', count(*), min(captured_at), max(captured_at)
    FROM captures WHERE status = 'rejected' AND NOT starts_with(reason, 'discovery') GROUP BY ALL ORDER BY ALL"""

_ROWS = """SELECT q.quarantine_id, q.source, c.location, q.locator, q.table_name, q.reasons, q.record, c.sha256
    FROM quarantine AS q LEFT JOIN captures AS c USING (capture_id)
    WHERE q.resolved_at IS NULL AND ($reason::VARCHAR IS NULL OR list_contains(q.reasons, $reason))
        AND ($source::VARCHAR IS NULL OR q.source = $source)
    ORDER BY q.source, c.location, q.locator LIMIT $most"""


class Quarantined(NamedTuple):
    """A row in quarantine. ``text`` is the text at its locator, or the reason why it cannot be shown."""

    quarantine_id: str
    source: str
    location: str
    locator: str
    table_name: str
    reasons: list[str]
    record: Any
    text: str | None


def counts(warehouse: Path) -> list[tuple[Any, ...]]:
    """Count the rows in quarantine and the rejected captures by reason and source. For the cells see COUNTED."""
    with opened(warehouse) as connection:
        return connection.execute(_OPEN).fetchall() + connection.execute(_REJECTED).fetchall()


def quarantined(
    settings: Settings, reason: str | None = None, source: str | None = None, most: int = 20
) -> list[Quarantined]:
    """The rows in quarantine with the lines of the captures that they come from."""
    with opened(settings.warehouse) as connection:
        rows = connection.execute(_ROWS, {"reason": reason, "source": source, "most": most}).fetchall()
    archive = Archive.of(settings)
    return [
        Quarantined(
            identifier, of, location, locator, table, reasons, json.loads(record), _lines(archive, sha256, locator)
        )
        for identifier, of, location, locator, table, reasons, record, sha256 in rows
    ]


def _lines(archive: Archive, sha256: str | None, locator: str) -> str | None:
    """The text at the locator, or a message if the capture is lost or damaged; the other rows are still shown."""
    try:
        return excerpt(archive.load(sha256), locator) if sha256 else None
    except IngestError as error:
        return str(error)
