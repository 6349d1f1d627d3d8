"""A crawl: find the pages of a target, fetch each once, keep everything that came.

:func:`crawl` does all of it in this process. A flow opens the same crawl with :func:`open_crawl` and fetches its
pages in tasks with :func:`fetch_pages`; limits hold across them (:mod:`ingest.capture.fetch.limits`).
What the captures say is in :mod:`ingest.capture.fetch.keep`.
"""

from __future__ import annotations

import asyncio
import contextlib
import secrets
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ingest.capture.archive import Archive, CaptureRecord, sha256_of, utc_text
from ingest.capture.cut import held_against
from ingest.capture.fetch.discover import Finder, until_done
from ingest.capture.fetch.keep import Keeper, discovered, record_of, transport_of, unchanged
from ingest.capture.fetch.once import Once
from ingest.capture.fetch.outcome import FetchError, Response
from ingest.capture.fetch.policy import Policy, policy_from
from ingest.capture.fetch.polite import RETRIED, Fetcher
from ingest.capture.fetch.robots import RobotsRules
from ingest.capture.fetch.state import Done, Journal, Last, done, key_of, remember
from ingest.capture.fetch.target import CrawlReport, Failure, Options, Target
from ingest.capture.fetch.urls import matches, place_of

if TYPE_CHECKING:
    from ingest.settings import Settings

Notice = Callable[[str], None]
Progress = Callable[[int, int], None]
"""Called with the number of pages done and the number to do."""

HOSTS = Path("captures") / "crawls" / "hosts"
"""Where the limits of hosts are kept, below the folder of raw input."""

_DEFAULT = Options()


@dataclass(slots=True)
class Crawl:
    """A running crawl: what was found, what is left to fetch. :func:`open_crawl` makes it; tasks may share it."""

    target: Target
    options: Options
    journal: Journal
    report: CrawlReport
    done: Done
    once: Once = field(init=False)
    todo: list[str] = field(default_factory=list)
    began: float = field(default_factory=time.monotonic)
    robots: dict[str, RobotsRules] = field(default_factory=dict)
    one_at_a_time: threading.Lock = field(default_factory=threading.Lock)


def crawl(
    target: Target,
    settings: Settings,
    options: Options = _DEFAULT,
    *,
    run_id: str | None = None,
    notice: Notice = lambda _: None,
    progress: Progress = lambda _done, _known: None,
    stop: threading.Event | None = None,
) -> CrawlReport:
    """Crawl ``target`` into the raw archive. A crawl that was cut off goes on where it was.

    The captures wait in the archive for the next run of the pipeline, which reads what is logged and not yet
    loaded; the warehouse is not touched and its lock not needed. ``stop`` ends the crawl early and in order.
    Raises :class:`IngestError` where nothing can be kept, or another process crawls the same target.
    """
    run_id = run_id or new_run_id()
    with open_crawl(target, settings, options, run_id=run_id, notice=notice, stop=stop) as current:
        if not options.dry_run:
            current.report.add(
                fetch_pages(current, settings, current.todo, run_id=run_id, progress=progress, stop=stop)
            )
    return current.report


@contextmanager
def open_crawl(
    target: Target,
    settings: Settings,
    options: Options = _DEFAULT,
    *,
    run_id: str | None = None,
    notice: Notice = lambda _: None,
    stop: threading.Event | None = None,
) -> Iterator[Crawl]:
    """Begin or resume a crawl: find its pages and give those to fetch. The crawl is complete when the block ends
    without an error and every page was tried.
    """
    lists = [asdict(each) for each in target.lists]
    key = key_of(target.urls, target.sitemaps, lists, target.source, target.only, options.only, options.refresh)
    archive = Archive.of(settings)
    journal = Journal(settings.raw / "captures" / "crawls", key)
    current = Crawl(target, options, journal, CrawlReport(), Done())
    if archive.is_elsewhere and not options.dry_run:
        notice(
            f"Captures go to {archive.address!r}. The journal of the crawl and the limits of hosts are kept below "
            f"{str(settings.raw)!r} on this machine: let no other one fetch the same pages."
        )
    with contextlib.nullcontext() if options.dry_run else journal.held():
        if not options.dry_run:
            journal.open(datetime.now(UTC))
            if journal.goes_on:
                notice("Going on with the crawl that was left off.")
        current.report.crawl_id, current.report.goes_on = journal.crawl_id, journal.goes_on
        found = journal.found
        if found is None:
            keeper = None if options.dry_run else Keeper(archive, run_id or new_run_id(), set())
            finder = Finder(target, policy_of(target, settings), keeper, current.report, current.robots)
            found = asyncio.run(finder.find(settings.raw / HOSTS, stop or threading.Event()))
            found = [url for url in found if matches(url, target.only) and matches(url, options.only)]
            if not options.dry_run and finder.is_whole:
                journal.note_found(found)
        waiting = _plan(current, found, archive)
        yield current
        report = current.report
        report.seconds = round(time.monotonic() - current.began, 3)
        report.left = waiting + (0 if options.dry_run else len(current.todo) - report.tried)
        if not options.dry_run and report.left == 0 and not report.stopped:
            journal.end()


