"""Reading batches in as many processes as there are processors."""

from __future__ import annotations

import gc
import itertools
import multiprocessing
import os
import sys
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor, ThreadPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace

from ingest.batch import Columns, read_batch, warm_up
from ingest.capture.archive import Work
from ingest.errors import IngestError
from ingest.process import leave_signals_to_the_parent, processors
from ingest.runners import LostBatchError, Parcel, Sender
from ingest.runners.local import Processes

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

_PIECE_SECONDS = 600.0
"""How long a piece may take that a new interpreter reads."""

_TRIES = 3
"""How often a piece is read again whose process was lost."""

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


def _read_in_processes(
    batches: Iterable[list[Work]], workers: int, progress: Progress, meanwhile: Callable[[], None]
) -> Iterator[Columns]:
    waiting: deque[_Piece] = deque()
    done = known = ahead = 0
    begun = False
    with _forks(workers) as pool:
        readers = _Readers(pool, workers)
        try:
            for works in _pieces(batches):
                piece = _Piece(works, _bytes(works), readers.submit(works))
                waiting.append(piece)
                known += len(works)
                ahead += piece.size
                progress(done, known)
                while len(waiting) > _AHEAD * workers or ahead > _AHEAD_BYTES * workers:
                    if not begun:
                        meanwhile()
                        begun = True
                    yield readers.next_of(waiting)
                    piece = waiting.popleft()
                    done += len(piece.works)
                    ahead -= piece.size
            if not begun:
                meanwhile()
            while waiting:
                yield readers.next_of(waiting)
                done += len(waiting.popleft().works)
                progress(done, known)
        except BaseException:
            if pool is not None:
                pool.shutdown(wait=False, cancel_futures=True)  # what nobody takes is not read
            raise
        finally:
            readers.close()


@contextmanager
def _forks(workers: int) -> Iterator[ProcessPoolExecutor | None]:
    """Forks of this process; None where it has threads, which may hold a lock that no fork would ever get.

    The library of object storage has threads of its own, which Python does not count.
    """
    can_fork = "fork" in multiprocessing.get_all_start_methods()
    if can_fork and (threading.active_count() > 1 or "obstore" in sys.modules):
        yield None
        return
    warm_up()
    gc.freeze()  # exclude what is loaded from garbage collection, here and in the children
    # fork before threads start and before the libraries of the load are imported: children stay small
    context = multiprocessing.get_context("fork" if can_fork else "spawn")
    with ProcessPoolExecutor(workers, context, _end_with_parent) as pool:
        yield pool


@dataclass(slots=True)
class _Piece:
    works: list[Work]
    size: int
    future: Future[Columns]


class _Readers:
    """The processes of a run. Where one is killed, the pool is of no use any more, and others take its place.

    Those are new interpreters (:class:`ingest.runners.local.Processes`): by now this process has threads, and must not
    be forked. They read from the beginning where there is no ``pool``.
    """

    def __init__(self, pool: ProcessPoolExecutor | None, workers: int) -> None:
        self._pool = pool
        self._workers = workers
        self._others: tuple[ThreadPoolExecutor, Processes] | None = None

    def submit(self, works: list[Work]) -> Future[Columns]:
        """Have a piece read."""
        if self._others is None:
            if self._pool is not None:
                with suppress(BrokenProcessPool):
                    return self._pool.submit(read_batch, works)
            self._others = self._started()
        threads, processes = self._others
        return threads.submit(_read_again, processes, works)

    def next_of(self, waiting: deque[_Piece]) -> Columns:
        """What the first piece holds. Raises :class:`IngestError` where it was lost three times."""
        try:
            return waiting[0].future.result()
        except BrokenProcessPool:
            self._others = self._others or self._started()
        for piece in waiting:
            if not piece.future.done() or isinstance(piece.future.exception(), BrokenProcessPool):
                piece.future = self.submit(piece.works)
        return waiting[0].future.result()

    def _started(self) -> tuple[ThreadPoolExecutor, Processes]:
        return ThreadPoolExecutor(self._workers), Processes(self._workers, _PIECE_SECONDS, few=0)

    def close(self) -> None:
        """End the processes that took the place of the pool."""
        if self._others is not None:
            threads, processes = self._others
            threads.shutdown(cancel_futures=True)
            processes.close()


def _read_again(processes: Processes, works: list[Work]) -> Columns:
    parcel = replace(Parcel.of(works, ""), contents=tuple(work.content for work in works))
    lost: LostBatchError | None = None
    for _ in range(_TRIES):
        try:
            return Sender(processes).read(parcel)
        except LostBatchError as error:
            lost = error
    raise IngestError(
        f"{lost} It was tried {_TRIES + 1} times. What was captured is kept: run again, with INGEST_WORKERS=1 if it "
        "happens again."
    ) from lost


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
