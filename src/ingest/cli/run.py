"""`ingest run`: the main job."""

from __future__ import annotations

import json
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ingest.cli.fetch import (
    DryRun,
    Limit,
    MaxAge,
    Only,
    Refresh,
    age,
    closing_report,
    options_of,
    stop_on_signal,
    target_of,
)
from ingest.cli.output import printable

if TYPE_CHECKING:
    from collections.abc import Callable

    from ingest.capture.fetch import Options, Target
    from ingest.pipeline import Progress, Summary
    from ingest.settings import Settings


def run(
    paths: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[PATH|URL]…",
            help="Pages, feed files, WARC files, folders of them, or URLs (of pages or sitemaps). "
            "Without any: what lies in the folders of raw/, and the sources that are switched on.",
        ),
    ] = None,
    source: Annotated[
        str | None, typer.Option(help="Source of the files; without it, told from their content.")
    ] = None,
    captured_at: Annotated[
        str | None,
        typer.Option(metavar="WHEN", help="When the source served them (ISO 8601, UTC where it says no zone)."),
    ] = None,
    raw: Annotated[Path | None, typer.Option(metavar="DIR", help="Folder of raw input and captures.")] = None,
    warehouse: Annotated[Path | None, typer.Option(metavar="FILE", help="The DuckDB file to publish.")] = None,
    accept: Annotated[bool, typer.Option("--accept", help="Publish although much less was read than before.")] = False,
    strict: Annotated[bool, typer.Option("--strict", help="Fail when rows went to quarantine.")] = False,
    limit: Limit = None,
    only: Only = None,
    max_age: MaxAge = None,
    refresh: Refresh = False,
    dry_run: DryRun = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the summary as JSON.")] = False,
) -> None:
    """Read raw pages into the warehouse. What was read before and has not changed costs next to nothing."""
    from ingest.flow_record import recorded_run  # noqa: PLC0415
    from ingest.pipeline import run as run_pipeline  # noqa: PLC0415
    from ingest.settings import load_settings  # noqa: PLC0415

    when, _ = moment(captured_at), age(max_age)
    settings = load_settings(raw=raw, warehouse=warehouse)

    def notice(text: str) -> None:
        print(printable(text), file=sys.stderr)

    urls = [path for path in paths or () if "://" in path]
    files = [Path(path) for path in paths or () if "://" not in path]
    fetched = []
    for target in _targets(urls, files, source, settings):
        options = options_of(limit, only, max_age, refresh=refresh, dry_run=dry_run)
        fetched.append(_fetch(target, settings, options, notice))
    if dry_run:
        print(json.dumps(fetched, indent=2) if as_json else "Nothing was read: --dry-run.")
        return
    what = " ".join(paths or ()) or settings.raw.as_posix()
    name = f"ingest {what[:80]} {datetime.now(UTC):%Y-%m-%dT%H:%M}"
    with recorded_run(name, notice) as record, _progress_bar() as progress:
        summary = run_pipeline(
            settings,
            files if paths else None,
            source=source,
            captured_at=when,
            accept=accept,
            flow_run_id=record.flow_run_id,
            notice=notice,
            progress=progress,
        )
        record.message = closing_summary(summary)
    if not (fetched or summary.captures_read or summary.captures_unchanged or summary.captures_rejected):
        notice(f"There was nothing to read in {what[:200]!r}.")
    if as_json:
        print(json.dumps(summary.as_dict() | ({"fetched": fetched} if fetched else {}), indent=2))
    else:
        print(closing_summary(summary))
    if strict and summary.rows_quarantined:
        raise typer.Exit(1)


def _targets(urls: list[str], files: list[Path], source: str | None, settings: Settings) -> list[Target]:
    """What is to be fetched: the URLs given; without anything given, the lists of the sources switched on."""
    if urls:
        return [target_of(urls, source)]
    if files:
        return []
    from ingest.sources import switched_on  # noqa: PLC0415

    return [target_of([], name) for name in switched_on(settings.sources) if source in (None, name)]


def _fetch(target: Target, settings: Settings, options: Options, notice: Callable[[str], None]) -> dict[str, Any]:
    """Fetch into the archive, where the run that follows finds it; gives the report."""
    from ingest.capture.fetch import crawl  # noqa: PLC0415

    with stop_on_signal() as stop:
        report = crawl(target, settings, options, notice=notice, stop=stop)
    notice(closing_report(report))
    if report.stopped:
        raise typer.Exit(130)
    return report.as_dict()


def closing_summary(summary: Summary) -> str:
    """What a run did, for people: a few plain lines."""

    def reasons(counts: dict[str, int]) -> str:
        return f" ({', '.join(f'{printable(name)} {n}' for name, n in counts.items())})" if counts else ""

    took = sum(summary.seconds.values())
    lines = [
        f"pages      {summary.captures_read:,} read, {summary.captures_unchanged:,} unchanged, "
        f"{summary.captures_rejected:,} rejected{reasons(summary.rejected)}",
        *(f"           {printable(file)}" for file in summary.rejected_files),
        f"rows       {summary.rows_written:,} written, "
        f"{summary.rows_quarantined:,} quarantined{reasons(summary.quarantined)}",
    ]
    if summary.captures_read or summary.captures_rejected:
        failed = sum(summary.checks_failed.values())
        lines += [
            f"checks     {summary.checks_passed:,} passed, {failed:,} failed{reasons(summary.checks_failed)}",
            f"unread     {summary.unread_lines:,} lines",
            f"warehouse  {summary.models:,} models, {summary.scores:,} scores, {summary.prices:,} prices "
            f"in {printable(summary.warehouse)}",
        ]
    if took >= 1:
        lines.append("seconds    " + ", ".join(f"{step} {seconds:.2f}" for step, seconds in summary.seconds.items()))
    return "\n".join(lines)


class _progress_bar:  # noqa: N801  (used like a function)
    """A progress bar on a terminal; nothing elsewhere."""

    def __enter__(self) -> Progress:
        self._bar = None
        if not sys.stderr.isatty():
            return lambda _done, _known: None
        from rich.console import Console  # noqa: PLC0415
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn  # noqa: PLC0415

        columns = (TextColumn("reading"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
        self._bar = Progress(*columns, console=Console(stderr=True), transient=True)
        self._bar.start()
        task = self._bar.add_task("reading", total=None)
        bar = self._bar
        return lambda done, known: bar.update(task, completed=done, total=known)

    def __exit__(self, *_: object) -> None:
        if self._bar is not None:
            self._bar.stop()


def moment(text: str | None) -> datetime | None:
    """An ISO 8601 time, in UTC where it names no zone. Raises a usage error for anything else."""
    if text is None:
        return None
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter(f"{text!r} is no ISO 8601 time, such as 2026-03-25 or 2026-03-25T06:00:00Z.") from None
    return found if found.tzinfo else found.replace(tzinfo=UTC)
