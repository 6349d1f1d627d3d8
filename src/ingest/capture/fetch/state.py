"""The state of a crawl, from which an interrupted crawl resumes.

The raw archive's log says which pages came; a journal for each target, ``raw/captures/crawls/<key>.jsonl``, says
which crawl is under way, which pages it found and which failed without an answer. Nothing else is remembered.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import json
import os
import secrets
from collections.abc import Container, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

from ingest.capture.archive import BREAKS_OFF, Archive, CaptureRecord, utc_text
from ingest.capture.stores import add_durably, refusals, sync_folder
from ingest.errors import IngestError

STALE = timedelta(hours=20)
"""A crawl begun longer ago than this is not gone on with: what it fetched is no longer of today, and a daily run
begins anew."""


class Last(NamedTuple):
    """The last good capture of a page."""

    capture_id: str
    sha256: str
    bytes: int
    captured_at: str
    etag: str | None
    last_modified: str | None
    media_type: str | None
    location: str
    canonical: str | None
    is_data: bool


@dataclass(slots=True)
class Done:
    """What the log knows of the pages of a crawl.

    ``last`` holds the last good capture by the URL that was asked for; ``urls`` the URLs that this crawl is done
    with; ``titles`` what it took as the title behind each location; ``bodies`` the capture ids and URLs behind
    each SHA-256 that came in this crawl as a page; ``data`` the SHA-256 of the last capture of a page that was data.
    """

    last: dict[str, Last] = field(default_factory=dict)
    urls: set[str] = field(default_factory=set)
    titles: dict[str, tuple[str, str]] = field(default_factory=dict)
    bodies: dict[str, list[str]] = field(default_factory=dict)
    data: dict[str, str] = field(default_factory=dict)


def done(archive: Archive, crawl_id: str, wanted: Container[str]) -> Done:
    """Read from the archive's log what concerns a crawl and the pages that are ``wanted``."""
    found = Done()
    revoked: set[str] = set()
    for record in archive.records():
        extra = record.extra
        if record.http_status is None or "discovery" in extra:
            continue
        url = str(extra.get("requested", record.location))
        is_ours = extra.get("crawl") == crawl_id
        if not is_ours and url not in wanted:
            continue
        is_data = "not_data" not in extra
        revoked.update(extra.get("revokes", ()))
        if record.http_status in (200, 203, 304):
            found.last[url] = _last(record, is_data)
            if is_data and BREAKS_OFF not in extra:
                found.data[url] = record.sha256
        if is_ours and not extra.get("transient"):
            remember(found, url, record)
    if revoked:
        for url, last in found.last.items():
            if last.capture_id in revoked:
                found.last[url] = last._replace(is_data=False)
    return found


def remember(found: Done, url: str, record: CaptureRecord) -> None:
    """Note that a page of this crawl is done with."""
    found.urls.add(url)
    found.urls.add(record.location)
    if "not_data" not in record.extra:
        found.titles.setdefault(record.location, (record.sha256, str(record.extra.get("title", ""))))
    if record.extra.get("page"):
        found.bodies.setdefault(record.sha256, []).append(record.capture_id)


def _last(record: CaptureRecord, is_data: bool) -> Last:
    extra = record.extra
    return Last(
        record.capture_id,
        record.sha256,
        record.bytes,
        record.captured_at or record.recorded_at,
        record.etag,
        extra.get("last_modified"),
        record.media_type,
        record.location,
        extra.get("canonical"),
        is_data,
    )


class Journal:
    """The journal of one target, held under the kernel's lock while a crawl of it is under way."""

    def __init__(self, folder: Path, key: str) -> None:
        self.key = key
        self.crawl_id = ""
        self.found: list[str] | None = None
        self.failed: dict[str, str] = {}
        self.failed_before: list[str] = []
        self.goes_on = False
        self._folder = folder
        self._path = folder / f"{key}.jsonl"

    @contextlib.contextmanager
    def held(self) -> Iterator[None]:
        """Hold the target. Raises :class:`IngestError` while another process crawls it."""
        with self._refusals():
            self._folder.mkdir(parents=True, exist_ok=True)
            handle = os.open(self._folder / f"{self.key}.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        try:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise IngestError(
                    "Another crawl of the same pages is under way; try again when it has ended."
                ) from None
            yield
        finally:
            os.close(handle)

    def open(self, now: datetime) -> None:
        """Go on with the crawl that was left off, or begin a new one."""
        begun: datetime | None = None
        ended = True
        for line in self._lines():
            match line:
                case {"crawl": str(crawl_id), "begun": str(moment)}:
                    self.crawl_id, self.found, self.failed = crawl_id, None, {}
                    begun, ended = datetime.fromisoformat(moment), False
                    self.failed_before = [str(url) for url in line.get("failed_before", ())]
                case {"found": list(urls)}:
                    self.found = [str(url) for url in urls]
                case {"failed": str(url), "reason": str(reason)}:
                    self.failed[url] = reason
                case {"fetched": str(url)}:
                    self.failed.pop(url, None)
                case {"ended": _}:
                    ended = True
        if begun is not None and not ended and now - begun < STALE:
            self.goes_on = True
            return
        before = list(self.failed)
        self.crawl_id = f"{now:%Y%m%dT%H%M%S}-{secrets.token_hex(4)}"
        self.found, self.failed, self.failed_before, self.goes_on = None, {}, before, False
        self._replace({"crawl": self.crawl_id, "begun": utc_text(now), "failed_before": before})

    def note_found(self, urls: list[str]) -> None:
        """Which pages the crawl is about, so that going on needs no second search."""
        self.found = urls
        self.append([{"found": urls}])

    def end(self) -> None:
        """The crawl has tried every page that it found."""
        self.append([{"ended": utc_text(datetime.now(UTC))}])

    def append(self, lines: Iterable[dict[str, Any]]) -> None:
        """Add lines to the end, durably. Safe from several tasks at once."""
        data = "".join(json.dumps(line, separators=(",", ":")) + "\n" for line in lines)
        if not data:
            return
        # a line that a crash cut off must not swallow the one after it
        with self._refusals():
            add_durably(self._path, f"\n{data}".encode())

    def _replace(self, line: dict[str, Any]) -> None:
        temporary = self._path.with_suffix(".tmp")
        with self._refusals():
            with temporary.open("w", encoding="ascii") as file:
                file.write(json.dumps(line) + "\n")
                file.flush()
                os.fsync(file.fileno())
            temporary.replace(self._path)
            sync_folder(self._folder)

    def _refusals(self) -> contextlib.AbstractContextManager[None]:
        return refusals(f"Cannot write in {str(self._folder)!r}")

    def _lines(self) -> Iterator[Any]:
        if not self._path.exists():
            return
        for line in self._path.read_bytes().splitlines():
            with contextlib.suppress(ValueError):
                yield json.loads(line) if line else None


def key_of(*parts: object) -> str:
    """The name of a target's journal: a hash, so that no URL ever becomes a path."""
    return hashlib.sha256(json.dumps(parts, sort_keys=True, default=str).encode()).hexdigest()[:16]
