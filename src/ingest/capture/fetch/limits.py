"""The request rate of each host. It adapts, and every process that fetches on this machine shares it. A small file
under a kernel lock holds the next free moment of a host. So the limit holds across the tasks of a run, across crawls
that run at once, and after a crawl was killed.
"""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import hashlib
import os
import random
import struct
import time
from collections import deque
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path

from ingest.capture.fetch.outcome import FetchError

FIRST_SLOWDOWN_SECONDS = 0.5
"""Where no limit was set and a host asks for one: two requests a second."""
SLOWEST_SECONDS = 60.0
SLOWER_WHEN_REFUSED = 2.0
SLOWER_WHEN_LATE = 1.5
FASTER = 0.8
GOOD_IN_A_ROW = 5
"""After so many good answers the interval shrinks by a fifth, until it is what was set again."""
LATE_SECONDS = 0.2
LATE_RATIO = 2.0
"""Latency has risen when the mean of recent answers is twice that of earlier ones, and not by a trifle."""
_ENOUGH_ANSWERS = 10
MOST_OPEN = 128
"""Files of hosts that are open at once: systems allow a process some hundreds."""
_NO_INTERVAL_SECONDS = 0.01
_WEIGHT_RECENT, _WEIGHT_EARLIER = 0.3, 0.02

_STATE = struct.Struct("<dddd")
_UNTOUCHED = (0.0, 0.0, 0.0, 0.0)
LATE_TURNS = 8
"""So many turns may be made up for after a stall."""
_LONGEST_SECONDS = 7 * 86_400.0
"""What a host may ask for at most."""


def retry_after(value: str | None, now: datetime | None = None) -> float | None:
    """Seconds that a ``Retry-After`` header asks for (RFC 9110 section 10.2.3): a number, or a date.

    A date that has passed is 0; None for no header, or one that is neither.

    >>> retry_after("120")
    120.0
    """
    if value is None:
        return None
    text = value.strip()
    if text.isascii() and text.isdecimal():
        return float(text[:9])
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return max(0.0, (moment - (now or datetime.now(UTC))).total_seconds())


def backoff(attempt: int, base_seconds: float, longest_seconds: float) -> float:
    """Seconds to wait before attempt ``attempt`` + 1: exponential with full jitter.

    A random moment between 0 and the exponential bound spreads clients best (M. Brooker, "Exponential Backoff
    And Jitter", 2015).
    """
    return random.uniform(0, min(longest_seconds, base_seconds * 2 ** min(attempt, 30)))


class Limits:
    """The limits of all hosts. ``per_second`` requests to each, 0 for no limit; state in ``folder``."""

    def __init__(self, folder: Path, per_second: float, longest_wait_seconds: float) -> None:
        self._folder = folder
        self._interval = 1 / per_second if per_second > 0 else 0.0
        self._longest = longest_wait_seconds
        self._hosts: dict[str, HostLimit] = {}
        self._open: deque[HostLimit] = deque()

    def host(self, netloc: str) -> HostLimit:
        """The limit of one host."""
        limit = self._hosts.get(netloc)
        if limit is None:
            self._folder.mkdir(parents=True, exist_ok=True)
            name = hashlib.sha256(netloc.encode()).hexdigest()[:20]  # never a path that a URL could choose
            limit = HostLimit(self._folder / f"{name}.limit", self._interval, self._longest, self._opened)
            self._hosts[netloc] = limit
        return limit

    def _opened(self, limit: HostLimit) -> None:
        self._open.append(limit)
        if len(self._open) > MOST_OPEN:
            self._open.popleft().close()  # it opens again when its turn comes

    def close(self) -> None:
        """Let go of the files."""
        for limit in self._hosts.values():
            limit.close()
        self._hosts.clear()
        self._open.clear()


