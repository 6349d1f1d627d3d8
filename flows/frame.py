"""What every flow of this project has around its work: a time limit, a sign of life, a final state, its artifacts."""

from __future__ import annotations

import logging
import signal
import threading
from asyncio import CancelledError
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from types import FrameType
from typing import TYPE_CHECKING, Any

from ingest_flows import alerts, healing
from prefect import Flow, get_run_logger, runtime
from prefect.artifacts import create_markdown_artifact, create_table_artifact
from prefect.client.schemas.objects import FlowRun, State
from prefect.exceptions import FailedRun, TerminationSignal
from prefect.states import Completed, Failed

from ingest.errors import IngestError
from ingest.lives import alive
from ingest.outcome import STATE_OF, Outcome
from ingest.settings import Settings, load_settings

if TYPE_CHECKING:
    from ingest.summary import Summary

SECONDS_IN_HOUR = 3600


class SaidByItsState(logging.Filter):
    """Leaves out the trace that Prefect logs of a run that ends as Failed: the message of the state says why."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether to log: an error of the program keeps its trace."""
        return not (record.exc_info and isinstance(record.exc_info[1], FailedRun))


_SAID_BY_ITS_STATE = SaidByItsState()


def log_no_trace_of_failures() -> None:
    """Leave out, in this process, the trace that Prefect logs of a run whose state says why it failed."""
    logging.getLogger("prefect.flow_runs").addFilter(_SAID_BY_ITS_STATE)  # nothing happens the second time


def time_limit() -> float:
    """The seconds that a flow may take: the setting ``run_hours``. One run that hangs must not hold all others."""
    try:
        return load_settings().run_hours * SECONDS_IN_HOUR
    except IngestError:  # the run itself says what is wrong
        return SECONDS_IN_HOUR


def due() -> str:
    """When this run was due, in UTC: ``2026-11-22T06:00``."""
    when = runtime.flow_run.scheduled_start_time or datetime.now(UTC)
    return f"{when.astimezone(UTC):%Y-%m-%dT%H:%M}"


def watched(
    settings: Settings, subject: str, work: Callable[[alerts.Report], State[dict[str, Any]]]
) -> State[dict[str, Any]]:
    """The final state of a flow that does ``work``; while it does, others see that its process is there.

    A run that a later one makes needless is skipped. ``subject`` is the source that the flow reads, or the name of the
    flow. ``work`` notes in the report what it found, and the alerts that this asks for are sent. An
    :class:`IngestError` becomes the message of the state: it is written for people, and a trace beside it would fill
    their screen.
    """
    log_no_trace_of_failures()
    if (why := healing.superseded()) is not None:
        return Completed(name=healing.SKIPPED, message=why)  # a cancelled one ends its process with a trace
    with alive(settings.warehouse, runtime.flow_run.id), _stops() as came:
        report = alerts.Report(subject, str(runtime.flow_run.name), runtime.flow_run.id, runtime.deployment.id)
        try:
            final = work(report)
        except (Exception, CancelledError) as error:
            if came:  # a library made an error of its own of it; whoever ended the run tells of that
                raise (KeyboardInterrupt if came == [signal.SIGINT] else TerminationSignal(signal=came[0])) from error
            if isinstance(error, IngestError):
                report.failed(error)
                _send(settings, report)
                return Failed(message=str(error))
            # Prefect cancels what takes longer than the time limit, and nothing else raises this in a flow like these
            report.failed(TimeoutError() if isinstance(error, CancelledError) else error)
            _send(settings, report)
            raise
        _send(settings, report)
        return final


@contextmanager
def _stops() -> Iterator[list[int]]:
    """Note the signals that stop this process within the block. What they did before, they do still."""
    came: list[int] = []
    before: dict[int, Any] = {}
    if threading.current_thread() is threading.main_thread():
        handlers = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
        before = {number: handler for number, handler in handlers.items() if callable(handler)}

    def note(number: int, frame: FrameType | None) -> None:
        came.append(number)
        before[number](number, frame)

    for number in before:
        signal.signal(number, note)
    try:
        yield came
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _send(settings: Settings, report: alerts.Report) -> None:
    """Send what a run has to say. Trouble with that is logged: the run came out as it did."""
    try:
        troubles = alerts.send(settings, report)
    except OSError as error:
        troubles = [f"Alerts cannot be kept beside the warehouse ({error}), so none was sent."]
    for trouble in troubles:
        get_run_logger().warning("%s", trouble)


def on_crashed(flow: Flow[..., Any], flow_run: FlowRun, state: State[Any]) -> None:
    """Tell of a run whose process was killed. Prefect's runner or worker calls this, since the run itself cannot."""
    flow_run.state = state
    given = {name: flow_run.parameters.get(name) for name in ("raw", "warehouse")}
    with suppress(IngestError):  # `ingest serve` notices and tells of it too
        alerts.crashed(load_settings(**given), [flow_run])


OPTIONS: dict[str, Any] = {
    "persist_result": False, "timeout_seconds": time_limit(), "on_crashed": [on_crashed],
}  # fmt: skip
"""What all flows of this project are made with, beside their names."""


def end(summary: Summary, data: dict[str, Any]) -> State[dict[str, Any]]:
    """The final state of a run by its outcome. Raises :class:`IngestError` where nothing was published."""
    if summary.outcome is Outcome.NOTHING_PUBLISHED:
        raise IngestError(summary.not_well() or "Nothing was published.")
    _, name = STATE_OF[summary.outcome]
    return Completed(name=name, message=summary.not_well() or in_one_line(summary), data=data)


def in_one_line(summary: Summary) -> str:
    """What a run did, in one line."""
    return (
        f"{summary.captures_read:,} read, {summary.captures_unchanged:,} unchanged, "
        f"{summary.captures_rejected:,} rejected; {summary.rows_written:,} rows written, "
        f"{summary.rows_quarantined:,} quarantined."
    )


def leave_table(rows: list[dict[str, Any]], key: str, description: str) -> None:
    """Leave a table artifact. What was published stays published where that fails, so the flow goes on."""
    try:
        create_table_artifact(rows, key=key, description=description)
    except Exception as error:
        _not_left(key, error)


def leave_text(markdown: str, key: str, description: str) -> None:
    """As :func:`leave_table`, for text in Markdown."""
    try:
        create_markdown_artifact(markdown, key=key, description=description)
    except Exception as error:
        _not_left(key, error)


def _not_left(key: str, error: Exception) -> None:
    get_run_logger().warning(
        "The artifact %r could not be written (%s); nothing else is lost.", key, type(error).__name__
    )
