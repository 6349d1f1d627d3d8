"""What a run must know of the published warehouse before it captures anything."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

from ingest.capture.archive import CaptureRecord
from ingest.capture.files import like, undated


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


@dataclass(slots=True)
class Known:
    """What the published warehouse has seen.

    ``latest`` has the observation of each location that was recorded last. ``stated`` has the bytes of those with a
    known time of capture, by location and time. ``places`` maps a place to the location that stands for its document.
    ``logs`` says how many bytes of each log file were loaded. ``read_before`` are the locations that were read at least
    once. ``rows`` reads all of ``captures``, which few runs need. ``key`` tells the warehouse's own logs from others
    (see :func:`ingest.capture.archive.key_of`); it is computed from ``made_at``.
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
    read_before: set[str] = field(default_factory=set)
    _documents: dict[str, tuple[str, str]] = field(default_factory=dict)

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
            self._documents.setdefault(undated(place), (place, location))

    def add(self, record: CaptureRecord) -> None:
        """Add a capture that is recorded now."""
        self.capture_ids.add(record.capture_id)
        if record.place is not None:
            self.add_places([(record.place, record.location)])
        at = record.captured_at or record.modified_at or record.recorded_at
        self._observe(record.location, Observation(record.sha256, at, reason_of(record)))

    def location_of(self, place: str, given: str) -> str:
        """The location that stands for the document at ``place``: that of its first capture, else the given one."""
        if place in self.places:
            return self.places[place]
        if (known := self._documents.get(undated(place))) is not None:
            return like(place, *known)
        return given

    def _observe(self, location: str, observed: Observation) -> None:
        self.latest[location] = observed
        if observed.reason is None:
            self.read_before.add(location)
        self.stated[location, observed.captured_at] = observed.sha256


def reason_of(record: CaptureRecord) -> str | None:
    """Why a capture has nothing to read, if that is known before reading."""
    if "unreadable" in record.extra:
        return f"unreadable_file: {record.extra['unreadable']}"
    return str(record.extra["not_data"]) if "not_data" in record.extra else None
