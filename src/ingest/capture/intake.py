"""The captures of a run: all given files, and earlier captures that are not loaded yet.

A document is unchanged if its bytes are those of its latest observation. If older bytes return after others, that is a
new observation: a source that goes back to an earlier state is believed.
"""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cached_property
from itertools import islice
from operator import attrgetter
from pathlib import Path
from types import MappingProxyType

from ingest.capture.archive import (
    ACCEPTED,
    BREAKS_OFF,
    FOLLOWS,
    HELD_BACK,
    PUBLISHED,
    SET_ASIDE,
    STATED,
    Archive,
    CaptureRecord,
    FloorVerdict,
    Work,
    capture_id_of,
    lost,
    revoke,
    set_aside,
    settled,
    sha256_of,
    taken_back,
    utc_text,
)
from ingest.capture.cut import BROKEN_OFF, held_against
from ingest.capture.files import (
    File,
    Locations,
    find_files,
    is_warehouse,
    location_of,
    state_of,
    two_days_of_one_document,
    undated,
)
from ingest.capture.known import CaptureRow, Known, Observation, reason_of
from ingest.capture.seen import Seen
from ingest.capture.stores import LogFile
from ingest.errors import IngestError, UsageError
from ingest.outcome import FAR_LESS, Accept, HeldBack, is_held_back, kind_of
from ingest.records.forms import is_feed_file

WARC_ENDINGS = (".warc", ".warc.gz")

_NOT_READ = (BROKEN_OFF, "unreadable_file", "too_large")  # kinds of rejection that no source can mend

_NAMED = 5
"""A notice names at most so many skipped files."""

CLOCKS_DIFFER = timedelta(minutes=1)
"""A time may be so far ahead of this machine's clock, as on a file server."""

Timed = Callable[[str], AbstractContextManager[None]]
"""Returns a context that adds its duration to a named step."""


@contextmanager
def _untimed(_: str) -> Iterator[None]:
    yield


