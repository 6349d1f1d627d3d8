"""The main job as a Prefect flow: batches of pages are tasks, and one writer loads them."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from prefect import flow, get_run_logger, runtime, task
from prefect.artifacts import create_table_artifact
from prefect.cache_policies import NO_CACHE

from ingest.batch import Columns, read_batch
from ingest.capture.archive import Work
from ingest.errors import IngestError
from ingest.pipeline import Summary, default_paths, open_run
from ingest.report.closing import closing_summary
from ingest.settings import load_settings

if TYPE_CHECKING:
    from prefect.futures import PrefectFuture


def flow_run_name() -> str:
    """The name of a run: what it reads and when it was due, ``ingest raw/pages 2026-11-22T06:00`` (UTC)."""
    given = runtime.flow_run.parameters
    paths = given.get("paths") or [str(load_settings(raw=given.get("raw")).raw / "pages")]
    more = f" and {len(paths) - 2} more" if len(paths) > 2 else ""
    due = runtime.flow_run.scheduled_start_time or datetime.now(UTC)
    return f"ingest {', '.join(paths[:2])}{more} {due.astimezone(UTC):%Y-%m-%dT%H:%M}"


def task_run_name() -> str:
    """The name of a task: the number of pages in its batch, and the first of them."""
    batch = runtime.task_run.parameters["batch"]
    return f"read {len(batch)} from {batch[0].record.location}"


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


@flow(name="ingest-pages", flow_run_name=flow_run_name, persist_result=False)
def ingest_pages(
    paths: list[str] | None = None,
    source: str | None = None,
    captured_at: datetime | None = None,
    raw: Path | None = None,
    warehouse: Path | None = None,
) -> dict[str, Any]:
    """Read pages into the warehouse; without ``paths``, those in ``raw/pages``.

    The parameters have the meaning of the options of ``ingest run``; the others come from the settings of the folder in
    which the flow runs. Returns the summary as plain data. Raises :class:`ingest.IngestError` if the run fails. Then
    nothing is published, and the next run continues with the captures, so the flow itself is not retried. Also raises
    it, after all other inputs are published, if an input is cut off or damaged.
    """
    settings = load_settings(raw=raw, warehouse=warehouse)
    files = default_paths(settings) if paths is None else [Path(path) for path in paths]
    if captured_at is not None and captured_at.tzinfo is None:
        captured_at = captured_at.replace(tzinfo=UTC)
    log = get_run_logger()

    with open_run(settings, log.info) as run:
        batches = run.batches(files, source, captured_at)
        tables = read_all(batches, at_once=2 * (settings.workers or os.cpu_count() or 1))
        summary = run.load(tables, flow_run_id=runtime.flow_run.id)

    log.info("%s", closing_summary(summary))
    create_table_artifact(outcome(summary), key="ingest-pages", description=f"Run `{summary.run_id}`")
    if said := summary.not_well():
        raise IngestError(said)
    return summary.as_dict()


def outcome(summary: Summary) -> list[dict[str, str | int]]:
    """The summary as rows of a table: what was counted, the number, and the reasons."""
    rows: list[tuple[str, int, dict[str, int]]] = [
        ("pages read", summary.captures_read, {}),
        ("pages unchanged", summary.captures_unchanged, {}),
        ("pages rejected", summary.captures_rejected, summary.rejected),
        ("rows written", summary.rows_written, {}),
        ("rows quarantined", summary.rows_quarantined, summary.quarantined),
        ("checks passed", summary.checks_passed, {}),
        ("checks failed", sum(summary.checks_failed.values()), summary.checks_failed),
        ("lines unread", summary.unread_lines, {}),
        ("models in the warehouse", summary.models, {}),
        ("scores in the warehouse", summary.scores, {}),
        ("prices in the warehouse", summary.prices, {}),
    ]
    return [
        {"outcome": what, "count": count, "of which": ", ".join(f"{name} {n}" for name, n in reasons.items())}
        for what, count, reasons in rows
    ]