class HostLimit:
    """The limit of one host: requests begin at moments that lie at least ``interval`` seconds apart."""

    def __init__(
        self, path: Path, interval: float, longest_wait_seconds: float, opened: Callable[[HostLimit], None]
    ) -> None:
        self._set = interval
        self._longest = longest_wait_seconds
        self._path = path
        self._opened = opened
        self._handle = -1
        self._one_at_a_time = asyncio.Lock()
        self._good = 0
        self._slowed_at = 0.0
        self._answers = 0
        self._recent = self._earlier = 0.0

    def close(self) -> None:
        """Let go of the file."""
        if self._handle >= 0:
            os.close(self._handle)
            self._handle = -1

    def at_most_every(self, seconds: float) -> None:
        """What robots.txt asks for: it can only lengthen the interval."""
        self._set = max(self._set, min(seconds, _LONGEST_SECONDS))

    async def turn(self) -> None:
        """Wait until the host may be asked.

        Raises :class:`FetchError` (``host_wait_too_long``) where that is longer than anybody should wait: the
        page is left to a later run.
        """
        if self._is_free():
            return
        # One at a time: otherwise many workers would reserve moments minutes ahead on slow hosts.
        queued = self._one_at_a_time.locked()
        async with self._one_at_a_time:
            while True:
                wait = self._reserve(queued)
                if wait > self._longest:
                    raise FetchError("host_wait_too_long", f"the host asks for {wait:.0f} seconds", wait=wait)
                if wait > 0:
                    await asyncio.sleep(wait)
                    if self._read()[2] > time.time():  # the host asked for a pause meanwhile
                        continue
                while (wait := self._grant()) > 0:
                    await asyncio.sleep(wait)
                return

    def note(self, began_at: float, status: int, seconds: float, wait: float | None) -> None:
        """What the host answered to a request that began at ``began_at`` (of :func:`time.time`).

        429 and 503, and latency that rises, make it slower; good answers faster again; ``wait`` is what a
        Retry-After asked for, and holds for the whole host.
        """
        if status in (429, 503):
            self._slow(began_at, SLOWER_WHEN_REFUSED, wait or 0.0)
            return
        # Where no limit is set, answers are late because this side asks for so many at once.
        if self._set > 0 and self._is_late(seconds):
            self._slow(began_at, SLOWER_WHEN_LATE, 0.0)
            return
        self._good += 1
        if self._good >= GOOD_IN_A_ROW:
            self._good = 0
            self._ease()

    def interval(self) -> float:
        """Seconds between two requests as things stand."""
        return max(self._set, self._read()[1])

    def _is_free(self) -> bool:
        return self._set <= 0 and self._read() == _UNTOUCHED

    def _reserve(self, queued: bool) -> float:
        """Seconds until the next free moment, which is taken. A caller that ``queued`` may take a moment that has just
        passed, since its process was delayed; the rate still holds."""
        with self._locked() as state:
            following, interval, blocked, granted = state
            now = time.time()
            late = LATE_TURNS * max(self._set, interval) if queued else 0.0
            if granted > now + 1 or max(following, blocked) > now + 2 * _LONGEST_SECONDS:
                following = blocked = granted = now  # the clock was set back
            start = max(now - late, following, blocked)
            if start - now <= self._longest:  # nobody waits for a turn that is further away
                self._write(start + max(self._set, interval), interval, blocked, granted)
            return start - now

    def _grant(self) -> float:
        """Seconds to wait after a turn has come. Callers that woke late together must not all go at once: they go at
        most at twice the rate until they have caught up.
        """
        with self._locked() as (following, interval, blocked, granted):
            now = time.time()
            wait = granted + max(self._set, interval) / 2 - now if granted <= now else 0.0
            if wait <= 0:
                self._write(following, interval, blocked, now)
            return wait

    def _slow(self, began_at: float, factor: float, wait: float) -> None:
        now = time.time()
        self._good = 0
        with self._locked() as state:
            following, interval, blocked, granted = state
            if began_at >= self._slowed_at:  # answers to requests under way say nothing new
                self._slowed_at = now
                current = max(self._set, interval)
                interval = min(max(current * factor, FIRST_SLOWDOWN_SECONDS), max(SLOWEST_SECONDS, self._set))
            blocked = max(blocked, now + min(wait, _LONGEST_SECONDS))
            self._write(max(following, now + interval), interval, blocked, granted)

    def _ease(self) -> None:
        if self._read()[1] <= 0:
            return
        with self._locked() as (following, interval, blocked, granted):
            shorter = interval * FASTER
            if shorter > max(self._set, _NO_INTERVAL_SECONDS):
                self._write(following, shorter, blocked, granted)
            elif self._set > 0:
                self._write(following, 0.0, blocked, granted)
            else:
                self._write(*_UNTOUCHED)

    def _is_late(self, seconds: float) -> bool:
        if self._answers == 0:
            self._recent = self._earlier = seconds
        self._answers += 1
        self._recent += _WEIGHT_RECENT * (seconds - self._recent)
        self._earlier += _WEIGHT_EARLIER * (seconds - self._earlier)
        late = self._recent > LATE_RATIO * self._earlier and self._recent - self._earlier > LATE_SECONDS
        if late and self._answers > _ENOUGH_ANSWERS:
            self._earlier = self._recent  # the next slowdown needs a further rise
            return True
        return False

    def _read(self) -> tuple[float, float, float, float]:
        data = os.pread(self._file(), _STATE.size, 0)
        return _STATE.unpack(data) if len(data) == _STATE.size else _UNTOUCHED

    def _write(self, following: float, interval: float, blocked: float, granted: float) -> None:
        os.pwrite(self._file(), _STATE.pack(following, interval, blocked, granted), 0)

    @contextlib.contextmanager
    def _locked(self) -> Iterator[tuple[float, float, float, float]]:
        handle = self._file()
        fcntl.flock(handle, fcntl.LOCK_EX)
        try:
            yield self._read()
        finally:
            fcntl.flock(handle, fcntl.LOCK_UN)

    def _file(self) -> int:
        if self._handle < 0:
            self._handle = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
            self._opened(self)
        return self._handle
