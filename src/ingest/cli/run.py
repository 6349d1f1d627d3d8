"""`ingest run`: the main job."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ingest.cli.accepted import tell_what_is_accepted
from ingest.cli.options import DryRun, Limit, MaxAge, Only, Raw, Refresh, age, moment, notice
from ingest.errors import HeldBackError, IngestError
from ingest.flow_record import recorded_run
from ingest.listed import may_list_pages
from ingest.outcome import Outcome
from ingest.pipeline import folders_of
from ingest.pipeline import run as run_pipeline
from ingest.report.closing import closing_summary
from ingest.settings import load_settings

if TYPE_CHECKING:
    from ingest.pipeline import Progress


def run(
    paths: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[PATH|URL]…",
            help="Pages, feed files, WARC files, folders of them, or URLs (of pages or sitemaps). "
            "Without any: the files in the folders of raw/, and the sources that are switched on.",
        ),
    ] = None,
    source: Annotated[
        str | None, typer.Option(help="Source of the files. By default it is recognised from their content.")
    ] = None,
    captured_at: Annotated[
        str | None,
        typer.Option(metavar="WHEN", help="When the source served them (ISO 8601, UTC if it names no zone)."),
    ] = None,
    raw: Raw = None,
    warehouse: Annotated[Path | None, typer.Option(metavar="FILE", help="The DuckDB file to publish.")] = None,
    accept: Annotated[bool, typer.Option("--accept", help="Publish although much less was read than before.")] = False,
    accept_source: Annotated[
        list[str] | None,
        typer.Option("--accept-source", metavar="NAME", help="As --accept, for this source alone; may be repeated."),
    ] = None,
    strict: Annotated[bool, typer.Option("--strict", help="Fail if rows went to quarantine.")] = False,
    limit: Limit = None,
    only: Only = None,
    max_age: MaxAge = None,
    refresh: Refresh = False,
    dry_run: DryRun = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the summary as JSON.")] = False,
) -> None:
    """Read raw pages into the warehouse. Unchanged input costs next to nothing.

    Exit status: 0 all well; 3 published, with sources or inputs held back (named on standard error); 1 nothing was
    published; 2 wrong usage; 130 stopped.
    """
    when, young = moment(captured_at), age(max_age)
    settings = load_settings(raw=raw, warehouse=warehouse)
    urls = [path for path in paths or () if "://" in path]
    files = [Path(path) for path in paths or () if "://" not in path]
    for name in accept_source or ():
        from ingest.sources import must_exist  # start-up: it imports every source

        must_exist(name)
    fetched: list[dict[str, Any]] = []
    off: dict[str, str] = {}
    if urls or (not files and may_list_pages(settings.sources)):
        from ingest.cli.fetch import fetch_before_run
        from ingest.sources import switched_off

        off = dict(switched_off())
        for name, why in off.items():
            notice(f"The source {name} is switched off: {why}.")
        fetched = fetch_before_run(
            urls, source, settings, limit=limit, only=only, max_age=young, refresh=refresh, dry_run=dry_run
        )
    if dry_run:
        print(json.dumps(fetched, indent=2) if as_json else "Nothing was read: --dry-run.")
        return
    what = " ".join(paths or ()) or settings.raw.as_posix()
    name = f"ingest {what[:80]} {datetime.now(UTC):%Y-%m-%dT%H:%M}"
    with recorded_run(name, notice, settings.warehouse) as record, _progress_bar() as progress:
        summary = run_pipeline(
            settings,
            files if paths else folders_of(settings) if fetched else None,
            source=source,
            captured_at=when,
            accept=accept or frozenset(accept_source or ()),
            flow_run_id=record.flow_run_id,
            notice=notice,
            progress=progress,
        )
        summary.sources_off = off or summary.sources_off
        for report in fetched:
            summary.add_not_fetched(report["source"], report, is_asked_for=bool(urls))
        record.outcome, record.message = summary.outcome, closing_summary(summary)
    tell_what_is_accepted(settings, summary, accept_source or ())
    if settings.mirror:
        from ingest.mirror import mirror_after_run  # start-up: most projects have no mirror

        mirror_after_run(settings, notice)
    if not (fetched or summary.captures_read or summary.captures_unchanged or summary.captures_rejected):
        notice(f"There was nothing to read in {what[:200]!r}.")
    if as_json:
        print(json.dumps(summary.as_dict() | ({"fetched": fetched} if fetched else {}), indent=2))
    else:
        print(closing_summary(summary))
    if summary.outcome is not Outcome.ALL_WELL:
        is_published = summary.outcome is Outcome.HELD_BACK
        raise (HeldBackError if is_published else IngestError)(summary.not_well() or "Nothing was published.")
    if strict and summary.rows_quarantined:
        raise typer.Exit(1)


@contextmanager
def _progress_bar() -> Iterator[Progress]:
    """A progress bar on a terminal; nothing elsewhere."""
    if not sys.stderr.isatty():
        yield lambda _done, _known: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn("reading"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    console = Console(stderr=True)
    # without a thread that draws it: a process with threads cannot be forked
    with Progress(*columns, console=console, transient=True, auto_refresh=False) as bar:
        task = bar.add_task("reading", total=None)
        yield lambda done, known: bar.update(task, completed=done, total=known, refresh=True)
