"""`ingest fetch`: pages over HTTP into the raw archive."""

from __future__ import annotations

import json
import signal
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Annotated, Any

import typer

from ingest.capture.fetch import CrawlReport, Options, Target, crawl
from ingest.cli.options import DryRun, Json, Limit, MaxAge, Only, Raw, Refresh, age, notice
from ingest.report.closing import closing_report, nothing_came
from ingest.settings import Settings, load_settings
from ingest.targets import listed_targets, target_of


def fetch(
    urls: Annotated[list[str] | None, typer.Argument(metavar="URL…", help="Pages, or sitemaps.")] = None,
    source: Annotated[str | None, typer.Option(help="Source of the pages; without URLs, its own list.")] = None,
    limit: Limit = None,
    only: Only = None,
    max_age: MaxAge = None,
    refresh: Refresh = False,
    dry_run: DryRun = False,
    rate: Annotated[float | None, typer.Option(min=0, help="Requests a second to one host; 0: no limit.")] = None,
    raw: Raw = None,
    as_json: Json = False,
) -> None:
    """Fetch pages into the raw archive, politely. The next `ingest run` reads them."""
    options = Options(limit, only, age(max_age), refresh, dry_run)
    report = _crawl(target_of(urls or [], source), load_settings(raw=raw, fetch_rate=rate), options)
    print(json.dumps(report.as_dict(), indent=2) if as_json else closing_report(report))
    if report.stopped:
        raise typer.Exit(130)
    if nothing_came(report.as_dict()):
        raise typer.Exit(1)


def fetch_before_run(
    urls: Sequence[str], source: str | None, settings: Settings, **options: Any
) -> list[dict[str, Any]]:
    """Fetch ``urls`` for the run that follows; without URLs, the lists of the sources that are switched on.

    ``options`` are those of :class:`Options`. Returns the reports as plain data. If a signal stops a crawl, the command
    ends with status 130.
    """
    reports: list[dict[str, Any]] = []
    for target in [target_of(urls, source)] if urls else listed_targets(settings.sources, source):
        report = _crawl(target, settings, Options(**options))
        notice(closing_report(report))
        if report.stopped:
            raise typer.Exit(130)
        reports.append({"source": target.source, **report.as_dict()})
    return reports


def _crawl(target: Target, settings: Settings, options: Options) -> CrawlReport:
    with stop_on_signal() as stop:
        return crawl(target, settings, options, notice=notice, stop=stop)


@contextmanager
def stop_on_signal() -> Iterator[threading.Event]:
    """An event that Ctrl-C and SIGTERM set, so that the crawl ends cleanly. A second signal ends it at once."""
    stop = threading.Event()
    if threading.current_thread() is not threading.main_thread():
        yield stop
        return

    def handle(number: int, _: object) -> None:
        stop.set()
        signal.signal(number, before[signal.Signals(number)])

    before = {number: signal.signal(number, handle) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
