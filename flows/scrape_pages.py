"""Pages over HTTP as a Prefect flow: batches of URLs are tasks, then the ingest flow reads what has come."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ingest_flows.ingest_pages import ingest_pages
from prefect import flow, get_run_logger, runtime, task
from prefect.artifacts import create_table_artifact
from prefect.cache_policies import NO_CACHE

from ingest.capture.fetch import Crawl, CrawlReport, Options, fetch_pages, open_crawl
from ingest.errors import IngestError
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
    due = runtime.flow_run.scheduled_start_time or datetime.now(UTC)
    return f"scrape {what}{more} {due.astimezone(UTC):%Y-%m-%dT%H:%M}"


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


@flow(name="scrape-pages", flow_run_name=flow_run_name, persist_result=False)
def scrape_pages(
    urls: list[str] | None = None,
    source: str | None = None,
    *,
    limit: int | None = None,
    only: str | None = None,
    max_age_hours: float | None = None,
    refresh: bool = False,
    batch_pages: int = 250,
    raw: Path | None = None,
    warehouse: Path | None = None,
) -> dict[str, Any]:
    """Fetch pages, or those of a source's own list, and read them into the warehouse.

    The parameters mean what the options of ``ingest fetch`` mean. A run that is cancelled keeps what came, and the
    next one goes on from there. Gives the reports of the crawl and of the ingest flow as plain data. Raises
    :class:`ingest.IngestError` when nothing can be kept or read.
    """
    if any("@" in url.partition("//")[2].partition("/")[0] for url in urls or ()):
        raise IngestError("A flow's parameters are kept by Prefect: put a password into INGEST_FETCH_HEADERS instead.")
    settings = load_settings(raw=raw, warehouse=warehouse)
    max_age = timedelta(hours=max_age_hours) if max_age_hours is not None else None
    log = get_run_logger()

    with open_crawl(
        target_of(urls or [], source), settings, Options(limit, only, max_age, refresh), notice=log.info
    ) as (current):
        batches = [current.todo[at : at + batch_pages] for at in range(0, len(current.todo), batch_pages)]
        for report in fetch_all(current, settings, batches):
            current.report.add(report)

    log.info("%s", closing_report(current.report))
    create_table_artifact(outcome(current.report), key="scrape-pages", description=f"Crawl `{current.report.crawl_id}`")
    summary = ingest_pages(paths=[], source=source, raw=raw, warehouse=warehouse)
    return {"crawl": current.report.as_dict(), "ingest": summary}


def fetch_all(current: Crawl, settings: Settings, batches: Sequence[Sequence[str]]) -> Iterator[CrawlReport]:
    """What came of each batch. However this ends, no task goes on fetching afterwards."""
    crawl_id, stop = current.report.crawl_id, threading.Event()
    _under_way[crawl_id] = (current, settings, stop)
    waiting: list[PrefectFuture[CrawlReport]] = []
    try:
        for batch in batches:
            if len(waiting) == AT_ONCE:
                yield waiting.pop(0).result()
            waiting.append(fetch.submit(crawl_id, batch))
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
