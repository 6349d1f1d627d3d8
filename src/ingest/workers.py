"""Reading batches in as many processes as there are processors."""

from __future__ import annotations

import gc
import itertools
import multiprocessing
import os
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool

from ingest.batch import Columns, read_batch, warm_up
from ingest.capture.archive import Work
from ingest.errors import IngestError

Progress = Callable[[int, int], None]
"""Called with the number of captures done and the number known of so far."""

_IN_THIS_PROCESS = 60
"""Up to this many captures, starting processes takes longer than reading."""


def read_all(
    batches: Iterator[list[Work]], workers: int = 0, progress: Progress = lambda _done, _known: None
) -> Iterator[Columns]:
    """Read batches and give what they hold in order. ``workers`` 0 means as many as there are processors."""
    workers = workers or processors()
    begun = list(itertools.islice(batches, 2))
    if workers == 1 or (len(begun) < 2 and sum(map(len, begun)) <= _IN_THIS_PROCESS):
        done = 0
        for batch in itertools.chain(begun, batches):
            yield read_batch(batch)
            done += len(batch)
            progress(done, done)
        return
    yield from _read_in_processes(itertools.chain(begun, batches), workers, progress)


def processors() -> int:
    """How many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _read_in_processes(batches: Iterable[list[Work]], workers: int, progress: Progress) -> Iterator[Columns]:
    warm_up()
    gc.freeze()  # what is loaded by now stays: no collection has to look at it, here or in the children
    # forked from a process without threads, before the libraries of the load are imported: children stay small
    method = "fork" if "fork" in multiprocessing.get_all_start_methods() else "spawn"
    waiting: deque[tuple[int, Future[Columns]]] = deque()
    done = known = 0
    try:
        with ProcessPoolExecutor(workers, multiprocessing.get_context(method), _end_with_parent) as pool:
            for batch in batches:
                waiting.append((len(batch), pool.submit(read_batch, batch)))
                known += len(batch)
                progress(done, known)
                while len(waiting) > 2 * workers:  # so that memory stays flat however many captures there are
                    size, future = waiting.popleft()
                    yield future.result()
                    done += size
            while waiting:
                size, future = waiting.popleft()
                yield future.result()
                done += size
                progress(done, known)
    except BrokenProcessPool as error:
        raise IngestError(
            "A process that read pages was ended from outside (was memory short?). What was captured is kept: "
            "run again, with INGEST_WORKERS=1 if it happens again."
        ) from error


def _end_with_parent() -> None:
    """End this process when the run does, however that ends: after kill -9 nobody else would tell it to."""
    parent = multiprocessing.parent_process()
    assert parent is not None

    def wait() -> None:
        parent.join()
        os._exit(1)

    threading.Thread(target=wait, daemon=True).start()
