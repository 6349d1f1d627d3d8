"""Batches as tasks of Prefect: each is read by the runner that the setting ``runner`` names.

The tasks are threads of the flow, and each waits for its runner. So a worker needs no Prefect and no way to its API,
and the tasks of one flow can share what cannot be pickled, such as a crawl.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from prefect import runtime, task
from prefect.cache_policies import NO_CACHE
from prefect.task_runners import ThreadPoolTaskRunner

from ingest.errors import IngestError
from ingest.pipeline import prepare_load
from ingest.runners import LostBatchError, Parcel, Sender, opened_runner

if TYPE_CHECKING:
    from prefect.client.schemas.objects import State, TaskRun
    from prefect.futures import PrefectFuture
    from prefect.tasks import Task

    from ingest.batch import Columns
    from ingest.capture.archive import Work
    from ingest.settings import Settings

AHEAD = 2
"""Batches under way for each that can be read at once: one is read while the next one is on its way."""

RETRIES = 2

_open: dict[str, Sender] = {}
"""The runners of this process: tasks are threads of it."""


def task_run_name() -> str:
    """The name of a task: the number of pages in its batch, and the first of them. A `robots.txt` is no page."""
    parcel: Parcel = runtime.task_run.parameters["parcel"]
    return f"read {parcel.pages} from {parcel.first}" if parcel.pages else f"note what is no page from {parcel.first}"


def was_lost(_: Task[..., Any], __: TaskRun, state: State[Any]) -> bool:
    """Whether a batch is to be repeated: its worker was lost. What else went wrong would go wrong again."""
    return isinstance(state.result(raise_on_failure=False), LostBatchError)


@task(
    retries=RETRIES,
    retry_delay_seconds=[1, 5],
    retry_condition_fn=was_lost,
    persist_result=False,
    cache_policy=NO_CACHE,
    task_run_name=task_run_name,
)
def read(reading: str, parcel: Parcel) -> Columns:
    """Have a batch of pages read. It shares no state with others, so it is repeated if its worker is lost."""
    return _open[reading].read(parcel)


def read_all(batches: Iterable[list[Work]], archive: str, settings: Settings) -> Iterator[Columns]:
    """Yield the results of the batches in their order. ``archive`` is the address where their bytes are stored.

    What is under way follows the number of batches that can be read at once, which bounds the memory. Raises
    :class:`IngestError` where the runner cannot be used, or a batch was lost three times.
    """
    reading = uuid4().hex
    with opened_runner(settings) as runner, ThreadPoolTaskRunner() as threads:  # type: ignore[var-annotated]
        sender = _open[reading] = Sender(runner)
        under_way: deque[PrefectFuture[Columns]] = deque()
        try:
            for batch in batches:
                while len(under_way) >= AHEAD * max(1, sender.slots()):
                    prepare_load()
                    yield taken(under_way.popleft())
                parcel = sender.parcel(batch, archive)
                under_way.append(threads.submit(read, {"reading": reading, "parcel": parcel}))
            if under_way:
                prepare_load()
            while under_way:
                yield taken(under_way.popleft())
        finally:
            del _open[reading]


def taken(future: PrefectFuture[Columns]) -> Columns:
    """Take the result out of Prefect's future. Futures refer to themselves, so results would stay in memory."""
    try:
        held = future.result()
    except LostBatchError as error:
        raise IngestError(f"{error} It was tried {RETRIES + 1} times. What was captured is kept: run again.") from error
    columns = held.copy()
    held.clear()
    return columns
