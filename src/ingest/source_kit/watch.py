"""Wait for files to change, for `ingest source try --watch`."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

_WAIT_SECONDS = 0.5


def changes(places: Iterable[Path], wait: Callable[[], None] = lambda: time.sleep(_WAIT_SECONDS)) -> Iterator[None]:
    """Yield at once, and again after each change of a file in ``places`` (files, or folders with all below them)."""
    places = list(places)
    before = None
    while True:
        now = _stamps(places)
        if now != before:
            before = now
            yield
        else:
            wait()


def _stamps(places: Iterable[Path]) -> dict[Path, tuple[int, int]]:
    files = (file for place in places for file in ([place] if place.is_file() else place.rglob("*")))
    found = {}
    for file in files:
        if file.suffix != ".pyc" and file.is_file():
            state = file.stat()
            found[file] = (state.st_mtime_ns, state.st_size)
    return found
