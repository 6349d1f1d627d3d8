"""The main job as a Prefect flow: batches of pages are tasks, and one writer loads them."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ingest_flows.alerts import Report
from ingest_flows.artifacts import changes_of, counted, held_back_of, quarantine_of
from ingest_flows.frame import OPTIONS, due, end, leave_table, leave_text, watched
from prefect import flow, get_run_logger, runtime, task
from prefect.cache_policies import NO_CACHE
from prefect.client.schemas.objects import State

from ingest.batch import Columns, read_batch
from ingest.capture.archive import Work
from ingest.outcome import Accept
from ingest.pipeline import Summary, default_paths, folders_of, open_run
from ingest.report.closing import closing_summary
from ingest.settings import Settings, load_settings

if TYPE_CHECKING:
    from prefect.futures import PrefectFuture


def flow_run_name() -> str:
    """The name of a run: what it reads and when it was due, ``ingest raw/pages 2026-11-22T06:00`` (UTC)."""
    given = runtime.flow_run.parameters
    settings = load_settings(raw=given.get("raw"))
    paths = given.get("paths") or [str(folder) for folder in folders_of(settings)] or [str(settings.raw)]
    more = f" and {len(paths) - 2} more" if len(paths) > 2 else ""
    return f"ingest {', '.join(paths[:2])}{more} {due()}"


def task_run_name() -> str:
    """The name of a task: the number of pages in its batch, and the first of them. A `robots.txt` is no page."""
    batch = runtime.task_run.parameters["batch"]
    pages = [work.record.location for work in batch if "not_data" not in work.record.extra]
    return f"read {len(pages)} from {pages[0]}" if pages else f"note {len(batch)} that are no pages"


@task(retries=2, retry_delay_seconds=[2, 10], persist_result=False, cache_policy=NO_CACHE, task_run_name=task_run_name)
def read(batch: Sequence[Work]) -> Columns:
    """Read a batch of pages. It shares no state, so it can run anywhere and be repeated if a worker is lost."""
    return read_batch(batch)


def read_all(batches: Iterable[list[Work]], at_once: int) -> Iterator[Columns]:
    """Yield the results of the batches in their order. At most ``at_once`` are under way, which bounds the memory."""
    under_way: deque[PrefectFuture[Columns]] = deque()
    for batch in batches:
        if len(under_way) == at_once:
            yield taken(under_way.popleft())
        under_way.append(read.submit(batch))
    while under_way:
        yield taken(under_way.popleft())


def taken(future: PrefectFuture[Columns]) -> Columns:
    """Take the result out of Prefect's future. Futures refer to themselves, so results would stay in memory."""
    held = future.result()
    columns = held.copy()
    held.clear()
    return columns


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
        tables = read_all(batches, at_once=2 * (settings.workers or os.cpu_count() or 1))
        return run.load(tables, flow_run_id=runtime.flow_run.id, accept=accept)


def leave_outcome(settings: Settings, summary: Summary) -> None:
    """Log what a run did, and leave it as artifacts: the counts, and where there are any, the changes, what went to
    quarantine and what is held back, worst first."""
    get_run_logger().info("%s", closing_summary(summary))
    leave_table(counted(settings.warehouse, summary), "ingest-pages", f"Run `{summary.run_id}`")
    if summary.rows_written:
        leave_text(changes_of(settings.warehouse, summary.run_id), "changes", "What the run changed, worst first")
    if summary.rows_quarantined:
        leave_text(quarantine_of(settings), "quarantine", "Rows that could not be used, the most frequent reason first")
    if summary.held_back:
        leave_text(held_back_of(summary), "held-back", "Sources and inputs that are held back")
    if settings.site or settings.export:
        from ingest_flows.desk import make_again  # start-up: most projects make no pages after a run

        make_again(settings, summary)


if __name__ == "__main__":
    ingest_pages()
