"""The observations of one document, and what each one changed."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

from ingest.capture.files import Locations, undated
from ingest.capture.seen import Seen
from ingest.errors import IngestError
from ingest.publish.known import key_in
from ingest.report.opened import opened

_SQL = Path(__file__).with_name("history.sql").read_text("utf-8")

_LOCATIONS = """SELECT DISTINCT location FROM captures WHERE location = $given
    OR location IN (SELECT location FROM internal.places WHERE place = $place)"""


class HistoryEntry(NamedTuple):
    """One observation of a document.

    ``event`` is ``first seen``, ``changed``, ``the same``, ``seen again`` (after other content) or ``rejected``.
    ``began`` and ``ended`` count the claims, prices and scores that began and ended with it. ``last_seen`` is when a
    run last found the document with this content.
    """

    captured_at: datetime
    recorded_at: datetime
    last_seen: datetime
    event: str
    sha256: str
    bytes: int
    source: str
    reason: str | None
    began: int
    ended: int
    capture_id: str


def history(warehouse: Path, raw: Path, document: str) -> list[HistoryEntry]:
    """The observations of a document in the order of their times of capture. ``document`` is a URL or a path.

    Raises :class:`ingest.errors.IngestError` if the warehouse does not know the document.
    """
    place = document if "://" in document else Locations(raw).of(Path(document))
    with opened(warehouse) as connection:
        names: dict[str, Any] = {"given": document, "place": place}
        locations = [location for (location,) in connection.execute(_LOCATIONS, names).fetchall()]
        if not locations:
            near = "SELECT DISTINCT location FROM captures ORDER BY levenshtein(location, ?) LIMIT 3"
            likely = ", ".join(repr(row[0]) for row in connection.execute(near, [document]).fetchall())
            raise IngestError(f"There is no document {document!r} in the warehouse; likely ones: {likely or 'none'}.")
        parts = {undated(location) for location in locations}
        rows = connection.execute(_SQL, {"locations": locations, "scopes": sorted(parts)}).fetchall()
        key = key_in(connection, warehouse, raw)
    seen = Seen(raw / "captures" / "seen" / f"{key}.json", 0).last_seen(place)
    found = [HistoryEntry(*row) for row in rows]
    if seen is not None and found:
        last = max(found, key=lambda each: each.recorded_at)
        moment = datetime.fromtimestamp(seen, UTC).replace(tzinfo=None)
        at = found.index(last)
        found[at] = last._replace(last_seen=max(last.last_seen, moment))
    return found
