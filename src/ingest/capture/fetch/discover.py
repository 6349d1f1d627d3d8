"""Finding the pages of a target, politely: sitemaps and list pages are fetched as pages are."""

from __future__ import annotations

import asyncio
import itertools
import threading
from collections import deque
from collections.abc import Awaitable, Callable
from pathlib import Path

from ingest.capture.fetch.find import ListPage, links, read_sitemap
from ingest.capture.fetch.keep import Keeper, discovered
from ingest.capture.fetch.outcome import FetchError, Response
from ingest.capture.fetch.policy import Policy
from ingest.capture.fetch.polite import RETRIED, Fetcher
from ingest.capture.fetch.robots import RobotsRules
from ingest.capture.fetch.target import CrawlReport, Failure, Target
from ingest.capture.fetch.urls import place_of

MOST_SITEMAPS = 1_000
DEEPEST_INDEX = 3
TICK_SECONDS = 0.2


class Finder:
    """Finds the pages of a target: those that it names, then those of its sitemaps and list pages."""

    def __init__(
        self,
        target: Target,
        policy: Policy,
        keeper: Keeper | None,
        report: CrawlReport,
        robots: dict[str, RobotsRules],
    ) -> None:
        self._target = target
        self._policy = policy
        self._keeper = keeper
        self._report = report
        self._robots = robots
        self._found: dict[str, None] = dict.fromkeys(target.urls)
        self.is_whole = True

    async def find(self, hosts: Path, stop: threading.Event) -> list[str]:
        """The URLs found, each once, in order. A sitemap or list that fails is reported; the others count."""
        target = self._target
        if not target.sitemaps and not target.lists:
            return list(self._found)
        async with Fetcher(self._policy, hosts, self._robots) as fetcher:
            tasks = [asyncio.create_task(self._all(fetcher))]
            try:
                await until_done(tasks, stop)
            finally:
                self.is_whole = self.is_whole and not stop.is_set()
                self._report.requests += fetcher.requests
                if self._keeper is not None:
                    for url, response in fetcher.robots_fetched:
                        self._keeper.take(*discovered(self._report.crawl_id, url, response, "robots"))
                    await self._keeper.flush()
        return list(itertools.islice(self._found, self._policy.most_pages))

    async def _all(self, fetcher: Fetcher) -> None:
        for each in self._target.lists:
            await self._list(fetcher, each)
        waiting = deque((url, 0) for url in self._target.sitemaps)
        seen = set(self._target.sitemaps)
        while waiting:
            url, depth = waiting.popleft()
            for further in await self._sitemap(fetcher, url):
                if further in seen or not self._is_ours(further, url):
                    continue
                seen.add(further)
                if depth >= DEEPEST_INDEX or len(seen) > MOST_SITEMAPS:
                    self._fail(further, FetchError("too_many_sitemaps", f"deeper than {DEEPEST_INDEX} or too many"))
                else:
                    waiting.append((further, depth + 1))

    async def _sitemap(self, fetcher: Fetcher, url: str) -> list[str]:
        response = await self._get(fetcher, url, "sitemap")
        if response is None:
            return []
        try:
            sitemap = read_sitemap(response.body, response.url, self._policy.most_bytes)
        except FetchError as error:
            self._fail(url, error)
            return []
        self._found.update(dict.fromkeys(page for page in sitemap.pages if self._is_ours(page, url)))
        return sitemap.sitemaps

    async def _list(self, fetcher: Fetcher, page: ListPage) -> None:
        url: str | None = page.url
        seen: set[str] = set()
        while url is not None and url not in seen and len(seen) < page.most_pages:
            seen.add(url)
            response = await self._get(fetcher, url, "list")
            if response is None:
                return
            try:
                pages, following = links(response.body, page, response.url)
            except FetchError as error:
                self._fail(url, error)
                return
            self._found.update(dict.fromkeys(pages))
            url = following

    async def _get(self, fetcher: Fetcher, url: str, kind: str) -> Response | None:
        try:
            response = await fetcher.get(url)
        except FetchError as error:
            self._fail(url, error)
            return None
        if self._keeper is not None:
            await self._keeper.add(*discovered(self._report.crawl_id, url, response, kind))
        if response.status != 200:
            self._fail(url, FetchError(f"http_{response.status}", kind, retry=response.status in RETRIED))
            return None
        return response

    def _is_ours(self, url: str, sitemap: str) -> bool:
        """A sitemap speaks for its own host (sitemaps.org), and for those that the settings name."""
        host, own = place_of(url).host, place_of(sitemap).host
        same = host.removeprefix("www.") == own.removeprefix("www.")
        if not same and host not in self._target.hosts:
            report = self._report
            report.failed["other_host"] = report.failed.get("other_host", 0) + 1
            return False
        return True

    def _fail(self, url: str, error: FetchError) -> None:
        """Note that pages may be missing, so that the next run searches again."""
        self.is_whole = False
        report = self._report
        report.failures.append(Failure(url, error.reason, error.detail))
        report.failed[error.reason] = report.failed.get(error.reason, 0) + 1


async def until_done(
    tasks: list[asyncio.Task[None]], stop: threading.Event, tick: Callable[[], Awaitable[None]] | None = None
) -> None:
    """Wait for all tasks; ends them when one fails or the crawl is told to stop."""
    waiting: set[asyncio.Task[None]] = set(tasks)
    try:
        while waiting and not stop.is_set():
            finished, waiting = await asyncio.wait(waiting, timeout=TICK_SECONDS, return_when=asyncio.FIRST_EXCEPTION)
            for task in finished:
                task.result()
            if tick is not None:
                await tick()
    finally:
        for task in waiting:
            task.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)