def fetch_pages(
    current: Crawl,
    settings: Settings,
    urls: Sequence[str],
    *,
    run_id: str | None = None,
    progress: Progress = lambda _done, _known: None,
    stop: threading.Event | None = None,
) -> CrawlReport:
    """Fetch pages of an open crawl and keep them: all of it, or the batch of one task."""
    report = CrawlReport(current.report.crawl_id)
    known = {last.sha256 for url in urls if (last := current.done.last.get(url))}
    keeper = Keeper(Archive.of(settings), run_id or new_run_id(), known)
    policy = policy_of(current.target, settings)
    work = _Work(current, policy, keeper=keeper, report=report, progress=progress, stop=stop or threading.Event())
    asyncio.run(work.fetch(urls, settings.raw / HOSTS))
    return report


def new_run_id() -> str:
    """A name for a log of the archive: it begins with the time, as those of runs do."""
    return f"{datetime.now(UTC):%Y%m%dT%H%M%S%f}Z-{secrets.token_hex(3)}"


def policy_of(target: Target, settings: Settings) -> Policy:
    """How a target is fetched."""
    policy = policy_from(settings, target.per_second, target.cookies)
    own = {place: dict(headers) for place, headers in target.secrets.items()}
    return replace(policy, headers={**policy.headers, **own})


def _plan(current: Crawl, found: list[str], archive: Archive) -> int:
    """Settle what is to be fetched now; gives the number of pages that ``limit`` leaves for later."""
    options, report = current.options, current.report
    wanted = set(found)
    current.done = done(archive, current.journal.crawl_id, wanted)
    report.found = len(found)
    todo = [url for url in found if url not in current.done.urls]
    report.done_before = len(found) - len(todo)
    if options.max_age is not None:
        oldest = utc_text(datetime.now(UTC) - options.max_age)
        last = current.done.last
        old = [url for url in todo if not (url in last and last[url].is_data and last[url].captured_at >= oldest)]
        report.fresh = len(todo) - len(old)
        todo = old
    first = set(current.journal.failed_before) | set(current.journal.failed)
    todo.sort(key=lambda url: url not in first)  # stable: those that failed before come first
    current.todo = todo[: options.limit]
    current.once = Once(current.done, wanted)
    if options.dry_run:
        report.would_fetch = current.todo
    return len(todo) - len(current.todo)


