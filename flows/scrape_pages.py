"""Pages over HTTP as a Prefect flow: batches of URLs are tasks, then the ingest flow reads what has come."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ingest_flows.alerts import Report
from ingest_flows.frame import OPTIONS, due, end, leave_table, watched
from ingest_flows.ingest_pages import leave_outcome, read_files
from prefect import flow, get_run_logger, runtime, task
from prefect.cache_policies import NO_CACHE
from prefect.client.schemas.objects import State
from prefect.task_runners import ThreadPoolTaskRunner

from ingest.capture.fetch import Crawl, CrawlReport, Options, fetch_pages, open_crawl
from ingest.errors import IngestError
from ingest.pipeline import Summary
from ingest.report.closing import closing_report
from ingest.settings import Settings, load_settings
from ingest.targets import target_of

if TYPE_CHECKING:
    from prefect.futures import PrefectFuture

AT_ONCE = 4
"""Batches under way at once. The limit of a host holds across them; more of them serve more hosts."""
STOP_SECONDS = 30

_under_way: dict[str, tuple[Crawl, Settings, threading.Event]] = {}
"""The crawls of this process by their id: tasks are threads of the flow's process and share its crawl."""


def flow_run_name() -> str:
    """What is fetched and when it was due: ``scrape llmstats 2026-11-22T06:00`` (UTC)."""
    given = runtime.flow_run.parameters
    urls = given.get("urls") or []
    what = given.get("source") or " ".join(urls[:1]) or "nothing"
    more = f" and {len(urls) - 1} more" if len(urls) > 1 else ""
    return f"scrape {what}{more} {due()}"


def task_run_name() -> str:
    """How many pages the batch holds, and the first of them."""
    urls = runtime.task_run.parameters["urls"]
    return f"fetch {len(urls)} from {urls[0]}"


@task(persist_result=False, cache_policy=NO_CACHE, task_run_name=task_run_name)
def fetch(crawl_id: str, urls: Sequence[str]) -> CrawlReport:
    """Fetch a batch of pages into the raw archive. The fetcher has its own patience: the task is not retried, and
    what fails is left to the next run."""
    current, settings, stop = _under_way[crawl_id]
    return fetch_pages(current, settings, urls, stop=stop)


@flow(name="scrape-pages", flow_run_name=flow_run_name, **OPTIONS)
def scrape_pages(
    urls: list[str] | None = None,
    source: str | None = None,
    *,
    limit: int | None = None,
    only: str | None = None,
    max_age_hours: float | None = None,
    refresh: bool = False,
    batch_pages: int = 250,
    accept: bool = False,
    raw: Path | None = None,
    warehouse: Path | None = None,
) -> State[dict[str, Any]]:
    """Fetch pages, or those of a source's own list, and read them into the warehouse.

    A run that is cancelled keeps what came, and the next one goes on from there.

    Args:
        urls: Addresses of pages or sitemaps. No passwords: Prefect keeps parameters.
        source: A source with a list of pages of its own; or the source of the addresses.
        limit: Fetch at most so many pages.
        only: Fetch only addresses that this regular expression finds.
        max_age_hours: Leave out pages that were fetched within so many hours.
        refresh: Ask for all pages again, also those of a crawl that was cut off.
        batch_pages: Pages in one task.
        accept: Publish although the source states far less than before.
        raw: Folder of raw input. Without it, the setting of the project.
        warehouse: The DuckDB file to publish. Without it, the setting of the project.
    """
    settings = load_settings(raw=raw, warehouse=warehouse)
    max_age = timedelta(hours=max_age_hours) if max_age_hours is not None else None

    def work(report: Report) -> State[dict[str, Any]]:
        crawled, summary = fetch_and_read(
            settings, urls or [], source, Options(limit, only, max_age, refresh), batch_pages, accept=accept
        )
        report.came_out(summary)
        over: State[dict[str, Any]] = end(summary, {"crawl": crawled.as_dict(), "ingest": summary.as_dict()})
        return over

    final: State[dict[str, Any]] = watched(settings, source or "scrape-pages", work)
    return final


def fetch_and_read(
    settings: Settings,
    urls: list[str],
    source: str | None,
    options: Options,
    batch_pages: int = 250,
    *,
    accept: bool = False,
) -> tuple[CrawlReport, Summary]:
    """Fetch in tasks, read what came, and leave the artifacts of both. What could not be fetched is held back.

    Raises :class:`ingest.IngestError` when nothing can be kept or read.
    """
    if any("@" in url.partition("//")[2].partition("/")[0] for url in urls):
        raise IngestError("A flow's parameters are kept by Prefect: put a password into INGEST_FETCH_HEADERS instead.")
    log = get_run_logger()
    with open_crawl(target_of(urls, source), settings, options, notice=log.info) as current:
        batches = [current.todo[at : at + batch_pages] for at in range(0, len(current.todo), batch_pages)]
        for done in fetch_all(current, settings, batches):
            current.report.add(done)
    crawled = current.report
    log.info("%s", closing_report(crawled))
    leave_table(outcome(crawled), "scrape-pages", f"Crawl `{crawled.crawl_id}`")
    summary = read_files(settings, [], source, accept=accept)
    summary.add_not_fetched(source, crawled.as_dict(), is_asked_for=bool(urls))
    leave_outcome(settings, summary)
    return crawled, summary


def fetch_all(current: Crawl, settings: Settings, batches: Sequence[Sequence[str]]) -> Iterator[CrawlReport]:
    """What came of each batch. However this ends, no task goes on fetching afterwards."""
    crawl_id, stop = current.report.crawl_id, threading.Event()
    _under_way[crawl_id] = (current, settings, stop)
    waiting: list[PrefectFuture[CrawlReport]] = []
    with ThreadPoolTaskRunner() as threads:  # type: ignore[var-annotated]  # whatever runner the flow was given
        try:
            for batch in batches:
                if len(waiting) == AT_ONCE:
                    yield waiting.pop(0).result()
                waiting.append(threads.submit(fetch, {"crawl_id": crawl_id, "urls": batch}))
            while waiting:
                yield waiting.pop(0).result()
        finally:
            stop.set()
            for future in waiting:
                future.wait(STOP_SECONDS)
            del _under_way[crawl_id]


def outcome(report: CrawlReport) -> list[dict[str, str | int]]:
    """The report as the rows of a table: what was counted, how many, and by which reason."""
    rows: list[tuple[str, int, dict[str, int]]] = [
        ("pages found", report.found, {}),
        ("pages done before", report.done_before, {}),
        ("pages young enough", report.fresh, {}),
        ("pages fetched", report.fetched, {}),
        ("pages unchanged", report.unchanged, {}),
        ("pages that had come", report.duplicates, {}),
        ("soft failures", sum(report.soft_failures.values()), report.soft_failures),
        ("failures", sum(report.failed.values()), report.failed),
        ("pages left", report.left, {}),
        ("requests", report.requests, {}),
    ]
    return [
        {"outcome": what, "count": count, "of which": ", ".join(f"{name} {n}" for name, n in reasons.items())}
        for what, count, reasons in rows
    ]
