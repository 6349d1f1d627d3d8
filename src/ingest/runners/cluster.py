"""What reading on a cluster shares, whichever engine runs it: waiting for an answer, and for workers."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from importlib import import_module
from typing import Any

from ingest.errors import IngestError
from ingest.runners.parcel import LostBatchError, Parcel

LOOK_SECONDS = 1.0
"""How often the size of a cluster is asked for, and how long one wait for an answer takes."""


def engine(module: str, runner: str) -> Any:
    """The library of a runner. Raises :class:`IngestError` where it is not installed."""
    try:
        return import_module(module)
    except ImportError:
        raise IngestError(
            f"The runner {runner!r} is not installed: pip install -e '.[{runner}]' in the checkout, here and on each "
            "worker."
        ) from None


def unanswered(what: str, address: str) -> IngestError:
    """The sentence for a cluster that cannot be reached: ``what`` should be at ``address``."""
    return IngestError(f"{what} at {address!r} does not answer: start it, or name another one in the setting `runner`.")


class Patience:
    """How long to wait for a cluster of ``of``, a library. ``size`` asks how much its workers can read at once.

    A parcel is lost after ``seconds`` in which the cluster answered to none: a small one may still read those before.
    A cluster without workers may take ``wait`` seconds to get one.
    """

    def __init__(self, of: str, address: str, size: Callable[[], int], seconds: float, wait: float) -> None:
        self.name = f"The {of} cluster at {address}" if address else f"The {of} cluster of this machine"
        self._size = size
        self._seconds = seconds
        self._wait = wait
        self._lock = threading.Lock()
        self._slots = 0
        self._looked = float("-inf")
        self._had_workers = self._answered = time.monotonic()

    def slots(self) -> int:
        """How many parcels can be read at once. Raises :class:`IngestError` where there is no worker for too long."""
        with self._lock:
            now = time.monotonic()
            if now - self._looked >= LOOK_SECONDS:
                self._looked = now
                self._slots = self._size()
                if self._slots:
                    self._had_workers = now
            without = now - self._had_workers
        if without > self._wait:
            raise IngestError(
                f"{self.name} has had no worker for {without:.0f} seconds (the setting `cluster_wait_seconds` allows "
                f"{self._wait:g}), so nothing was published. What was captured is kept: start workers, then run again."
            )
        return self._slots

    def answered(self) -> None:
        """Note that an answer came."""
        self._answered = time.monotonic()

    def check(self, parcel: Parcel, since: float) -> None:
        """Raise where waiting on for the answer to ``parcel``, which was sent at ``since``, makes no sense."""
        if not self.slots():  # without workers nobody takes too long
            self.answered()
        if time.monotonic() - max(since, self._answered) > self._seconds:
            raise LostBatchError(
                f"{self.name} gave no answer for the {self._seconds:g} seconds of the setting `batch_seconds`, and "
                f"not to the {parcel.pages} pages from {parcel.first!r}."
            )

    def lost(self, parcel: Parcel) -> LostBatchError:
        """The error for a parcel whose worker was lost."""
        return LostBatchError(f"{self.name} lost {parcel.pages} pages from {parcel.first!r}.")

    def refused(self, error: Exception) -> IngestError:
        """The sentence for a worker that cannot run this program, or a cluster that failed."""
        return IngestError(
            f"{self.name} cannot read ({type(error).__name__}: {error}): every worker needs the same version of ingest "
            "as this machine, and its network to reach the others."
        )