class _Work:
    """The fetching of pages of one crawl: a few workers for each host, one keeper."""

    def __init__(
        self,
        current: Crawl,
        policy: Policy,
        *,
        keeper: Keeper,
        report: CrawlReport,
        progress: Progress,
        stop: threading.Event,
    ) -> None:
        self._current = current
        self._crawl_id = current.report.crawl_id
        self._source = current.target.source
        self._done = current.done
        self._policy = policy
        self._keeper = keeper
        self._report = report
        self._progress = progress
        self._stop = stop
        self._journal: list[dict[str, Any]] = []

    async def fetch(self, urls: Sequence[str], hosts: Path) -> None:
        """Fetch ``urls``. What came until an error, or until the crawl was told to stop, is kept all the same."""
        queues: dict[str, deque[str]] = {}
        for url in urls:
            queues.setdefault(place_of(url).netloc, deque()).append(url)
        self._known = len(urls)
        async with Fetcher(self._policy, hosts, self._current.robots) as fetcher:
            workers = [
                asyncio.create_task(self._worker(fetcher, queue))
                for queue in queues.values()
                for _ in range(min(self._policy.host_concurrency, len(queue)))
            ]
            try:
                await until_done(workers, self._stop, self._flush_if_old)
            finally:
                self._report.stopped = self._stop.is_set()
                self._report.requests = fetcher.requests
                for url, response in fetcher.robots_fetched:
                    self._keeper.take(*discovered(self._crawl_id, url, response, "robots"))
                await self._keeper.flush()
                self._write_journal()

    async def _worker(self, fetcher: Fetcher, queue: deque[str]) -> None:
        while queue:
            url = queue.popleft()
            try:
                await self._page(fetcher, url)
            except FetchError as error:
                self._fail(url, error.reason, error.detail)
                self._journal.append({"failed": url, "reason": error.reason})
            self._report.tried += 1
            self._progress(self._report.tried, self._known)

    async def _page(self, fetcher: Fetcher, url: str) -> None:
        if url in self._done.urls:  # another URL of this crawl turned out to be this page
            self._report.duplicates += 1
            return
        last = self._done.last.get(url)
        response = await fetcher.get(url, self._validators(last))
        with self._current.one_at_a_time:
            record = self._record(url, response, last)
            if not record.extra.get("transient"):
                remember(self._done, url, record)
        if url in self._current.journal.failed and not record.extra.get("transient"):
            self._journal.append({"fetched": url})
        self._count(url, record, response)
        await self._keeper.add(record, response.body)

    def _validators(self, last: Last | None) -> dict[str, str]:
        """What makes a request conditional. Never on what was no data: it might not have changed either."""
        if last is None or not last.is_data or self._current.options.refresh:
            return {}
        pairs = (("if-none-match", last.etag), ("if-modified-since", last.last_modified))
        return {name: value for name, value in pairs if value}

    def _record(self, url: str, response: Response, last: Last | None) -> CaptureRecord:
        extra = transport_of(self._crawl_id, response)
        if response.status == 304:
            return unchanged(url, response, last, extra, self._source)
        sha256 = sha256_of(response.body)
        if not 200 <= response.status < 300:
            extra["not_data"] = f"http_status: {response.status}"
            if response.status in RETRIED:
                extra["transient"] = True
            return record_of(url, response, extra, location=url, sha256=sha256, source=self._source)
        verdict = self._current.once.judge(url, response, sha256)
        if last is not None and last.is_data and last.sha256 == sha256:
            extra["same_as"] = last.capture_id
        facts = (
            ("not_data", verdict.not_data),
            ("canonical", verdict.canonical),
            ("title", verdict.title),
            ("page", verdict.is_page),
            ("revokes", list(verdict.revokes)),
        )
        extra |= {name: value for name, value in facts if value}
        extra |= held_against(
            self._keeper.archive, self._done.data.get(url), response.body, was_read=url in self._done.data
        )
        return record_of(url, response, extra, location=verdict.location, sha256=sha256, source=self._source)

    def _count(self, url: str, record: CaptureRecord, response: Response) -> None:
        report, extra = self._report, record.extra
        kind, _, detail = str(extra.get("not_data", "")).partition(": ")
        report.bytes += len(response.body)
        if kind == "http_status":
            self._fail(url, f"http_{detail}", "")
            if extra.get("transient"):
                self._journal.append({"failed": url, "reason": f"http_{detail}"})
            return
        report.fetched += 1
        report.not_modified += "not_modified" in extra
        report.unchanged += "same_as" in extra
        if kind == "duplicate":
            report.duplicates += 1
        elif kind:
            report.soft_failures[kind] = report.soft_failures.get(kind, 0) + 1

    def _fail(self, url: str, reason: str, detail: str) -> None:
        self._report.failures.append(Failure(url, reason, detail))
        self._report.failed[reason] = self._report.failed.get(reason, 0) + 1

    async def _flush_if_old(self) -> None:
        await self._keeper.flush_if_old()
        self._write_journal()

    def _write_journal(self) -> None:
        if self._journal:
            lines, self._journal = self._journal, []
            self._current.journal.append(lines)
