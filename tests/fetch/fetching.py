"""What the tests of fetching share besides fixtures."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

from server import Server

from ingest.capture.archive import Archive, CaptureRecord
from ingest.capture.fetch import CrawlReport, Options, Target, crawl
from ingest.capture.fetch.client import Client
from ingest.capture.fetch.limits import LATE_TURNS
from ingest.capture.fetch.outcome import Response
from ingest.capture.fetch.policy import Policy
from ingest.settings import Settings


def quick(raw: Path, *servers: Server, **more: Any) -> Settings:
    allow = ",".join(each.host for each in servers)
    fast: dict[str, Any] = {"fetch_rate": 0, "fetch_backoff_seconds": 0.01, "fetch_attempts": 3}
    return Settings(raw=raw, fetch_allow_hosts=allow, **{**fast, **more})


def fetch_one(url: str, policy: Policy, headers: dict[str, str] | None = None) -> Response:
    async def run() -> Response:
        async with Client(policy) as client:
            return await client.get(url, headers)

    return asyncio.run(run())


def fetch_all(urls: list[str], settings: Settings, **options: Any) -> CrawlReport:
    return crawl(Target.of(urls), settings, Options(**options))


def records(settings: Settings) -> list[CaptureRecord]:
    return list(Archive(settings.raw).records())


def data(settings: Settings) -> list[CaptureRecord]:
    """The captures that are to be read as data."""
    return [record for record in records(settings) if "not_data" not in record.extra]


def log_text(settings: Settings) -> str:
    """Everything that fetching wrote besides bodies."""
    folder = settings.raw / "captures"
    files = [*folder.glob("log/*"), *folder.glob("crawls/*.jsonl")]
    return "\n".join(path.read_text() for path in files)


def assert_at_most(rate: float, at: list[float]) -> None:
    """Requests come at most so often a second; only turns that passed while the process was held up are made up for."""
    assert len(at) - 1 <= rate * 1.05 * (at[-1] - at[0]) + LATE_TURNS
