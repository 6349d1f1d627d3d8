"""An empty warehouse, made once for each version and copied for each new file.

Making the tables, views, macros and comments takes as long as loading dozens of pages, and gives the same file each
time. So the finished empty file is kept in the user's cache: ``$XDG_CACHE_HOME/ingest``, or ``~/.cache/ingest``.
Deleting that folder is safe. Where it cannot be written, each new warehouse is made from its statements.
"""

from __future__ import annotations

import hashlib
import os
import time
from contextlib import suppress
from pathlib import Path

import duckdb

from ingest.errors import IngestError
from ingest.load.connection import connect
from ingest.load.warehouse import create, layout
from ingest.process import cache_folder

_KEPT_SECONDS = 90 * 24 * 3600
"""The file of another version is removed once it is this old, when a new version makes its own."""


def begin_empty(work: Path) -> None:
    """Let ``work``, a file that is not there yet, begin as an empty warehouse.

    It stays missing where nothing can be kept or written: the load then makes the tables in it.
    """
    with suppress(RuntimeError, IngestError, duckdb.Error):  # no home folder is a RuntimeError
        try:
            work.write_bytes(_kept() or _made())
        except OSError:
            work.unlink(missing_ok=True)


def _name(content: bytes | None = None) -> str:
    """The name of the file with this content, or a pattern for the names of all that this version has made."""
    digest = hashlib.sha256(content).hexdigest()[:16] if content is not None else "*"
    return f"empty-{layout()[:16]}-{duckdb.__version__}-{digest}.duckdb"


def _kept() -> bytes | None:
    """The content of a whole file that this version made. A damaged one is removed: its name does not fit it."""
    for path in cache_folder().glob(_name()):
        content = path.read_bytes()
        if path.name == _name(content):
            return content
        path.unlink()
    return None


def _made() -> bytes:
    """The content of a new empty warehouse, which is kept."""
    folder = cache_folder()
    folder.mkdir(parents=True, exist_ok=True)
    oldest = time.time() - _KEPT_SECONDS
    for other in folder.glob("empty-*"):
        with suppress(OSError):
            if other.stat().st_mtime < oldest:
                other.unlink()
    unfinished = folder / f"empty-{os.getpid()}.unfinished"
    try:
        with connect(unfinished, read_only=False) as connection:
            connection.execute("BEGIN")
            create(connection)
            connection.execute("COMMIT; CHECKPOINT")
        content = unfinished.read_bytes()
        unfinished.replace(folder / _name(content))
    finally:
        unfinished.unlink(missing_ok=True)
        unfinished.with_name(f"{unfinished.name}.wal").unlink(missing_ok=True)
    return content