class Intake:
    """The captures of one run.

    ``archive`` keeps them. ``known`` is what the warehouse has; new captures are added to it. ``own`` are real paths
    that are not input, such as the warehouse. ``notice`` receives messages for the user. ``put_off`` has the ids of
    captures that are left to the next run. ``read_to`` says how many bytes of each log this run has read.
    """

    def __init__(
        self,
        archive: Archive,
        known: Known,
        run_id: str,
        *,
        started_at: datetime,
        own: frozenset[str] = frozenset(),
        notice: Callable[[str], None] = lambda _: None,
        timed: Timed = _untimed,
    ) -> None:
        self.archive = archive
        self.known = known
        self.unchanged = 0
        self.feeds_unchanged = 0
        self.records: list[CaptureRecord] = []
        self.still_unreadable: list[tuple[str, str]] = []
        self.forget: frozenset[str] = frozenset()
        self._log = f"{run_id}.{known.key}"
        self._started_at = started_at
        self._own = own | {os.path.realpath(archive.root / "captures")}
        self._notice = notice
        self._timed = timed
        self._places = Locations(archive.root)
        self._seen = Seen(archive.root / "captures" / "seen" / f"{known.key}.json", started_at.timestamp())
        self._kept: list[CaptureRecord] = []
        self._recovered: set[tuple[str, str]] = set()
        self._stored: set[str] = set()
        self._restored = 0
        self._left_alone: list[str] = []
        self._accept: Accept = False
        self._verdicts: dict[str, FloorVerdict] = {}
        self._only: frozenset[str] | None = None
        self.put_off: frozenset[str] = frozenset()
        self.read_to: dict[str, int] = {}
        self._taken_up: list[CaptureRecord] = []

    def batches(
        self,
        paths: Sequence[Path],
        source: str | None,
        captured_at: datetime | None,
        size: int,
        *,
        accept: Accept = False,
    ) -> Iterator[list[Work]]:
        """Store what is new among ``paths`` and yield it in batches of ``size``. Unread captures of earlier runs come
        first. With ``accept``, a file that is still as a run rejected it, since it breaks off, counts as whole; a set
        names the sources whose files do. Raises :class:`IngestError` for a missing path, or if the archive cannot be
        written."""
        self._accept = accept
        if captured_at is not None and captured_at - self._started_at > CLOCKS_DIFFER:
            raise UsageError(f"Nothing can be captured in the future, as {captured_at.isoformat()} is.")
        if captured_at is not None:
            self._refuse_two_days(paths, captured_at)
        try:
            yield from self._batches(paths, source, captured_at, size)
        except BaseException:
            # The run is stopped, or fails: what was stored is logged, so that the next run goes on from there.
            with suppress(IngestError):
                self.archive.log(self._log, [record for record in self._kept if record.sha256 in self._stored])
            raise

    def _refuse_two_days(self, paths: Sequence[Path], captured_at: datetime) -> None:
        """Which of two files of one moment is what the source says now, nobody could tell."""
        two = two_days_of_one_document(
            file for path in paths for file in find_files(path, self._places, self._own, lambda _: None)
        )
        if two is not None:
            raise UsageError(
                f"{two[0]!r} and {two[1]!r} are one document of two days, which cannot both be captured at "
                f"{captured_at.isoformat()}. Leave --captured-at out, since the folders tell the days, or name one."
            )

    def _batches(
        self, paths: Sequence[Path], source: str | None, captured_at: datetime | None, size: int
    ) -> Iterator[list[Work]]:
        damaged: list[tuple[CaptureRecord, str]] = []
        yield from _batched(self._recover(damaged), size)
        fresh: list[tuple[CaptureRecord, bytes]] = []
        met: set[str] = set()
        for path in paths:
            for file in find_files(path, self._places, self._own, self._left_alone.append):
                if file.place in met:  # by another path of this run, or through a link
                    continue
                met.add(file.place)
                for capture in self._captures(file, source, captured_at):
                    fresh.append(capture)
                    if len(fresh) == size:
                        yield self._keep(fresh)
                        fresh = []
        # what was given again is stored again; of the others, record only that they existed
        gone = [lost(record, why) for record, why in damaged if record.capture_id not in self.known.capture_ids]
        fresh += [(record, b"") for record in gone if record.capture_id not in self.known.capture_ids]
        if fresh:
            yield self._keep(fresh)
        yield from _batched(self._take_up(), size)
        self._settle()

    def _recover(self, damaged: list[tuple[CaptureRecord, str]]) -> Iterator[Work]:
        """The captures that earlier runs left unread. Those whose bytes cannot be read go to ``damaged``."""
        for record in self._pending():
            try:
                content = self.archive.load(record.sha256)
            except IngestError as error:
                damaged.append((record, str(error)))
                continue
            self.known.add(record)
            self._recovered.add((record.location, record.sha256))
            self._stored.add(record.sha256)
            if record.capture_id in self._verdicts:
                self._taken_up.append(record)
                continue
            self.records.append(record)
            yield Work(record, content)

    def _take_up(self) -> Iterator[Work]:
        """The captures that a floor held back in an earlier run. They come last, when all others of this run are known.

        One whose document has a later capture now is set aside, unless its source is accepted: what it stated ends
        nothing and begins nothing.
        """
        newest: dict[str, str] = {}
        for record in (*self.records, *self._kept, *self._taken_up) if self._taken_up else ():
            if reason_of(record) is None:
                document = undated(record.location)
                newest[document] = max(newest.get(document, ""), record.known_time)
        for record in self._taken_up:
            verdict = self._verdicts[record.capture_id]
            is_accepted = self._accept if isinstance(self._accept, bool) else verdict.source in self._accept
            is_last = record.known_time >= newest.get(undated(record.location), "")
            came_of = PUBLISHED if is_accepted or is_last else SET_ASIDE
            self._verdicts[record.capture_id] = verdict._replace(verdict=came_of)
            taken = set_aside(record, verdict) if came_of == SET_ASIDE else record
            self.records.append(taken)
            yield Work(taken, self.archive.load(taken.sha256))

    def unjudged(self) -> frozenset[str]:
        """The captures to load by themselves first, since no floor has judged them and a later one may hide their fall.

        A run that was killed or that failed left them, or a crawl after which nothing was read. Of each document that
        was read before, it is the oldest one. What a crawl captured last is left to the next run, as always.
        """
        unread = self._unread(self.archive.logs_of(self.known.key))
        new = [each for each in self.archive.records(unread) if each.capture_id not in self.known.capture_ids]
        if not new:
            return frozenset()
        verdicts = self.archive.verdicts(self.archive.logs_of(self.known.key, self.known.logs))
        own = [log for log in unread if log.key]
        of_runs = {record.capture_id for record in self.archive.records(own)}
        by_document: dict[str, list[CaptureRecord]] = {}
        for record in settled(new, verdicts):
            if record.capture_id not in verdicts and reason_of(record) is None and self.known.was_read(record.location):
                by_document.setdefault(undated(record.location), []).append(record)
        firsts = {
            min(records, key=attrgetter("known_time")).capture_id: len(records) for records in by_document.values()
        }
        return frozenset(first for first, count in firsts.items() if count > 1 or first in of_runs)

    def take_only(self, capture_ids: frozenset[str]) -> None:
        """Put off all other captures that earlier runs and crawls left."""
        self._only = capture_ids

    def hold_back(self, captures: Mapping[str, str], reasons: Mapping[str, str]) -> None:
        """Note in the log which captures a floor holds back. ``captures`` has their sources by id, ``reasons`` what
        fell by source."""
        self.archive.note(
            self._log,
            [
                FloorVerdict(capture_id, HELD_BACK, source, reasons[source])
                for capture_id, source in sorted(captures.items())
                if capture_id not in self._verdicts
            ],
        )

    def note_what_came_of(self, records: Iterable[CaptureRecord]) -> None:
        """Note in the log what came of those of ``records`` that were held back before. To be called before they are
        published."""
        came_of = (self._verdicts.get(record.capture_id) for record in records)
        self.archive.note(self._log, [verdict for verdict in came_of if verdict is not None])

    def _pending(self) -> Iterator[CaptureRecord]:
        """The captures that are logged and not loaded: from a crawl, or from a run that was killed or failed to load.

        A capture that one of them revokes is read again too, as no data.
        """
        logs = self.archive.logs_of(self.known.key)
        self.read_to = {log.name: log.bytes for log in logs}
        new = [r for r in self.archive.records(self._unread(logs)) if r.capture_id not in self.known.capture_ids]
        if self._only is not None:
            self.put_off = frozenset(record.capture_id for record in new) - self._only
            yield from (record for record in new if record.capture_id in self._only)
            return
        self.forget = taken_back(new) & self.known.capture_ids
        if self.forget:
            yield from (revoke(r) for r in self.archive.records() if r.capture_id in self.forget)
        verdicts = self.archive.verdicts(self.archive.logs_of(self.known.key, self.known.logs)) if new else {}
        ids = {record.capture_id for record in new}
        self._verdicts = {k: v for k, v in verdicts.items() if k in ids and v.verdict == HELD_BACK}
        yield from settled(new, verdicts)

    def _unread(self, logs: Iterable[LogFile]) -> list[LogFile]:
        """Those of ``logs`` that are not loaded to their end."""
        return [log for log in logs if self.known.logs.get(log.name) != log.bytes]

    def _captures(
        self, file: File, source: str | None, captured_at: datetime | None
    ) -> Iterator[tuple[CaptureRecord, bytes]]:
        """The new captures of a file: itself, or the pages that it archives."""
        is_warc = file.path.lower().endswith(WARC_ENDINGS)
        try:
            if is_warc:
                state_of(file.path, sys.maxsize)  # a pipe or a device is none; records are read one at a time
                yield from self._of_warc(file, source)
                return
            capture = self._of_file(file, source, captured_at)
        except OSError as error:
            kind = "too_large" if error.errno == errno.EFBIG else "unreadable_file"
            capture = self._unreadable(file, kind, error.strerror or type(error).__name__)
        if capture is not None:
            yield capture

    def _of_warc(self, file: File, source: str | None) -> Iterator[tuple[CaptureRecord, bytes]]:
        """The new records of a WARC file. If its rest cannot be read, the file itself is a capture that says so."""
        from ingest.capture.warc import read_warc

        try:
            for record, content in read_warc(Path(file.path), source, self._started_at, self._notice):
                if record.capture_id not in self.known.capture_ids:
                    before = self._held_against(record.location, content, record.captured_at)
                    new = replace(record, extra={**record.extra, **before})
                    self.known.add(new)
                    yield new, content
                    continue
                self._count_unchanged(record.location, record.sha256)
                if content:
                    self._restore(record.sha256, content)
        except IngestError as error:
            why = str(error).removeprefix(f"{file.path!r} ")  # the document has one reason by whatever path
            capture = self._unreadable(file, "cut_off", why)
            if capture is not None:
                yield capture

    def _of_file(
        self, file: File, source: str | None, captured_at: datetime | None
    ) -> tuple[CaptureRecord, bytes] | None:
        """A file as a capture, or None if it is not input or its document is unchanged."""
        state = state_of(file.path)
        location = self.known.location_of(file.place, location_of(file.path))
        stated = utc_text(captured_at) if captured_at else None
        sha256 = self._seen.sha256(file.place, state)
        accepted = self._accepted(location) if self._accept and stated is None else None
        is_asked_anew = stated is None and self._is_asked_anew(location, source)
        if (
            accepted is None
            and not is_asked_anew
            and sha256 is not None
            and self._last(location, stated) == sha256
            and self._seen.is_stored(file.place, self.archive.mark_of(sha256))
        ):
            self._count_unchanged(location, sha256)
            self._seen.seen_again(file.place)
            return None
        # a file of the kernel has no size, and reading it may wait for ever
        content = Path(file.path).read_bytes() if state.st_size else b""
        if is_warehouse(content):
            self._left_alone.append(file.path)
            return None
        sha256 = sha256_of(content)
        self._seen.note(file.place, state, sha256)
        again = self._asked_again(file, location, sha256, accepted, source if is_asked_anew else None)
        if again is not None:
            return again, content
        if self._last(location, stated) == sha256:
            self._count_unchanged(location, sha256)
            self._restore(sha256, content)
            return None
        moved = self._moved(file, sha256) if stated is None else None
        if moved is not None:
            return moved, content
        record = CaptureRecord(
            capture_id=self._new_id(location, sha256, stated),
            location=location,
            sha256=sha256,
            bytes=len(content),
            recorded_at=utc_text(self._started_at),
            place=file.place,
            source=source,
            captured_at=stated,
            modified_at=self._time_of(location, state.st_mtime),
            extra=self._held_against(location, content, stated),
        )
        self.known.add(record)
        return record, content

    def _held_against(self, location: str, content: bytes, stated: str | None) -> dict[str, object]:
        """What is to be kept of a new capture, as far as earlier ones of its document tell."""
        before = self.known.read_before(location, stated)
        return held_against(self.archive, before, content, was_read=self.known.was_read(location))

    def _asked_again(
        self, file: File, location: str, sha256: str, accepted: Observation | None, source: str | None
    ) -> CaptureRecord | None:
        """A further observation of rejected bytes that the user accepts now, or has another source read."""
        if accepted is not None and accepted.sha256 == sha256:
            return self._as_before(file, location, accepted, {ACCEPTED: True})
        if source is None or self._last(location, None) != sha256:
            return None
        return replace(self._as_before(file, location, self.known.latest[location]), source=source)

    def _is_asked_anew(self, location: str, source: str | None) -> bool:
        """Whether a document that was rejected is to be read by another source, which the user names now."""
        latest = self.known.latest.get(location)
        is_rejected = latest is not None and latest.reason is not None and kind_of(latest.reason) not in _NOT_READ
        return source is not None and is_rejected and self._sources.get(location) != source

    def _last(self, location: str, stated: str | None) -> str | None:
        """The bytes of the observation to compare a file with: the latest, or the one at the stated time."""
        if stated is not None:
            return self.known.stated.get((location, stated))
        latest = self.known.latest.get(location)
        return latest.sha256 if latest else None

    def _count_unchanged(self, location: str, sha256: str) -> None:
        """Count a document as unchanged, or as still rejected; what this run read of an earlier one that was cut off
        counts as read."""
        if (location, sha256) in self._recovered:
            return
        latest = self.known.latest.get(location)
        if latest is not None and latest.sha256 == sha256 and latest.reason is not None:
            self.still_unreadable.append((location, latest.reason))
        else:
            self.unchanged += 1
            self.feeds_unchanged += is_feed_file(location)

    def still_held_back(self) -> list[HeldBack]:
        """Of the files that are still as an earlier run rejected them, those that are held back."""
        held = [
            (location, reason)
            for location, reason in self.still_unreadable
            if is_held_back(reason, was_read=self.known.was_read(location))
        ]
        if not held:
            return []
        sources = {row.location: row.source for row in self.known.rows() if row.status != "rejected"}
        return [HeldBack(sources.get(location), location, kind_of(reason), reason) for location, reason in held]

    def _moved(self, file: File, sha256: str) -> CaptureRecord | None:
        """The observation of a document that stands at another place than before, as it was last seen; None where the
        file is a document of its own. Moving a file tells nothing of when its source served it, so the observation is
        of the time of the one before."""
        if self.known.knows(file.place):
            return None
        known = self.known.has_moved_to(file.place, sha256, self._places.is_taken)
        if known is None:
            return None
        return self._as_before(file, known, self.known.latest[known])

    def _accepted(self, location: str) -> Observation | None:
        """The latest observation of a document that was rejected because it breaks off, where the user accepts it."""
        latest = self.known.latest.get(location)
        if latest is None or not (latest.reason or "").startswith(BROKEN_OFF):
            return None
        is_accepted = self._accept if isinstance(self._accept, bool) else self._sources.get(location) in self._accept
        return latest if is_accepted else None

    @cached_property
    def _sources(self) -> dict[str, str | None]:
        """The source of the latest capture at each location; read once, where a user accepts some sources."""
        return {row.location: row.source for row in self.known.rows()}

    def _as_before(
        self, file: File, location: str, latest: Observation, extra: Mapping[str, object] = MappingProxyType({})
    ) -> CaptureRecord:
        """A further observation of the same bytes, just after the latest one."""
        record = CaptureRecord(
            capture_id=self._new_id(location, latest.sha256, None),
            location=location,
            sha256=latest.sha256,
            bytes=state_of(file.path).st_size,
            recorded_at=utc_text(self._started_at),
            place=file.place,
            modified_at=utc_text(datetime.fromisoformat(latest.captured_at) + timedelta(microseconds=1)),
            extra={FOLLOWS: True, **extra} if self.known.was_read(location) else {**extra},
        )
        self.known.add(record)
        return record

    def _time_of(self, location: str, modified: float) -> str:
        """The time from which a file has its content: its modification time, within bounds.

        It cannot be in the future, nor before the latest observation of the document, which had other content.
        """
        now, time = self._started_at, datetime.fromtimestamp(modified, UTC)
        if time - now > CLOCKS_DIFFER:
            time = now
        latest = self.known.latest.get(location)
        if latest is not None and utc_text(time) <= latest.captured_at:
            time = max(now, datetime.fromisoformat(latest.captured_at) + timedelta(microseconds=1))
        return utc_text(time)

    def _new_id(self, location: str, sha256: str, stated: str | None) -> str:
        """The id of a new observation. The time of recording is part of it only if the same bytes were seen before."""
        capture_id = capture_id_of(location, sha256, stated)
        if capture_id in self.known.capture_ids:
            capture_id = capture_id_of(location, sha256, f"{stated or ''} {utc_text(self._started_at)}")
        return capture_id

    def _unreadable(self, file: File, kind: str, why: str) -> tuple[CaptureRecord, bytes] | None:
        """An unreadable file as a capture without bytes, so that the warehouse says what happened."""
        location = self.known.location_of(file.place, location_of(file.path))
        reason = f"{kind}: {why}"
        latest = self.known.latest.get(location)
        if latest is not None and latest.reason == reason:
            self.still_unreadable.append((location, reason))
            return None
        record = CaptureRecord(
            capture_id=self._new_id(location, why, None),
            location=location,
            sha256=sha256_of(b""),
            bytes=0,
            recorded_at=utc_text(self._started_at),
            place=file.place,
            extra={"not_data": reason},
        )
        self.known.add(record)
        return record, b""

    def _restore(self, sha256: str, content: bytes) -> None:
        """Store again bytes of the warehouse that the archive has lost, or that are damaged there."""
        if sha256 in self.known.sha256s and not self.archive.is_whole(sha256):
            self.archive.store(sha256, content)
            self._restored += 1

    def _keep(self, captures: list[tuple[CaptureRecord, bytes]]) -> list[Work]:
        self._kept.extend(record for record, _ in captures)
        with self._timed("capture"):
            known = {record.sha256 for record, _ in captures} & self.known.sha256s - self._stored
            self._stored |= self.archive.whole(known)
            self.archive.write(captures, self._stored)
        return [Work(record, content) for record, content in captures]

    def _settle(self) -> None:
        """Make the captures of this run durable and log them, before anything is loaded from them."""
        with self._timed("capture"):
            logged_again = self._unlogged()
            self.archive.log(self._log, [*logged_again, *self._kept])
            self.archive.make_durable()
            self._seen.save(self.archive.mark_of)
        self.records.extend(self._kept)
        self._kept = []
        if self._restored or logged_again:
            self._notice(
                f"The archive had lost captures that the warehouse was made of: {self._restored:,} are stored again, "
                f"{len(logged_again):,} are logged again."
            )
        if self._left_alone:
            alone = list(dict.fromkeys(self._left_alone))
            more = f" and {len(alone) - _NAMED:,} more" if len(alone) > _NAMED else ""
            self._notice(f"Left alone, since it is no input: {', '.join(alone[:_NAMED])}{more}.")

    def _unlogged(self) -> list[CaptureRecord]:
        """The captures of the warehouse that no log names any more and whose bytes still exist."""
        sizes = {log.name: log.bytes for log in self.archive.logs()}
        is_logged = bool(self.known.logs) or not self.known.capture_ids
        if is_logged and all(sizes.get(name, -1) >= size for name, size in self.known.logs.items()):
            return []
        named = {record.capture_id for record in self.archive.records()}
        by_location = {location: place for place, location in reversed(self.known.places.items())}
        read: set[str] = set()
        found: list[CaptureRecord] = []
        for row in self.known.rows():
            document = undated(row.location)
            if row.capture_id not in named and not self.archive.has(row.sha256):
                self.known.lacks_bytes = True
            elif row.capture_id not in named:
                found.append(_again(row, by_location.get(row.location), follows=document in read))
            if row.status != "rejected":
                read.add(document)
        return found


