"""Build a copy, check it, make it durable, rename it into place.

DuckDB lets one process write a file or many processes read it, never both. So no run writes the published file: it
works on a copy, and an atomic rename puts the copy into place. A reader that has the old file open keeps it. A reader
that opens the file afterwards gets the new one.
"""

from __future__ import annotations

import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Literal

from ingest.capture.stores import sync_folder
from ingest.errors import IngestError
from ingest.load.connection import check_format, connect

PREVIOUS = ".previous"
"""Suffix of the earlier file, which a rebuild keeps beside the new one."""

Previous = Literal["make", "keep", "remove"]
"""What happens to the earlier file that a rebuild keeps, when another one is published."""

_FICLONE = 0x40049409
"""ioctl that makes a copy share its blocks with the original (linux/fs.h). File systems without this refuse it."""


def working_copy(warehouse: Path, *, anew: bool = False) -> Path:
    """A private copy of the published file, or a free name if nothing is published yet or the file is made ``anew``.

    Call it while holding the writer's lock: it removes copies that killed runs left behind. Raises :class:`IngestError`
    if the folder or the disk refuses.
    """
    warehouse = real(warehouse)
    work = warehouse.parent / f".{warehouse.name}.{os.getpid()}.work"
    try:
        for left in left_behind(warehouse):
            shutil.rmtree(left) if left.suffix == ".tmp" else left.unlink(missing_ok=True)  # .tmp: what a load spilled
        if warehouse.exists() and not anew:
            _refuse_writer(warehouse)
            _clone(warehouse, work)
            shutil.copymode(warehouse, work)
            log = _log_of(warehouse)
            if log.exists():  # somebody wrote to the published file and was cut off: take that along
                _clone(log, _log_of(work))
    except OSError as error:
        with suppress(OSError):
            discard(work)
        raise IngestError(
            f"Cannot copy {str(warehouse)!r} to work on it: {error.strerror or error}. "
            "Make the folder writable with room in it, or name another file with --warehouse."
        ) from error
    return work


@contextmanager
def second_name(warehouse: Path) -> Iterator[Path]:
    """A second name (hard link) under which to read the published file.

    DuckDB keeps one instance for each path in a process. Under the first name, this process could share the instance of
    a notebook, with its settings and older state. Without hard links, this is the file itself.
    """
    warehouse = real(warehouse)
    name = warehouse.parent / f".{warehouse.name}.{os.getpid()}.look"
    try:
        if _log_of(warehouse).exists():
            raise OSError  # the log goes by the file's own name
        name.unlink(missing_ok=True)
        os.link(warehouse, name)
    except OSError:
        yield warehouse
        return
    try:
        yield name
    finally:
        name.unlink(missing_ok=True)


def state_of(warehouse: Path) -> tuple[int, ...]:
    """Inode, size and time of the published file and of its log. They change when somebody writes the file."""
    found: list[int] = []
    for path in (real(warehouse), _log_of(real(warehouse))):
        with suppress(OSError):
            state = path.stat()
            found += [state.st_ino, state.st_size, state.st_mtime_ns]
    return tuple(found)


def publish(work: Path, warehouse: Path, before: tuple[int, ...], previous: Previous = "remove") -> None:
    """Check the finished copy, make it durable and rename it into place.

    ``before`` is the state of the published file when the copy was made. ``previous`` says what happens to the earlier
    file beside it (:data:`PREVIOUS`): ``make`` one of the published file, ``keep`` it, or ``remove`` it. Raises
    :class:`IngestError` if the copy is not whole, or if somebody else wrote to the published file meanwhile.
    """
    warehouse = real(warehouse)
    _check(work)
    if state_of(warehouse) != before:
        raise IngestError(
            f"Somebody else wrote to {str(warehouse)!r} while this run was under way, so nothing was published. What "
            "was captured is kept: run again, and what they wrote is taken along."
        )
    try:
        kept = warehouse.with_name(warehouse.name + PREVIOUS)
        if previous == "make" and warehouse.exists():
            _clone(warehouse, kept)
        elif previous == "remove":
            kept.unlink(missing_ok=True)
        with work.open("rb") as file:
            os.fsync(file.fileno())
        _log_of(warehouse).unlink(missing_ok=True)  # its changes are in the copy; beside the new file it would be wrong
        work.replace(warehouse)
    except OSError as error:
        raise IngestError(f"Cannot publish {str(warehouse)!r}: {error.strerror or error}.") from error
    sync_folder(warehouse.parent)


def discard(work: Path) -> None:
    """Remove a copy that will not be published."""
    work.unlink(missing_ok=True)
    _log_of(work).unlink(missing_ok=True)


def beside(warehouse: Path, what: str) -> Path:
    """A hidden file or folder beside a warehouse: ``.models.duckdb.lock`` for ``lock``."""
    warehouse = real(warehouse)
    return warehouse.parent / f".{warehouse.name}.{what}"


def real(warehouse: Path) -> Path:
    """The file behind symbolic links: renaming onto a link would leave the old file in place."""
    return Path(os.path.realpath(warehouse))


def _refuse_writer(warehouse: Path) -> None:
    """Raise :class:`IngestError` while another process writes the published file, since a copy of it would be half
    written. DuckDB holds a lock then."""
    with warehouse.open("rb") as file:
        try:
            fcntl.lockf(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except OSError:
            raise IngestError(
                f"Another process has {str(warehouse)!r} open for writing; close it and try again."
            ) from None


def left_behind(warehouse: Path) -> list[Path]:
    """The working copies and further names of a warehouse, and what loads spilled: killed runs left them behind."""
    warehouse = real(warehouse)
    return [path for kind in ("work*", "look*") for path in warehouse.parent.glob(f".{warehouse.name}.*.{kind}")]


def _log_of(path: Path) -> Path:
    return path.with_name(path.name + ".wal")


def _clone(source: Path, target: Path) -> None:
    with source.open("rb") as original, target.open("wb") as copy:
        try:
            fcntl.ioctl(copy.fileno(), _FICLONE, original.fileno())
            return
        except OSError:
            pass
    shutil.copyfile(source, target)


def _check(work: Path) -> None:
    """Check that the file opens, and that every table and column of the contract is there and can be read."""
    import duckdb

    try:
        _read_back(work)
    except duckdb.Error as error:
        raise IngestError(f"The new warehouse cannot be read back and was not published: {error}") from error


def _read_back(work: Path) -> None:
    with connect(work, read_only=True) as connection:
        check_format(connection, work)
        missing = connection.execute("""
            SELECT table_name || '.' || column_name FROM internal.contract ANTI JOIN
                (SELECT table_name, column_name FROM duckdb_columns() WHERE schema_name = 'main')
                USING (table_name, column_name)""").fetchall()
        if missing:
            raise IngestError(
                f"The new warehouse lacks {', '.join(name for (name,) in missing)}; it was not published."
            )
        empty = connection.execute(
            "SELECT (SELECT count(*) FROM models) = 0 AND EXISTS (FROM internal.claims)"
        ).fetchone()
        if empty is None or empty[0]:
            raise IngestError("The new warehouse has claims and no models; it was not published.")
