"""How long each step of a run takes."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import TypeVar

T = TypeVar("T")


class StepTimes:
    """The seconds that each step takes, by its name. A step within another one counts for itself alone."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self._open: list[str] = []
        self._since = 0.0

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """Count the time that the block takes for ``name``."""
        self._count()
        self._open.append(name)
        try:
            yield
        finally:
            self._count()
            self._open.pop()

    def waiting(self, name: str, items: Iterable[T]) -> Iterator[T]:
        """The items, with the time that each takes to come counted for ``name``."""
        items = iter(items)
        while True:
            with self.step(name):
                try:
                    item = next(items)
                except StopIteration:
                    return
            yield item

    def _count(self) -> None:
        """Count the time since the last change for the step that is open now."""
        now = time.perf_counter()
        if self._open:
            name = self._open[-1]
            self.seconds[name] = self.seconds.get(name, 0.0) + now - self._since
        self._since = now