def _batched(works: Iterator[Work], size: int) -> Iterator[list[Work]]:
    while batch := list(islice(works, size)):
        yield batch


def _again(row: CaptureRow, place: str | None, *, follows: bool) -> CaptureRecord:
    """The log record of a capture, from what the warehouse keeps of it. ``follows``: its document was read before."""
    is_http = row.http_status is not None
    is_stated = is_http or row.captured_at_reason == STATED
    extra: dict[str, object] = {FOLLOWS: True} if follows else {}
    if row.status != "rejected":
        extra[ACCEPTED] = True  # it was taken, whole or not
    if row.reason and (is_http or row.reason.startswith(FAR_LESS)):
        extra["not_data"] = row.reason
    elif row.reason and row.reason.startswith(BROKEN_OFF):
        extra[BREAKS_OFF] = row.reason
    return CaptureRecord(
        capture_id=row.capture_id,
        location=row.location,
        sha256=row.sha256,
        bytes=row.bytes,
        recorded_at=row.recorded_at,
        place=place,
        source=row.source if row.status != "rejected" else None,
        captured_at=row.captured_at if is_stated else None,
        modified_at=None if is_stated else row.captured_at,
        media_type=row.media_type,
        http_status=row.http_status,
        etag=row.etag,
        extra=extra,
    )
