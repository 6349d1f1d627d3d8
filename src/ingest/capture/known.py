"""What a warehouse was made of, as far as a run has to know it before it takes anything in."""

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

    ``latest`` holds the latest observation of each location, as it was recorded; ``stated`` the bytes of those whose
    time of capture is known, by location and time. ``places`` leads from a place to the location that stands for the
    document. ``logs`` are the log files that were loaded, with how far. ``read_before`` are locations that were
    read once. ``rows`` reads all of
    ``captures``, which few runs need. ``key`` tells the warehouse's own logs from
    those of others (see :func:`ingest.capture.archive.key_of`); ``made_at`` is the place that it is the key of.
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
        """Take in captures of the warehouse, in the order in which they were recorded: id, location, SHA-256, time of
        capture, and why it was rejected."""
        for capture_id, location, sha256, captured_at, reason in captures:
            self.capture_ids.add(capture_id)
            self.sha256s.add(sha256)
            self._observe(location, Observation(sha256, captured_at, reason))

    def add_places(self, places: Iterable[tuple[str, str]]) -> None:
        """Take in which location stands for which place."""
        for place, location in places:
            self.places.setdefault(place, location)
            self._documents.setdefault(undated(place), (place, location))

    def add(self, record: CaptureRecord) -> None:
        """Take in a capture that is recorded now."""
        self.capture_ids.add(record.capture_id)
        if record.place is not None:
            self.add_places([(record.place, record.location)])
        at = record.captured_at or record.modified_at or record.recorded_at
        self._observe(record.location, Observation(record.sha256, at, reason_of(record)))

    def location_of(self, place: str, given: str) -> str:
        """The location that stands for a document at ``place``: the one of its first capture, else as it is given."""
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
    """Why a capture holds nothing to read, where that is known before it is read."""
    if "unreadable" in record.extra:
        return f"unreadable_file: {record.extra['unreadable']}"
    return str(record.extra["not_data"]) if "not_data" in record.extra else None
