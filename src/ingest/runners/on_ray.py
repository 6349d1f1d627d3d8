"""Reading on a cluster of Ray (https://docs.ray.io/en/latest/ray-core/walkthrough.html)."""

from __future__ import annotations

import time
from typing import Any

from ingest.errors import IngestError
from ingest.runners.cluster import LOOK_SECONDS, Patience, engine, unanswered
from ingest.runners.parcel import Parcel, ReadAnswer, read_parcel

_OF_OUR_OWN = {"include_dashboard": False, "_system_config": {"worker_niceness": 0}}
"""How a cluster is started here. Ray's workers would run at a niceness of 15, and on a busy machine not at all, while
the driver has nothing to do but to wait for them."""


class RayCluster:
    """Reads on the cluster at ``address``, or on one of ``count`` processes that it starts itself."""

    is_near = False

    def __init__(self, address: str, count: int, seconds: float, wait: float) -> None:
        ray = self._ray = engine("ray", "ray")
        options = {"address": address} if address else {"num_cpus": count, **_OF_OUR_OWN}
        try:
            ray.init(log_to_driver=False, ignore_reinit_error=True, **options)
        except Exception as error:  # a node that does not start in time raises just this
            raise unanswered("The cluster of Ray", address or "this machine") from error
        self._remote: Any = ray.remote(max_retries=0)(_read)  # whoever sends a parcel sends it again
        self._patience = Patience("Ray", address, self._size, seconds, wait)

    def slots(self) -> int:
        """The processors that the workers of the cluster offer."""
        return self._patience.slots()

    def _size(self) -> int:
        try:
            return int(self._ray.cluster_resources().get("CPU", 0))
        except (OSError, RuntimeError, self._ray.exceptions.RayError):
            return 0

    def read(self, parcel: Parcel) -> ReadAnswer:
        """As :meth:`ingest.runners.Runner.read` says."""
        errors = self._ray.exceptions
        begun = time.monotonic()
        reference = self._remote.remote(parcel)
        try:
            while not self._ray.wait([reference], timeout=LOOK_SECONDS)[0]:
                self._patience.check(parcel, begun)
            answer: ReadAnswer = self._ray.get(reference)
        except IngestError:
            self._ray.cancel(reference, force=True)
            raise
        except (  # https://docs.ray.io/en/latest/ray-core/fault-tolerance.html
            errors.WorkerCrashedError,
            errors.NodeDiedError,
            errors.ObjectLostError,
            errors.OutOfMemoryError,
        ) as error:
            raise self._patience.lost(parcel) from error
        except errors.RayError as error:
            raise self._patience.refused(error) from error
        self._patience.answered()
        return answer

    def close(self) -> None:
        """Leave the cluster; end it where it was started here."""
        self._ray.shutdown()


def _read(parcel: Parcel) -> ReadAnswer:
    """Read a parcel on a worker of Ray, which knows its own node."""
    context = engine("ray", "ray").get_runtime_context()
    return read_parcel(parcel, f"{context.get_worker_id()[:8]} on node {context.get_node_id()[:8]}")
