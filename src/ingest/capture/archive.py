"""The raw archive: every byte that was read, kept for ever under ``raw/captures/``.

``objects/ab/abcd….zst`` holds bytes compressed with zstd. Their address is the SHA-256 of the uncompressed bytes, so
the same bytes are stored once. ``log/<run>.<warehouse>.jsonl`` has one line for each capture, which says where and when
the bytes were captured. An object is durable before a line names it, so a readable line always leads to a whole object,
even after a crash. A last line without a line break is ignored.
"""

from __future__ import annotations

import hashlib
import json
import os
import threading
from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, fields, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

import zstandard

from ingest.errors import IngestError
from ingest.outcome import FAR_LESS

_LEVEL = 3
"""zstd level. A page of 12 KB takes about 60 microseconds; level 9 saves 8% more bytes and takes five times as long."""


_FLUSHES = 8
"""The number of threads that flush files at once."""


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

_BRING_BACK = "Bring the file back from a copy; `ingest verify` lists all that is damaged."


class Archive:
    """The raw archive below ``root`` (a folder such as ``raw/``). The folder is made when the first capture is kept."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._objects = root / "captures" / "objects"
        self._log = root / "captures" / "log"
        self._unsynced: list[Path] = []
        self._logging = threading.Lock()

    @classmethod
    def at(cls, address: str) -> Archive:
        """The archive that an :attr:`address` names."""
        return cls(Path(address))

    @property
    def address(self) -> str:
        """Where the archive is, for another process: it may work in another folder."""
        return os.path.realpath(self.root)

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
        compress = _compressor()
        with self._refusals():
            for record, content in captures:
                if record.sha256 not in known:
                    self._write_object(record.sha256, compress(content))
                    known.add(record.sha256)

    def store(self, sha256: str, content: bytes) -> None:
        """Store bytes under their address and replace what is there. Raises what :meth:`write` raises."""
        with self._refusals():
            self._write_object(sha256, _compressor()(content))

    def make_durable(self) -> None:
        """Make what was written durable without logging it. Raises :class:`IngestError` as :meth:`write` does."""
        with self._refusals(), self._logging:
            self._make_durable()

    def log(self, run_id: str, records: Iterable[CaptureRecord]) -> None:
        """Make what was written durable, then log it. Raises :class:`IngestError` as :meth:`write` does."""
        lines = [_line(record) for record in records]
        if lines:
            # one at a time: what another thread is still flushing must be durable before a line here names it
            with self._refusals(), self._logging:
                self._make_durable()
                self._append(run_id, lines)

    @contextmanager
    def _refusals(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise IngestError(
                f"Cannot store captures under {str(self.root)!r}: {error.strerror or error}. "
                "Free space or make the folder writable, then run again; nothing was lost."
            ) from error

    def load(self, sha256: str) -> bytes:
        """The verified bytes of an address. Raises :class:`IngestError` if they are missing or damaged."""
        if sha256 == _NOTHING:
            return b""
        path = self._path(sha256)
        try:
            content = zstandard.ZstdDecompressor().decompress(path.read_bytes())
        except (OSError, zstandard.ZstdError) as error:
            raise IngestError(
                f"The capture {sha256} cannot be read from {str(path)!r}: {error}. {_BRING_BACK}"
            ) from error
        if sha256_of(content) != sha256:
            raise IngestError(f"The capture {sha256} is damaged: {str(path)!r} holds other bytes. {_BRING_BACK}")
        return content

    def load_all(self, sha256s: Sequence[str]) -> list[bytes]:
        """The verified bytes of many addresses, in their order. Raises what :meth:`load` raises."""
        return [self.load(sha256) for sha256 in sha256s]

    def readable(self, record: CaptureRecord) -> CaptureRecord:
        """``record``, or a record without bytes in its place that says that the bytes are lost or damaged."""
        try:
            self.load(record.sha256)
        except IngestError as error:
            return lost(record, str(error))
        return record

    def is_whole(self, sha256: str) -> bool:
        """Whether bytes are stored under an address and hash to it."""
        try:
            self.load(sha256)
        except IngestError:
            return False
        return True

    def mark_of(self, sha256: str) -> str | None:
        """Size and time of change of the stored file, which tell cheaply that it was damaged; None without a file."""
        if sha256 == _NOTHING:
            return ""
        try:
            state = os.stat(self._path_text(sha256))  # noqa: PTH116  (thousands of times)
        except OSError:
            return None
        return f"{state.st_size}:{state.st_mtime_ns}"

    def has(self, sha256: str) -> bool:
        """Whether bytes are stored under an address. :meth:`is_whole` checks that they are whole."""
        return sha256 == _NOTHING or os.path.exists(self._path_text(sha256))  # noqa: PTH110  (thousands of times)

    def logs(self) -> list[Path]:
        """The log files, oldest run first (their names begin with the time of the run)."""
        return sorted(self._log.glob("*.jsonl")) if self._log.is_dir() else []

    def logs_of(self, key: str, loaded: Container[str] = ()) -> list[Path]:
        """The logs of the warehouse with this key, of all crawls, and the logs that were ``loaded`` before."""
        return [path for path in self.logs() if path.stem.partition(".")[2] in ("", key) or path.name in loaded]

    def has_crawls(self) -> bool:
        """Whether a crawl logged captures here. The logs of crawls are of no warehouse."""
        return any("." not in path.stem for path in self.logs())

    def place_of(self, warehouse: Path) -> str:
        """The path of a warehouse as seen from the raw folder."""
        return os.path.relpath(os.path.realpath(warehouse), os.path.realpath(self.root))

    def records(self, logs: Iterable[Path] | None = None) -> Iterator[CaptureRecord]:
        """Every logged capture in the order of logging, each capture id once."""
        seen: set[str] = set()
        for path in self.logs() if logs is None else logs:
            for line in path.read_bytes().split(b"\n"):
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

    def verdicts(self, logs: Iterable[Path] | None = None) -> dict[str, FloorVerdict]:
        """The last verdict on each capture that a floor ever held back, by the id of the capture."""
        found: dict[str, FloorVerdict] = {}
        for path in self.logs() if logs is None else logs:
            content = path.read_bytes()
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

    def _path(self, sha256: str) -> Path:
        return Path(self._path_text(sha256))

    def _path_text(self, sha256: str) -> str:
        return f"{self._objects}/{sha256[:2]}/{sha256}.zst"

    def _write_object(self, sha256: str, data: bytes) -> None:
        path = self._path(sha256)
        temporary = f"{path}.{os.getpid()}.{threading.get_ident()}.tmp"  # two may come upon the same bytes at once
        flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC
        try:
            handle = os.open(temporary, flags, 0o644)
        except FileNotFoundError:
            path.parent.mkdir(parents=True, exist_ok=True)
            handle = os.open(temporary, flags, 0o644)
        try:
            left = memoryview(data)
            while left:
                left = left[os.write(handle, left) :]
        finally:
            os.close(handle)
        os.replace(temporary, path)  # noqa: PTH105  (thousands of times: strings cost less than paths)
        self._unsynced.append(path)

    def _make_durable(self) -> None:
        """Flush what was written since the last flush. Eight threads flush at once, since each mostly waits for the
        disk: 2,000 objects take 0.15 s instead of 6 s."""
        paths, self._unsynced = self._unsynced, []
        if not paths:
            return
        folders = sorted({path.parent for path in paths})
        with ThreadPoolExecutor(_FLUSHES) as pool:
            for _ in pool.map(_sync_file, paths):
                pass
            for _ in pool.map(sync_folder, folders):
                pass

    def _append(self, run_id: str, lines: list[str]) -> None:
        self._log.mkdir(parents=True, exist_ok=True)
        path = self._log / f"{run_id}.jsonl"
        is_new = not path.exists()
        with path.open("ab") as file:
            file.write(("\n".join(lines) + "\n").encode())
            file.flush()
            os.fsync(file.fileno())
        if is_new:
            sync_folder(path.parent)


def _compressor() -> Callable[[bytes], bytes]:
    return zstandard.ZstdCompressor(level=_LEVEL, write_checksum=True).compress


_VERDICT = b'"verdict":'

_FIELDS = tuple(each.name for each in fields(CaptureRecord))


def _line(record: CaptureRecord) -> str:
    known = {name: value for name in _FIELDS if (value := getattr(record, name)) not in (None, {})}
    return json.dumps(known, separators=(",", ":"))


def _sync_file(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def sync_folder(folder: Path) -> None:
    """Make the names in ``folder`` durable. A system that cannot open folders does not need this."""
    try:
        handle = os.open(folder, os.O_RDONLY)
    except OSError:
        return
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def utc_text(moment: datetime) -> str:
    """ISO 8601 in UTC with microseconds, so that texts sort like times."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds")
