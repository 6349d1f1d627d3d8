"""The main job as a Prefect flow: batches of pages are tasks, and one writer loads them."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ingest_flows.alerts import Report
from ingest_flows.frame import OPTIONS, due, end, leave_table, leave_text, watched
from ingest_flows.reading import read_all
from prefect import flow, get_run_logger, runtime
from prefect.client.schemas.objects import State

from ingest.errors import IngestError
from ingest.outcome import Accept
from ingest.pipeline import Summary, default_paths, folders_of, open_run
from ingest.report.closing import closing_summary
from ingest.settings import Settings, load_settings


def flow_run_name() -> str:
    """The name of a run: what it reads and when it was due, ``ingest raw/pages 2026-11-22T06:00`` (UTC)."""
    given = runtime.flow_run.parameters
    paths = given.get("paths") or []
    with suppress(IngestError, OSError):  # the run itself says what is wrong
        settings = load_settings(raw=given.get("raw"))
        paths = paths or [str(folder) for folder in folders_of(settings)] or [str(settings.raw)]
    more = f" and {len(paths) - 2} more" if len(paths) > 2 else ""
    return f"ingest {', '.join(paths[:2]) or 'pages'}{more} {due()}"


@flow(name="ingest-pages", flow_run_name=flow_run_name, **OPTIONS)
def ingest_pages(
    paths: list[str] | None = None,
    source: str | None = None,
    *,
    captured_at: datetime | None = None,
    accept: list[str] | None = None,
    raw: Path | None = None,
    warehouse: Path | None = None,
) -> State[dict[str, Any]]:
    """Read pages and feed files into the warehouse. Fetches nothing: the flow of each source does that.

    The state of the run says how it came out: Completed, Held back (published, and sources or inputs are held back; the
    message names them), or Failed (nothing was published; the next run goes on with what was captured).

    Args:
        paths: Pages, feed files, WARC files or folders of them. Without any: the folders in raw/.
        source: Source of the files. Without one, it is recognised from their content.
        captured_at: When the source served the files. Without it, the day that the page or the path states.
        accept: Sources whose files are published although they state far less than before, or look cut off.
        raw: Folder of raw input. Without it, the setting of the project.
        warehouse: The DuckDB file to publish. Without it, the setting of the project.
    """
    settings = load_settings(raw=raw, warehouse=warehouse)

    def work(report: Report) -> State[dict[str, Any]]:
        files = default_paths(settings) if paths is None else [Path(path) for path in paths]
        summary = read_files(settings, files, source, captured_at, accept=frozenset(accept or ()))
        report.came_out(summary)
        leave_outcome(settings, summary)
        over: State[dict[str, Any]] = end(summary, summary.as_dict())
        return over

    final: State[dict[str, Any]] = watched(settings, "ingest-pages", work)
    return final


def read_files(
    settings: Settings,
    files: list[Path],
    source: str | None = None,
    captured_at: datetime | None = None,
    *,
    accept: Accept = False,
) -> Summary:
    """Read files in tasks and load what they say. Raises :class:`ingest.IngestError` where nothing can be published."""
    if captured_at is not None and captured_at.tzinfo is None:
        captured_at = captured_at.replace(tzinfo=UTC)
    with open_run(settings, get_run_logger().info) as run:
        batches = run.batches(files, source, captured_at, accept=accept)
        tables = read_all(batches, run.archive.address, settings)
        return run.load(tables, flow_run_id=runtime.flow_run.id, accept=accept)


def leave_outcome(settings: Settings, summary: Summary) -> None:
    """Log what a run did, and leave it as artifacts: the counts, and where there are any, the changes, what went to
    quarantine and what is held back, worst first."""
    # start-up: what the load needs too is imported with it, while others read
    from ingest_flows.artifacts import changes_of, counted, held_back_of, quarantine_of

    from ingest.mirror import mirror_after_run

    get_run_logger().info("%s", closing_summary(summary))
    leave_table(counted(settings.warehouse, summary), "ingest-pages", f"Run `{summary.run_id}`")
    if summary.rows_written:
        leave_text(changes_of(settings.warehouse, summary.run_id), "changes", "What the run changed, worst first")
    if summary.rows_quarantined:
        leave_text(quarantine_of(settings), "quarantine", "Rows that could not be used, the most frequent reason first")
    if summary.held_back:
        leave_text(held_back_of(summary), "held-back", "Sources and inputs that are held back")
    mirror_after_run(settings, get_run_logger().info)
    if settings.site or settings.export:
        from ingest_flows.desk import make_again  # start-up: most projects make no pages after a run

        make_again(settings, summary)


if __name__ == "__main__":
    ingest_pages()
