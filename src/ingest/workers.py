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
from ingest.process import leave_signals_to_the_parent

Progress = Callable[[int, int], None]
"""Called with the number of captures done and the number known of so far."""

_IN_THIS_PROCESS = 60
"""Up to this many captures, starting processes takes longer than reading."""

_EACH = 100
"""Captures for each process of a run of one batch: with fewer, further processes cost more than they save, since the
load's libraries are imported meanwhile."""

_PIECE = 50
"""Captures that a process is given at once: so few that at the end no process waits long for another."""

_PIECE_BYTES = 1 << 20
"""Bytes that a process is given at once, unless a single capture has more."""

_AHEAD = 12
"""Pieces for each process that are read ahead of what is loaded: they last while the load is busy otherwise."""

_AHEAD_BYTES = 16 << 20
"""Bytes for each process that are read ahead, so that memory stays flat however large captures are."""


def read_all(
    batches: Iterator[list[Work]],
    workers: int = 0,
    progress: Progress = lambda _done, _known: None,
    meanwhile: Callable[[], None] = lambda: None,
) -> Iterator[Columns]:
    """Read batches and give what they hold in order. ``workers`` 0 means as many as there are processors.

    ``meanwhile`` is called once, when the other processes are busy.
    """
    workers = workers or processors()
    begun = list(itertools.islice(batches, 1))
    if sum(map(len, begun)) <= _IN_THIS_PROCESS:
        begun += itertools.islice(batches, 1)
    if workers == 1 or (len(begun) < 2 and sum(map(len, begun)) <= _IN_THIS_PROCESS):
        done = 0
        for batch in itertools.chain(begun, batches):
            yield read_batch(batch)
            done += len(batch)
            progress(done, done)
        return
    if len(begun) < 2:
        workers = min(workers, max(1, len(begun[0]) // _EACH))
    yield from _read_in_processes(itertools.chain(begun, batches), workers, progress, meanwhile)


def processors() -> int:
    """How many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _read_in_processes(
    batches: Iterable[list[Work]], workers: int, progress: Progress, meanwhile: Callable[[], None]
) -> Iterator[Columns]:
    warm_up()
    gc.freeze()  # exclude what is loaded from garbage collection, here and in the children
    # fork before threads start and before the libraries of the load are imported: children stay small
    method = "fork" if "fork" in multiprocessing.get_all_start_methods() else "spawn"
    waiting: deque[tuple[int, int, Future[Columns]]] = deque()
    done = known = ahead = 0
    begun = False
    try:
        with ProcessPoolExecutor(workers, multiprocessing.get_context(method), _end_with_parent) as pool:
            try:
                for piece in _pieces(batches):
                    size = _bytes(piece)
                    waiting.append((len(piece), size, pool.submit(read_batch, piece)))
                    known += len(piece)
                    ahead += size
                    progress(done, known)
                    while len(waiting) > _AHEAD * workers or ahead > _AHEAD_BYTES * workers:
                        if not begun:
                            meanwhile()
                            begun = True
                        count, size, future = waiting.popleft()
                        yield future.result()
                        done += count
                        ahead -= size
                if not begun:
                    meanwhile()
                while waiting:
                    count, _, future = waiting.popleft()
                    yield future.result()
                    done += count
                    progress(done, known)
            except BaseException:
                pool.shutdown(wait=False, cancel_futures=True)  # what nobody takes is not read
                raise
    except BrokenProcessPool as error:
        raise IngestError(
            "A process that read pages was ended from outside (was memory short?). What was captured is kept: "
            "run again, with INGEST_WORKERS=1 if it happens again."
        ) from error


def _pieces(batches: Iterable[list[Work]]) -> Iterator[list[Work]]:
    """The captures of all batches in pieces for one process each; an empty batch is an empty piece."""
    for batch in batches:
        piece: list[Work] = []
        size = 0
        for work in batch:
            if piece and (len(piece) == _PIECE or size + len(work.content) > _PIECE_BYTES):
                yield piece
                piece, size = [], 0
            piece.append(work)
            size += len(work.content)
        yield piece


def _bytes(piece: list[Work]) -> int:
    return sum(len(work.content) for work in piece)


def _end_with_parent() -> None:
    """End this process when its parent ends, even after kill -9."""
    leave_signals_to_the_parent()
    parent = multiprocessing.parent_process()
    assert parent is not None

    def wait() -> None:
        parent.join()
        os._exit(1)

    threading.Thread(target=wait, daemon=True).start()
