"""The observations of one document, and what each one changed."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from ingest.capture.files import Locations, undated
from ingest.capture.seen import Seen
from ingest.errors import IngestError
from ingest.publish.known import key_in
from ingest.report.opened import opened
from ingest.settings import Settings

_SQL = Path(__file__).with_name("history.sql").read_text("utf-8")

_LOCATIONS = "SELECT DISTINCT location FROM captures ORDER BY location"
_PLACES = "SELECT place, location FROM internal.places"


class HistoryEntry(NamedTuple):
    """One observation of a document.

    ``event`` is ``first seen``, ``changed``, ``the same``, ``seen again`` (after other content) or ``rejected``.
    ``began`` and ``ended`` count the claims, prices and scores that began and ended with it. ``last_seen`` is when a
    run last found the document with this content, ``location`` where it was found.
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
    location: str


def history(settings: Settings, document: str) -> list[HistoryEntry]:
    """The observations of a document in the order of their times of capture. ``document`` is a URL or a path.

    Parts of a path that are days are no part of the document: the files of all days are its observations.

    Raises :class:`ingest.errors.IngestError` if the warehouse does not know the document.
    """
    given = document if "://" in document else Locations(settings.raw).of(Path(document))
    with opened(settings.warehouse) as connection:
        places = dict(connection.execute(_PLACES).fetchall())
        wanted = {undated(name) for name in (document, places.get(given, given))}
        known = [location for (location,) in connection.execute(_LOCATIONS).fetchall()]
        locations = [location for location in known if undated(location) in wanted]
        if not locations:
            near = "SELECT DISTINCT location FROM captures ORDER BY levenshtein(location, ?) LIMIT 3"
            likely = ", ".join(repr(row[0]) for row in connection.execute(near, [document]).fetchall())
            raise IngestError(f"There is no document {document!r} in the warehouse; likely ones: {likely or 'none'}.")
        parts = {undated(location) for location in locations}
        rows = connection.execute(_SQL, {"locations": locations, "scopes": sorted(parts)}).fetchall()
        key = key_in(connection, settings)
    notes = Seen(settings.raw / "captures" / "seen" / f"{key}.json", 0)
    found = [HistoryEntry(*row) for row in rows]
    last = max(range(len(found)), key=lambda at: found[at].recorded_at)
    own = {place for place, location in places.items() if location == found[last].location} | {found[last].location}
    moments = [moment for place in own if (moment := notes.last_seen(place)) is not None]
    if moments:
        seen = datetime.fromtimestamp(max(moments), UTC).replace(tzinfo=None)
        found[last] = found[last]._replace(last_seen=max(found[last].last_seen, seen))
    return found
