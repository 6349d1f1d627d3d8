"""The raw archive: every byte that was read, kept for ever under ``raw/captures/``.

``objects/ab/abcd….zst`` holds bytes compressed with zstd. Their address is the SHA-256 of the uncompressed bytes, so
the same bytes are stored once. ``log/<run>.<warehouse>.jsonl`` has one line for each capture, which says where and when
the bytes were captured. An object is durable before a line names it, so a readable line always leads to a whole object,
even after a crash. A last line without a line break is ignored.

It can also lie in object storage, which other machines reach (:mod:`ingest.capture.stores`).
"""

from __future__ import annotations

import hashlib
import json
import os
import threading
from collections.abc import Callable, Container, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass, field, fields, replace
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import zstandard

from ingest.capture.stores import MAKE_ROOM, Bucket, Folder, LogFile, Store, refusals
from ingest.errors import IngestError
from ingest.outcome import FAR_LESS

if TYPE_CHECKING:
    from ingest.settings import Settings

_LEVEL = 3
"""zstd level. A page of 12 KB takes about 60 microseconds; level 9 saves 8% more bytes and takes five times as long."""


@dataclass(slots=True, frozen=True)
class CaptureRecord:
    """One line of the log: what is known of a capture before it is read.

    ``captured_at`` is the time at which the source served the content, if the transport or the user states it.
    ``modified_at`` is the modification time of a local file. ``source`` is set if the user or a source's settings name
    it. ``place`` identifies the document, whatever path ``location`` has (see :mod:`ingest.capture.files`). ``extra``
    has what a transport adds (redirects, important headers).
    """

    capture_id: str
    location: str
    sha256: str
    bytes: int
    recorded_at: str
    place: str | None = None
    source: str | None = None
    captured_at: str | None = None
    modified_at: str | None = None
    media_type: str | None = None
    http_status: int | None = None
    etag: str | None = None
    extra: dict[str, Any] = field(default_factory=dict)

    @property
    def known_time(self) -> str:
        """When it was captured, as far as that is known before it is read."""
        return self.captured_at or self.modified_at or self.recorded_at


@dataclass(slots=True, frozen=True)
class Work:
    """A capture to be read: its log record and its bytes."""

    record: CaptureRecord
    content: bytes


FOLLOWS = "follows"
"""Key in ``extra`` of a capture whose document was read before. If such a capture is cut off, it must end nothing."""

STATED = "stated"
"""What tells the time of a capture where the transport or the user states it."""

BREAKS_OFF = "breaks_off"
"""What ``extra`` of a capture has where it is a part of what was sent: why it is known to be one."""

ACCEPTED = "accepted"
"""Key in ``extra`` of a capture that breaks off and that the user takes as it is."""

SAME_BODY = "same_body"
"""Reason why a capture is not data after all: other places returned the same body."""


class FloorVerdict(NamedTuple):
    """A line of the log that says what came of a capture that a floor held back. The last one of a capture counts.

    ``verdict`` is ``held_back``, ``published`` (the user accepted it, or the floors passed later) or ``set_aside`` (a
    later capture of its document was published instead). ``source`` and ``reason`` say whose floor it was, and what
    fell.
    """

    capture_id: str
    verdict: str
    source: str
    reason: str


HELD_BACK, PUBLISHED, SET_ASIDE = "held_back", "published", "set_aside"


def settled(records: Iterable[CaptureRecord], verdicts: Mapping[str, FloorVerdict]) -> list[CaptureRecord]:
    """``records``; each one that a later record revokes, or that was set aside, is marked as no data.

    ``extra["revokes"]`` has capture ids. ``verdicts`` are those of :meth:`Archive.verdicts`.
    """
    records = list(records)
    revoked = taken_back(records)
    aside = {each.capture_id: each for each in verdicts.values() if each.verdict == SET_ASIDE}
    if not revoked and not aside:
        return records
    marked = [revoke(record) if record.capture_id in revoked else record for record in records]
    return [set_aside(record, aside[record.capture_id]) if record.capture_id in aside else record for record in marked]


