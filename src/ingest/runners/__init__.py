"""Where the batches of a flow are read: in threads or processes of this machine, or on a cluster of Dask or Ray.

A runner takes a parcel and gives the answer of the worker that read it. It shares nothing else with its workers, so a
batch can be repeated anywhere. The flows read with the runner of the setting. `ingest run` has a pool of its own
(:mod:`ingest.workers`), which needs no interpreter to start, and takes :class:`Processes` where it cannot fork.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Protocol

from ingest.errors import IngestError
from ingest.process import processors
from ingest.runners.local import Processes, Threads
from ingest.runners.on_dask import DaskCluster
from ingest.runners.on_ray import RayCluster
from ingest.runners.parcel import LostBatchError, Parcel, ReadAnswer, Versions, columns_of, read_parcel
from ingest.settings import Settings

if TYPE_CHECKING:
    from ingest.batch import Columns
    from ingest.capture.archive import Work

__all__ = [
    "LostBatchError",
    "Parcel",
    "ReadAnswer",
    "Runner",
    "Sender",
    "Versions",
    "columns_of",
    "opened_runner",
    "read_parcel",
]


class Runner(Protocol):
    """Reads parcels. Many threads of the flow call it at once, each with a parcel of its own."""

    is_near: bool
    """Whether it reads on this machine, so that a parcel may carry the bytes of its captures."""

    def slots(self) -> int:
        """How many parcels can be read at once now. A cluster grows and shrinks, and may have no worker at all."""

    def read(self, parcel: Parcel) -> ReadAnswer:
        """The answer to a parcel; waits for it.

        Raises :class:`LostBatchError` where its worker was lost or took too long, so that it can be repeated, and
        :class:`ingest.IngestError` where nothing can be read any more.
        """

    def close(self) -> None:
        """End what was started. What others started, such as a cluster, stays."""


class Sender:
    """Has parcels read by a runner, without bytes as long as its workers reach the archive."""

    def __init__(self, runner: Runner) -> None:
        self._runner = runner
        self._sends_contents = False

    def parcel(self, batch: Sequence[Work], archive: str) -> Parcel:
        """The parcel of a batch whose bytes are stored in the archive."""
        return Parcel.of(batch, archive, is_near=self._runner.is_near)

    def slots(self) -> int:
        """How many parcels can be read at once now, as the runner says."""
        return self._runner.slots()

    def read(self, parcel: Parcel) -> Columns:
        """What a batch holds. Raises what :meth:`Runner.read` and :func:`columns_of` raise."""
        if not self._sends_contents:
            columns = columns_of(self._runner.read(parcel))
            if columns is not None:
                return columns
            parcel = parcel.with_contents()  # where the archive itself is damaged, this says so
            self._sends_contents = True
        elif parcel.contents is None:
            parcel = parcel.with_contents()
        columns = columns_of(self._runner.read(parcel))
        if columns is None:
            raise IngestError(f"A worker gave nothing for {parcel.pages} pages from {parcel.first!r}.")
        return columns


@contextmanager
def opened_runner(settings: Settings) -> Iterator[Runner]:
    """The runner that the setting ``runner`` names, for as long as the block lasts.

    Raises :class:`ingest.IngestError` where it is not installed or its cluster cannot be reached.
    """
    kind, _, address = settings.runner.partition(":")
    runner = _RUNNERS[kind](settings, address)
    try:
        yield runner
    finally:
        runner.close()


def _count(settings: Settings) -> int:
    return settings.workers or processors()


_RUNNERS: dict[str, Callable[[Settings, str], Runner]] = {
    "threads": lambda settings, _: Threads(_count(settings), settings.batch_seconds),
    "processes": lambda settings, _: Processes(_count(settings), settings.batch_seconds),
    "dask": lambda settings, address: DaskCluster(
        address, _count(settings), settings.batch_seconds, settings.cluster_wait_seconds
    ),
    "ray": lambda settings, address: RayCluster(
        address, _count(settings), settings.batch_seconds, settings.cluster_wait_seconds
    ),
}
"""What makes each runner, by the first part of the setting. The engines are imported when one is made."""
