"""What a run must know of the published warehouse before it captures anything."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import NamedTuple

from ingest.capture.archive import BREAKS_OFF, CaptureRecord
from ingest.capture.files import document_of, like, time_in_path


class Observation(NamedTuple):
    """An observation of a document: its bytes, when it was captured (ISO 8601, UTC), and why it was rejected."""

    sha256: str
    captured_at: str
    reason: str | None = None


class CaptureRow(NamedTuple):
    """A row of ``captures``: what is kept of a capture in the warehouse. Times are ISO 8601 in UTC."""

    capture_id: str
    location: str
    sha256: str
    bytes: int
    captured_at: str
    recorded_at: str
    source: str | None
    media_type: str | None
    http_status: int | None
    etag: str | None
    status: str
    reason: str | None
    captured_at_reason: str | None


class _OnDay(NamedTuple):
    """The bytes of a document that were read last at one of its locations, and the day in that location."""

    at: datetime | None
    sha256: str


_ALWAYS = datetime.min.replace(tzinfo=UTC)
"""Before every day."""


@dataclass(slots=True)
class Known:
    """What the published warehouse has seen.

    ``latest`` has the observation of each location that was recorded last. ``stated`` has the bytes of those with a
    known time of capture, by location and time. ``places`` maps a place to the location that stands for its document.
    ``logs`` says how many bytes of each log file were loaded. ``rows`` reads all of ``captures``, which few runs need.
    ``key`` tells the warehouse's own logs from others (see :func:`ingest.capture.archive.key_of`); it is computed from
    ``made_at``. ``read_otherwise`` counts the captures that were read with rules of another version.
    ``lacks_bytes`` is set where captures cannot be logged again, since their bytes are lost.
    """

    key: str
    made_at: str
    capture_ids: set[str] = field(default_factory=set)
    sha256s: set[str] = field(default_factory=set)
    latest: dict[str, Observation] = field(default_factory=dict)
    stated: dict[tuple[str, str], str] = field(default_factory=dict)
    places: dict[str, str] = field(default_factory=dict)
    logs: dict[str, int] = field(default_factory=dict)
    rows: Callable[[], list[CaptureRow]] = list
    read_otherwise: int = 0
    lacks_bytes: bool = False
    _read: dict[str, str] = field(default_factory=dict)
    _documents: dict[str, tuple[str, str]] = field(default_factory=dict)
    _read_on_days: dict[str, dict[str, _OnDay]] | None = None
    _by_content: dict[str, list[str]] | None = None

    def add_captures(self, captures: Iterable[tuple[str, str, str, str, str | None]]) -> None:
        """Add captures of the warehouse in the order of recording: id, location, SHA-256, time of capture, and the
        reason for a rejection."""
        for capture_id, location, sha256, captured_at, reason in captures:
            self.capture_ids.add(capture_id)
            self.sha256s.add(sha256)
            self._observe(location, Observation(sha256, captured_at, reason))

    def add_places(self, places: Iterable[tuple[str, str]]) -> None:
        """Add the location that stands for each place."""
        for place, location in places:
            self.places.setdefault(place, location)
            self._documents.setdefault(document_of(place), (place, location))

    def add(self, record: CaptureRecord) -> None:
        """Add a capture that is recorded now."""
        self.capture_ids.add(record.capture_id)
        if record.place is not None:
            self.add_places([(record.place, record.location)])
        self._observe(record.location, Observation(record.sha256, record.known_time, reason_of(record)))

    def location_of(self, place: str, given: str) -> str:
        """The location that stands for the document at ``place``: that of its first capture, else the given one."""
        if place in self.places:
            return self.places[place]
        if (known := self._documents.get(document_of(place))) is not None:
            return like(place, *known)
        return given

    def knows(self, place: str) -> bool:
        """Whether a document stood at ``place`` before, on whatever day."""
        return place in self.places or document_of(place) in self._documents

    def was_read(self, location: str) -> bool:
        """Whether a document was ever read, on whatever day."""
        if location in self._read:
            return True
        return document_of(location) != location and document_of(location) in self._on_days()

    def read_before(self, location: str, stated: str | None = None) -> str | None:
        """The bytes of a document when it was last read before this file was captured; None where it never was.

        ``stated`` is the time of capture if it is known, and a folder of days has it in the path. A file that arrives
        late must not be held against a newer one, which may have more rows.
        """
        if (sha256 := self._read.get(location)) is not None:
            return None if stated is not None and stated < self.latest[location].captured_at else sha256
        if document_of(location) == location:
            return None
        own = time_in_path(location)
        days = self._on_days().get(document_of(location), {}).values()
        earlier = [each for each in days if own is None or each.at is None or each.at <= own]
        return max(earlier, key=lambda each: each.at or _ALWAYS).sha256 if earlier else None

    def _on_days(self) -> dict[str, dict[str, _OnDay]]:
        """What was read of each document, by its locations; made when the first folder of days asks."""
        if self._read_on_days is None:
            self._read_on_days = {}
            for location, sha256 in self._read.items():
                self._note_day(location, sha256)
        return self._read_on_days

    def _note_day(self, location: str, sha256: str) -> None:
        if self._read_on_days is not None:
            of_document = self._read_on_days.setdefault(document_of(location), {})
            of_document[location] = _OnDay(time_in_path(location), sha256)

    def has_moved_to(self, place: str, sha256: str, is_there: Callable[[str], bool]) -> str | None:
        """The location of the document that stands at ``place`` now: its latest observation has these bytes, and its
        own file is gone. Of several, the one that keeps its name; None where that does not tell one from the others.
        Where these bytes were rejected, the name must be the same.

        ``is_there`` says whether there is a file at a place.
        """
        if self._by_content is None:  # documents of this run need no entry: none of them has moved since
            self._by_content = {}
            for known, location in self.places.items():
                if (latest := self.latest.get(location)) is not None:
                    self._by_content.setdefault(latest.sha256, []).append(known)
        places: dict[str, list[str]] = {}
        for known in self._by_content.get(sha256, ()):
            if self.latest[self.places[known]].sha256 == sha256:
                places.setdefault(self.places[known], []).append(known)
        gone = {at: known for at, known in places.items() if not any(map(is_there, known))}
        name = place.rpartition("/")[2]
        same = [at for at, known in gone.items() if any(each.rpartition("/")[2] == name for each in known)]
        # many documents may turn into one error page: there only the name tells them apart
        likely = same or [at for at in gone if self.latest[at].reason is None]
        return likely[0] if len(likely) == 1 else None

    def _observe(self, location: str, observed: Observation) -> None:
        self.latest[location] = observed
        if observed.reason is None:
            self._read[location] = observed.sha256
            self._note_day(location, observed.sha256)
        self.stated[location, observed.captured_at] = observed.sha256


def reason_of(record: CaptureRecord) -> str | None:
    """Why a capture has nothing to read, if that is known before reading."""
    if "unreadable" in record.extra:
        return f"unreadable_file: {record.extra['unreadable']}"
    reason = record.extra.get("not_data", record.extra.get(BREAKS_OFF))
    return str(reason) if reason is not None else None