def set_aside(record: CaptureRecord, verdict: FloorVerdict) -> CaptureRecord:
    """``record``, marked as no data, since a floor held it back and a later capture of its document took its place."""
    extra = {"not_data": f"{FAR_LESS}: {verdict.reason}", **record.extra}
    return replace(record, source=record.source or verdict.source, extra=extra)


def taken_back(records: Iterable[CaptureRecord]) -> frozenset[str]:
    """The ids of captures that a later capture of their crawl revokes."""
    return frozenset(capture_id for record in records for capture_id in record.extra.get("revokes", ()))


def revoke(record: CaptureRecord) -> CaptureRecord:
    """``record``, marked as no data."""
    return replace(record, extra={"not_data": SAME_BODY, **record.extra})


def lost(record: CaptureRecord, why: str) -> CaptureRecord:
    """A capture whose stored bytes are damaged, with an id of its own, since the same page may be captured again."""
    capture_id = capture_id_of(record.location, f"damaged {record.sha256}", record.captured_at)
    return replace(record, capture_id=capture_id, sha256=sha256_of(b""), bytes=0, extra={"unreadable": why})


def sha256_of(content: bytes) -> str:
    """SHA-256 of ``content`` in hexadecimal."""
    return hashlib.sha256(content).hexdigest()


def key_of(place: str) -> str:
    """The key in the names of a warehouse's logs. It is computed from the place where the warehouse was made.

    So two warehouses can share one archive, and the next run on a warehouse reads what its last run left unread.
    """
    return hashlib.sha256(place.encode("utf-8", "surrogateescape")).hexdigest()[:8]


def capture_id_of(location: str, sha256: str, captured_at: str | None) -> str:
    """The id of a capture: the same bytes at the same place and stated time are the same capture.

    The time of reading is not part of it.
    """
    return hashlib.sha256("\0".join((location, sha256, captured_at or "")).encode("utf-8", "replace")).hexdigest()[:20]


_NOTHING = sha256_of(b"")

NAMED = "name:"
"""What the place of a warehouse begins with where it is a name and no path."""

_BRING_BACK = "Bring the file back from a copy; `ingest verify` lists all that is damaged."


