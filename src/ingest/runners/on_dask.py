"""Reading on a cluster of Dask (https://distributed.dask.org)."""

from __future__ import annotations

import time
from concurrent.futures import CancelledError
from typing import Any

from ingest.errors import IngestError
from ingest.runners.cluster import LOOK_SECONDS, Patience, engine, unanswered
from ingest.runners.parcel import LostBatchError, Parcel, ReadAnswer, read_parcel

_ANSWER_SECONDS = 10
"""How long the scheduler may take to answer."""


class DaskCluster:
    """Reads on the cluster whose scheduler is at ``address``, or on one of ``count`` processes that it starts itself.

    Dask gives what a lost worker was reading to another one, and gives up where four workers were lost with the same
    batch.
    """

    is_near = False

    def __init__(self, address: str, count: int, seconds: float, wait: float) -> None:
        distributed = self._distributed = engine("distributed", "dask")
        self._cluster: Any = None
        if not address:
            self._cluster = distributed.LocalCluster(
                n_workers=count, threads_per_worker=1, dashboard_address=None, silence_logs=40
            )
        try:
            self._client: Any = distributed.Client(
                self._cluster or address, timeout=_ANSWER_SECONDS, set_as_default=False
            )
        except (OSError, TimeoutError, ValueError) as error:
            raise unanswered("The scheduler of Dask", address) from error
        self._patience = Patience("Dask", address, self._size, seconds, wait)

    def slots(self) -> int:
        """The threads of all workers of the cluster."""
        return self._patience.slots()

    def _size(self) -> int:
        try:
            return sum(self._client.nthreads(callback_timeout=_ANSWER_SECONDS).values())
        except Exception:  # a client that has lost its scheduler raises what it comes upon first
            return 0

    def read(self, parcel: Parcel) -> ReadAnswer:
        """As :meth:`ingest.runners.Runner.read` says."""
        future: Any = None
        begun = time.monotonic()
        try:
            future = self._client.submit(_read, parcel, pure=False)
            while True:
                try:
                    answer: ReadAnswer = future.result(timeout=LOOK_SECONDS)
                    self._patience.answered()
                    return answer
                except TimeoutError:
                    self._patience.check(parcel, begun)
        except IngestError:
            future.cancel()
            raise
        except self._distributed.KilledWorker as error:
            raise IngestError(
                f"{self._patience.name} lost four workers while they read {parcel.pages} pages from {parcel.first!r}: "
                "one of them may need more memory than a worker has."
            ) from error
        except (CancelledError, self._distributed.client.FutureCancelledError, OSError) as error:
            raise self._patience.lost(parcel) from error
        except Exception as error:
            if self._client.status != "running":
                raise LostBatchError(f"{self._patience.name} has lost its scheduler.") from error
            raise self._patience.refused(error) from error

    def close(self) -> None:
        """Leave the cluster; end it where it was started here."""
        self._client.close()
        if self._cluster is not None:
            self._cluster.close()


def _read(parcel: Parcel) -> ReadAnswer:
    """Read a parcel on a worker of Dask, which knows its own address."""
    return read_parcel(parcel, str(engine("distributed", "dask").get_worker().address))
