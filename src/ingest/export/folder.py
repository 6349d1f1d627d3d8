"""A folder that is written beside its place and then put there whole."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ingest.errors import IngestError
from ingest.export.release import MANIFEST


@contextmanager
def new_folder(target: Path, manifest: str = MANIFEST) -> Iterator[Path]:
    """A folder to write to, which takes the place of ``target`` when the block ends; ``target`` must be empty, absent,
    or hold the file ``manifest``, which marks what was written here before.

    Raises :class:`IngestError` for anything else, and if the disk refuses. An exception in the block leaves ``target``
    as it was.
    """
    target = target.resolve()
    _check_is_ours(target, manifest)
    work, old = (target.parent / f".{target.name}.{os.getpid()}.{what}" for what in ("new", "old"))
    try:
        work.mkdir(parents=True)
        yield work
        if target.exists():
            target.rename(old)
        work.rename(target)
    except OSError as error:
        if old.exists() and not target.exists():
            old.rename(target)
        raise IngestError(f"Cannot write {str(target)!r}: {error.strerror or error}.") from error
    finally:
        for left in (work, old):
            shutil.rmtree(left, ignore_errors=True)


def _check_is_ours(target: Path, manifest: str) -> None:
    """Raise :class:`IngestError` for a folder that holds anything but what is marked so: it would be lost."""
    if target.is_dir():
        if (target / manifest).is_file() or not any(target.iterdir()):
            return
        raise IngestError(f"{str(target)!r} holds other files. Name a new folder, or one that this command wrote.")
    if target.exists() or target.is_symlink():
        raise IngestError(f"{str(target)!r} is no folder. Name a new folder.")