class Archive:
    """The raw archive below ``root`` (a folder such as ``raw/``), or in a ``store`` elsewhere.

    What belongs to this machine stays below ``root`` then: notes on files that were seen, journals of crawls.
    """

    def __init__(self, root: Path, store: Store | None = None) -> None:
        self.root = root
        self._store = store or Folder(root)
        self._logging = threading.Lock()

    @classmethod
    def of(cls, settings: Settings) -> Archive:
        """The archive of a project."""
        return cls(settings.raw, Bucket(settings.archive) if settings.archive else None)

    @classmethod
    @cache
    def at(cls, address: str) -> Archive:
        """The archive that an :attr:`address` names, for a process that only reads it."""
        return cls(Path(), Bucket(address)) if "://" in address else cls(Path(address))

    @property
    def address(self) -> str:
        """Where the archive is, for another process: it may work in another folder."""
        return self._store.address

    @property
    def is_elsewhere(self) -> bool:
        """Whether other machines have it too, since it is in object storage."""
        return isinstance(self._store, Bucket)

    def keep(self, run_id: str, captures: Iterable[tuple[CaptureRecord, bytes]], known: set[str]) -> None:
        """Store bytes, make them durable, then log them: :meth:`write` and :meth:`log` in one."""
        captures = list(captures)
        self.write(captures, known)
        self.log(run_id, [record for record, _ in captures])

    def write(self, captures: Iterable[tuple[CaptureRecord, bytes]], known: set[str]) -> None:
        """Store bytes, whole and under their address, but not yet logged.

        ``known`` has the SHA-256 of bytes that the log already names; new ones are added to it. Raises
        :class:`IngestError` if the disk refuses (full, read-only).
        """
        with self._refusals():
            self._store.write_all(self._new(captures, known))

    def _new(self, captures: Iterable[tuple[CaptureRecord, bytes]], known: set[str]) -> Iterator[tuple[str, bytes]]:
        compress = _compressor()
        for record, content in captures:
            if record.sha256 not in known:
                yield record.sha256, compress(content)
                known.add(record.sha256)

    def store(self, sha256: str, content: bytes) -> None:
        """Store bytes under their address and replace what is there. Raises what :meth:`write` raises."""
        with self._refusals():
            self._store.write_all([(sha256, _compressor()(content))])

    def make_durable(self) -> None:
        """Make what was written durable without logging it. Raises :class:`IngestError` as :meth:`write` does."""
        with self._refusals(), self._logging:
            self._store.make_durable()

    def log(self, run_id: str, records: Iterable[CaptureRecord]) -> None:
        """Make what was written durable, then log it. Raises :class:`IngestError` as :meth:`write` does."""
        lines = [_line(record) for record in records]
        if lines:
            # one at a time: what another thread is still flushing must be durable before a line here names it
            with self._refusals(), self._logging:
                self._store.make_durable()
                self._append(run_id, lines)

    def _refusals(self) -> AbstractContextManager[None]:
        cure = "Look at the network and at who may write there" if self.is_elsewhere else MAKE_ROOM
        return refusals(f"Cannot store captures under {self.shown!r}", cure)

    def load(self, sha256: str) -> bytes:
        """The verified bytes of an address. Raises :class:`IngestError` if they are missing or damaged."""
        if sha256 == _NOTHING:
            return b""
        place = self._store.place(sha256)
        try:
            content = _decompressor().decompress(self._store.read(sha256))
        except (OSError, zstandard.ZstdError) as error:
            raise IngestError(f"The capture {sha256} cannot be read from {place!r}: {error}. {_BRING_BACK}") from error
        if sha256_of(content) != sha256:
            raise IngestError(f"The capture {sha256} is damaged: {place!r} holds other bytes. {_BRING_BACK}")
        return content

    def load_all(self, sha256s: Iterable[str]) -> Iterator[bytes]:
        """The verified bytes of many addresses, in their order. Raises what :meth:`load` raises."""
        return self._store.each(sha256s, self.load)

    def load_each(self, sha256s: Iterable[str]) -> Iterator[bytes | IngestError]:
        """As :meth:`load_all`, with the error in the place of what is missing or damaged."""
        return self._store.each(sha256s, self._loaded)

    def _loaded(self, sha256: str) -> bytes | IngestError:
        try:
            return self.load(sha256)
        except IngestError as error:
            return error

    def readable(self, records: Iterable[CaptureRecord]) -> list[CaptureRecord]:
        """``records``; a record without bytes stands in the place of each whose bytes are lost or damaged, and says
        so."""
        records = list(records)
        found = self.load_each(record.sha256 for record in records)
        return [
            lost(record, str(content)) if isinstance(content, IngestError) else record
            for record, content in zip(records, found, strict=True)
        ]

    def whole(self, sha256s: Iterable[str]) -> set[str]:
        """The addresses under which bytes are stored that hash to them."""
        sha256s = list(sha256s)
        found = self.load_each(sha256s)
        return {sha256 for sha256, each in zip(sha256s, found, strict=True) if not isinstance(each, IngestError)}

    def is_whole(self, sha256: str) -> bool:
        """Whether bytes are stored under an address and hash to it."""
        return bool(self.whole([sha256]))

    def mark_of(self, sha256: str) -> str | None:
        """What tells cheaply that stored bytes were damaged: size and time of change of a file. None without any."""
        return "" if sha256 == _NOTHING else self._store.mark_of(sha256)

    def has(self, sha256: str) -> bool:
        """Whether bytes are stored under an address. :meth:`is_whole` checks that they are whole."""
        return sha256 == _NOTHING or self._store.has(sha256)

    def logs(self) -> list[LogFile]:
        """The logs, oldest run first (their names begin with the time of the run). Raises :class:`IngestError` where
        object storage does not answer."""
        with self._unreachable():
            return self._store.logs()

    def logs_of(self, key: str, loaded: Container[str] = ()) -> list[LogFile]:
        """The logs of the warehouse with this key, of all crawls, and the logs that were ``loaded`` before."""
        return [log for log in self.logs() if log.key in ("", key) or log.name in loaded]

    def has_crawls(self) -> bool:
        """Whether a crawl logged captures here. The logs of crawls are of no warehouse."""
        return any(not log.key for log in self.logs())

    def place_of(self, warehouse: Path, name: str = "") -> str:
        """What the key of a warehouse's logs follows from: its ``name``, or its path as seen from the raw folder.

        In object storage a warehouse without a name has that of its file: other machines have other paths.
        """
        if name or self.is_elsewhere:
            return f"{NAMED}{name or warehouse.stem}"
        return os.path.relpath(os.path.realpath(warehouse), os.path.realpath(self.root))

    def records(self, logs: Iterable[LogFile] | None = None) -> Iterator[CaptureRecord]:
        """Every logged capture in the order of logging, each capture id once."""
        seen: set[str] = set()
        for content in self._contents(logs):
            for line in content.split(b"\n"):
                try:
                    record = CaptureRecord(**json.loads(line)) if line else None
                except (ValueError, TypeError):
                    continue  # a verdict, or cut off while it was written: its capture was never acknowledged
                if record is not None and record.capture_id not in seen:
                    seen.add(record.capture_id)
                    yield record

    def note(self, run_id: str, verdicts: Iterable[FloorVerdict]) -> None:
        """Log verdicts. Raises :class:`IngestError` as :meth:`write` does."""
        lines = [json.dumps(verdict._asdict(), separators=(",", ":")) for verdict in verdicts]
        if lines:
            with self._refusals(), self._logging:
                self._append(run_id, lines)

    def verdicts(self, logs: Iterable[LogFile] | None = None) -> dict[str, FloorVerdict]:
        """The last verdict on each capture that a floor ever held back, by the id of the capture."""
        found: dict[str, FloorVerdict] = {}
        for content in self._contents(logs):
            for line in content.split(b"\n") if _VERDICT in content else ():
                if _VERDICT in line:
                    with suppress(ValueError, TypeError):  # a line that was cut off, or a capture with this text
                        verdict = FloorVerdict(**json.loads(line))
                        found[verdict.capture_id] = verdict
        return found

    def settled(self) -> list[CaptureRecord]:
        """Every logged capture, as :func:`settled` gives it."""
        logs = self.logs()
        return settled(self.records(logs), self.verdicts(logs))

    def _contents(self, logs: Iterable[LogFile] | None) -> Iterator[bytes]:
        with self._unreachable():
            yield from self._store.read_logs(self.logs() if logs is None else logs)

    def _append(self, run_id: str, lines: list[str]) -> None:
        self._store.add_to_log(run_id, ("\n".join(lines) + "\n").encode())

    @property
    def shown(self) -> str:
        """Where the archive is, for people."""
        return self.address if self.is_elsewhere else str(self.root)

    @contextmanager
    def _unreachable(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            if not self.is_elsewhere:
                raise
            raise IngestError(
                f"The archive {self.address!r} cannot be read ({error}): look at the network, at AWS_ENDPOINT_URL and "
                "at the credentials (AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY)."
            ) from error


def _compressor() -> Callable[[bytes], bytes]:
    return zstandard.ZstdCompressor(level=_LEVEL, write_checksum=True).compress


_of_thread = threading.local()


def _decompressor() -> zstandard.ZstdDecompressor:
    """The one of this thread: to make one takes five times as long as to decompress a page."""
    found: zstandard.ZstdDecompressor | None = getattr(_of_thread, "decompressor", None)
    if found is None:
        found = _of_thread.decompressor = zstandard.ZstdDecompressor()
    return found


_VERDICT = b'"verdict":'

_FIELDS = tuple(each.name for each in fields(CaptureRecord))


def _line(record: CaptureRecord) -> str:
    known = {name: value for name in _FIELDS if (value := getattr(record, name)) not in (None, {})}
    return json.dumps(known, separators=(",", ":"))


def utc_text(moment: datetime) -> str:
    """ISO 8601 in UTC with microseconds, so that texts sort like times."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds")
