"""`ingest fetch`: pages over HTTP into the raw archive."""

from __future__ import annotations

import json
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ingest.cli.output import printable

if TYPE_CHECKING:
    from ingest.capture.fetch import CrawlReport, Options, Target

_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
_MOST_LISTED = 20

Limit = Annotated[int | None, typer.Option(min=1, metavar="N", help="Fetch at most N pages now; the next run goes on.")]
Only = Annotated[
    str | None, typer.Option(metavar="PATTERN", help="Only URLs that fit, with * and ?, or that hold this text.")
]
MaxAge = Annotated[
    str | None, typer.Option(metavar="AGE", help="Leave out pages that came more recently, as 90m, 12h or 7d.")
]
Refresh = Annotated[bool, typer.Option("--refresh", help="Fetch in full what the server may say has not changed.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Find the pages and list them; fetch and keep none.")]


def fetch(
    urls: Annotated[list[str] | None, typer.Argument(metavar="URL…", help="Pages, or sitemaps.")] = None,
    source: Annotated[str | None, typer.Option(help="Source of the pages; without URLs, its own list.")] = None,
    limit: Limit = None,
    only: Only = None,
    max_age: MaxAge = None,
    refresh: Refresh = False,
    dry_run: DryRun = False,
    rate: Annotated[float | None, typer.Option(min=0, help="Requests a second to one host; 0: no limit.")] = None,
    raw: Annotated[Path | None, typer.Option(metavar="DIR", help="Folder of raw input and captures.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the report as JSON.")] = False,
) -> None:
    """Fetch pages into the raw archive, politely. The next `ingest run` reads what has come."""
    from ingest.capture.fetch import crawl  # noqa: PLC0415
    from ingest.settings import load_settings  # noqa: PLC0415

    settings = load_settings(raw=raw, fetch_rate=rate)
    target = target_of(urls or [], source)
    options = options_of(limit, only, max_age, refresh=refresh, dry_run=dry_run)

    def notice(text: str) -> None:
        print(printable(text), file=sys.stderr)

    with stop_on_signal() as stop:
        report = crawl(target, settings, options, notice=notice, stop=stop)
    print(json.dumps(report.as_dict(), indent=2) if as_json else closing_report(report))
    if report.stopped:
        raise typer.Exit(130)
    if report.found and not report.would_fetch and report.tried and not report.fetched and report.failures:
        raise typer.Exit(1)


def target_of(urls: list[str], source: str | None) -> Target:
    """What to crawl: the URLs that were given, else the source's own list."""
    from ingest.capture.fetch import Target  # noqa: PLC0415
    from ingest.sources import sources  # noqa: PLC0415

    if urls:
        return Target.of(urls, source)
    if source is None:
        raise typer.BadParameter("Name URLs to fetch, or a source that has a list of its own with --source.")
    known = sources().get(source)
    if known is None:
        raise typer.BadParameter(f"There is no source {source!r}; there are: {', '.join(sources())}.")
    find = known.settings.get("find")
    if not find:
        raise typer.BadParameter(f"The source {source!r} has no list of pages (find) in its source.yaml.")
    return Target.from_settings(source, find)


def options_of(
    limit: int | None, only: str | None, max_age: str | None, *, refresh: bool = False, dry_run: bool = False
) -> Options:
    """The options of a crawl from those of a command line."""
    from ingest.capture.fetch import Options  # noqa: PLC0415

    return Options(limit, only, age(max_age), refresh, dry_run)


def age(text: str | None) -> timedelta | None:
    """A length of time such as ``90m``, ``12h`` or ``7d``."""
    if text is None:
        return None
    number, unit = text[:-1], _UNITS.get(text[-1:])
    try:
        return timedelta(**{unit or "": float(number)})
    except (TypeError, ValueError, OverflowError):
        raise typer.BadParameter(f"{text!r} is no age, such as 90m, 12h or 7d.") from None


def closing_report(report: CrawlReport) -> str:
    """What a crawl did, for people: a few plain lines."""

    def reasons(counts: dict[str, int]) -> str:
        inner = ", ".join(f"{printable(name)} {n}" for name, n in sorted(counts.items(), key=lambda item: -item[1]))
        return f" ({inner})" if inner else ""

    if report.would_fetch or (not report.tried and not report.requests and not report.failures):
        listed = [printable(url) for url in report.would_fetch]
        return "\n".join([f"{len(listed):,} of {report.found:,} pages would be fetched", *listed])
    soft = sum(report.soft_failures.values())
    lines = [
        f"pages      {report.found:,} found, {report.done_before:,} done before, {report.fresh:,} young enough, "
        f"{report.left:,} left",
        f"fetched    {report.fetched:,} ({report.unchanged:,} unchanged, {report.duplicates:,} of pages that had come)",
        f"no data    {soft:,}{reasons(report.soft_failures)}",
        f"failed     {sum(report.failed.values()):,}{reasons(report.failed)}",
        f"requests   {report.requests:,} in {report.seconds:.1f} s, {report.bytes / 1e6:.1f} MB",
    ]
    for failure in report.failures[:_MOST_LISTED]:
        detail = f": {failure.detail}" if failure.detail else ""
        lines.append(printable(f"  {failure.url}  {failure.reason}{detail}"))
    if len(report.failures) > _MOST_LISTED:
        lines.append(f"  and {len(report.failures) - _MOST_LISTED:,} more (--json lists them)")
    if report.stopped:
        lines.append("stopped; the next run goes on from here")
    return "\n".join(lines)


@contextmanager
def stop_on_signal() -> Iterator[threading.Event]:
    """An event that Ctrl-C and SIGTERM set: what is under way is kept. A second signal ends at once."""
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
