"""Keep every response in the raw archive before anything reads it. ``extra`` of a capture may hold:

- ``not_data``: why it must not be read as data (``login_page``, ``http_status: 404``,
  ``duplicate: of …``, ``discovery: sitemap``);
- ``same_as``: the capture whose bytes these are; with ``not_modified`` the server said so (304);
- ``follows``: the page was read before; ``breaks_off``: why it is a part of what was sent;
- ``revokes``: captures of this crawl that were taken as data, until their body came for further URLs too;
- ``transient``: the failure may pass, the next run tries again;
- ``crawl``, ``requested``, ``final_url``, ``redirects``, ``canonical``, ``headers``, ``last_modified``: how it came.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from ingest.capture.archive import Archive, CaptureRecord, capture_id_of, sha256_of, utc_text
from ingest.capture.fetch.outcome import FetchError, Response
from ingest.capture.fetch.state import Last

BATCH_PAGES = 200
BATCH_BYTES = 8 << 20
BATCH_SECONDS = 2.0
"""Captures are made durable together: at most so many, so large and so old ones wait in memory."""
_HEADERS = frozenset({
    "content-type", "content-language", "content-encoding", "last-modified", "etag", "date", "expires",
    "cache-control", "vary", "server", "link", "retry-after", "x-robots-tag", "age",
})  # fmt: skip
"""Headers that matter later; cookies and the like are not among them."""
_LONGEST_HEADER = 500


class Keeper:
    """Keeps captures in batches, while further pages are fetched; at most two batches wait in memory."""

    def __init__(self, archive: Archive, run_id: str, known: set[str]) -> None:
        self.archive = archive
        self._run_id = run_id
        self._known = known
        self._batch: list[tuple[CaptureRecord, bytes]] = []
        self._bytes = 0
        self._since = time.monotonic()
        self._one_at_a_time = asyncio.Lock()

    def take(self, record: CaptureRecord, body: bytes) -> None:
        """Take a capture without making it durable yet."""
        if not self._batch:
            self._since = time.monotonic()
        self._batch.append((record, body))
        self._bytes += len(body)

    async def add(self, record: CaptureRecord, body: bytes) -> None:
        """Take a capture; a full batch is made durable."""
        self.take(record, body)
        if len(self._batch) >= BATCH_PAGES or self._bytes >= BATCH_BYTES:
            await self.flush()

    async def flush_if_old(self) -> None:
        """Make durable what has waited for long enough."""
        if self._batch and time.monotonic() - self._since >= BATCH_SECONDS:
            await self.flush()

    async def flush(self) -> None:
        """Make everything durable that was taken until now."""
        async with self._one_at_a_time:
            batch, self._batch, self._bytes = self._batch, [], 0
            if batch:
                await asyncio.shield(asyncio.to_thread(self.archive.keep, self._run_id, batch, self._known))


def discovered(crawl_id: str, url: str, response: Response, kind: str) -> tuple[CaptureRecord, bytes]:
    """What was fetched on the way to pages, as a capture: kept like everything that came, and no data."""
    extra = transport_of(crawl_id, response) | {"discovery": kind, "not_data": f"discovery: {kind}"}
    return record_of(url, response, extra, location=url, sha256=sha256_of(response.body)), response.body


def transport_of(crawl_id: str, response: Response) -> dict[str, Any]:
    """How a response came: what a reader of the archive may want to know later."""
    headers = kept_headers(response.headers)
    extra: dict[str, Any] = {"crawl": crawl_id, "headers": headers}
    if response.redirects:
        extra["final_url"] = response.url
        extra["redirects"] = [{"status": status, "to": target} for status, target in response.redirects]
    if "last-modified" in headers:
        extra["last_modified"] = headers["last-modified"]
    return extra


def kept_headers(headers: Mapping[str, str]) -> dict[str, str]:
    """The headers that matter later, none longer than it needs to be. Names are in lower case."""
    return {name: value[:_LONGEST_HEADER] for name, value in headers.items() if name in _HEADERS}


def record_of(
    url: str, response: Response, extra: dict[str, Any], *, location: str, sha256: str, source: str | None = None
) -> CaptureRecord:
    """The log record of a response for the page ``url`` that stands at ``location``."""
    if location != url:
        extra["requested"] = url
    return CaptureRecord(
        capture_id=capture_id_of(location, sha256, response.received_at),
        location=location,
        sha256=sha256,
        bytes=len(response.body),
        recorded_at=utc_text(datetime.now(UTC)),
        source=source,
        captured_at=response.received_at,
        media_type=(response.media_type or "")[:200] or None,
        http_status=response.status,
        etag=response.headers.get("etag", "")[:_LONGEST_HEADER] or None,
        extra=extra,
    )


def unchanged(
    url: str, response: Response, last: Last | None, extra: dict[str, Any], source: str | None
) -> CaptureRecord:
    """A capture for a 304 answer: the bytes of the last capture, with the time of now."""
    if last is None or not last.is_data:
        raise FetchError("http_304", "the server says that nothing has changed, and was not asked")
    extra |= {"not_modified": True, "same_as": last.capture_id}
    if last.last_modified:
        extra.setdefault("last_modified", last.last_modified)
    if last.canonical:
        extra["canonical"] = last.canonical
    record = record_of(url, response, extra, location=last.location, sha256=last.sha256, source=source)
    etag = record.etag or last.etag
    return replace(record, bytes=last.bytes, media_type=last.media_type, etag=etag)
