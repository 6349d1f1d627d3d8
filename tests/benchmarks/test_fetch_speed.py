"""How fast pages come with the limit off, beside a bare httpx loop with the same concurrency.

The figure to hold: at least half of the bare loop's rate over 5,000 small pages. The server runs in a process of its
own; both sides are timed in the same run. Memory is that of a process which crawls and does nothing else.
"""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from ingest.capture.fetch import Target, crawl
from ingest.settings import Settings

SERVER = Path(__file__).parents[1] / "fetch" / "server.py"
PAGES = int(os.environ.get("FETCH_PAGES", "5000"))
BODY_BYTES = 4000
CONCURRENCY = 16


@pytest.fixture(scope="module")
def site() -> Iterator[str]:
    """A server that has any page."""
    command = [sys.executable, str(SERVER), str(PAGES), str(BODY_BYTES)]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdin is not None
    assert process.stdout is not None
    yield f"http://127.0.0.1:{int(process.stdout.readline())}"
    process.stdin.close()
    process.wait(10)


async def bare(urls: list[str]) -> int:
    """What anybody would write first: a client, a few workers, and the bodies counted."""
    waiting = iter(urls)
    size = 0

    async def worker(client: httpx.AsyncClient) -> None:
        nonlocal size
        for url in waiting:
            response = await client.get(url)
            size += len(response.content)

    async with httpx.AsyncClient(limits=httpx.Limits(max_connections=CONCURRENCY), trust_env=False) as client:
        await asyncio.gather(*(worker(client) for _ in range(CONCURRENCY)))
    return size


def settings_of(raw: Path, site: str) -> Settings:
    host = site.removeprefix("http://")
    more: dict[str, Any] = {"fetch_concurrency": CONCURRENCY, "fetch_host_concurrency": CONCURRENCY}
    return Settings(raw=raw, fetch_rate=0, fetch_allow_hosts=host, **more)


def test_bare_loop(benchmark: Any, site: str) -> None:
    urls = [f"{site}/{number}" for number in range(PAGES)]
    size = benchmark.pedantic(lambda: asyncio.run(bare(urls)), rounds=3)
    assert size > PAGES * BODY_BYTES * 0.9


def test_crawl(benchmark: Any, site: str, tmp_path: Path) -> None:
    target = Target.of(f"{site}/{number}" for number in range(PAGES))
    folders = iter(range(1000))
    run = lambda: crawl(target, settings_of(tmp_path / str(next(folders)), site))  # noqa: E731
    report = benchmark.pedantic(run, rounds=3)
    assert (report.fetched, report.failures) == (PAGES, [])


def test_memory_is_flat(site: str) -> None:
    """Four times as many pages of 40 KB take no more memory than their list does."""
    code = f"""
import resource, sys
from pathlib import Path
sys.path.insert(0, {str(Path(__file__).parent)!r})
from test_fetch_speed import settings_of
from ingest.capture.fetch import Target, crawl
target = Target.of(f"{site}/{{n}}" for n in range(int(sys.argv[1])))
report = crawl(target, settings_of(Path(sys.argv[2]), {site!r}))
assert report.fetched == int(sys.argv[1])
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)
"""
    peaks = []
    for pages in (2_500, 10_000):
        with tempfile.TemporaryDirectory() as folder:
            command = [sys.executable, "-c", code, str(pages), folder]
            done = subprocess.run(command, check=False, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        peaks.append(int(done.stdout))
    print(f"peak memory, MB: {peaks[0]} for 2,500 pages, {peaks[1]} for 10,000")
    assert peaks[1] < peaks[0] + 40
