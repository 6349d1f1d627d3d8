"""Notes on local files that runs have seen, so that an unchanged file need not be read again.

A file with the size, times and inode of the last reading has the same bytes. The notes are below
``raw/captures/seen/``, one file for each warehouse. Without them every file is read once more, and nothing else
changes. They also say when each document was last seen unchanged, and what the stored file of its bytes looked like:
where that has changed since, the stored bytes may be damaged, and the file is read to store them again.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import orjson

from ingest.process import without_collecting

_SETTLED_SECONDS = 2.0
"""A file that changed less than this before it was read may change again within one tick of the file system's clock."""

_PARTS = 4
"""Parts of a note: what the file looked like, its SHA-256, when it was seen, what its stored bytes looked like."""


class Seen:
    """The notes of one warehouse. ``now`` is the time of the run, in seconds since 1970."""

    def __init__(self, path: Path, now: float) -> None:
        self._path = path
        self._now = now
        self._changed = False
        self._fresh: set[str] = set()
        self._notes: dict[str, list[Any]] = {}
        with suppress(OSError, ValueError), without_collecting():
            notes = orjson.loads(path.read_bytes())
            if isinstance(notes, dict):
                self._notes = {
                    place: note for place, note in notes.items() if isinstance(note, list) and len(note) == _PARTS
                }

    def sha256(self, place: str, state: os.stat_result) -> str | None:
        """The SHA-256 of a file that is unchanged since it was read, else None."""
        note = self._notes.get(place)
        return str(note[1]) if note is not None and note[0] == _mark(state) else None

    def is_stored(self, place: str, stored: str | None) -> bool:
        """Whether the stored bytes of a file look as they did. ``stored`` is their mark now (``Archive.mark_of``)."""
        note = self._notes.get(place)
        return note is not None and stored is not None and note[3] == stored

    def seen_again(self, place: str) -> None:
        """Note that a file is now as its note says."""
        self._changed = True
        self._notes[place][2] = self._now

    def note(self, place: str, state: os.stat_result, sha256: str) -> None:
        """Note that a file was seen now with these bytes."""
        self._changed = True
        is_settled = self._now - max(state.st_mtime, state.st_ctime) > _SETTLED_SECONDS
        self._notes[place] = [_mark(state) if is_settled else "", sha256, self._now, None]
        self._fresh.add(place)

    def last_seen(self, place: str) -> float | None:
        """When a file was last seen, in seconds since 1970."""
        note = self._notes.get(place)
        return float(note[2]) if note is not None else None

    def save(self, mark_of: Callable[[str], str | None]) -> None:
        """Save the notes. ``mark_of`` gives the mark of stored bytes, which are durable by now.

        If the disk refuses, the next run takes longer, and nothing else happens.
        """
        if not self._changed:
            return
        for place in self._fresh:
            self._notes[place][3] = mark_of(str(self._notes[place][1]))
        with suppress(OSError):
            self._path.parent.mkdir(parents=True, exist_ok=True)
            temporary = self._path.with_suffix(f".{os.getpid()}.tmp")
            temporary.write_bytes(orjson.dumps(self._notes))
            temporary.replace(self._path)


def _mark(state: os.stat_result) -> str:
    return f"{state.st_size}:{state.st_mtime_ns}:{state.st_ctime_ns}:{state.st_ino}"
