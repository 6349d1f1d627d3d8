"""Open a warehouse file. This module imports nothing that only making a warehouse needs."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from ingest.errors import IngestError

if TYPE_CHECKING:
    import duckdb

FORMAT = 2
"""Version of the file's layout. A file of another version is refused with advice on what to do."""


FIRST_LOAD_MB = 256
"""Memory in megabytes that DuckDB may use for each thread while it fills a new file; beyond it, DuckDB spills to disk
beside the working copy. An update has no such limit: using more memory is better than failing."""

FIRST_LOAD_THREADS = 2
"""At most so many threads fill a new file, once there is work for more than one."""

SCORES_FOR_A_MB = 4_000
"""A first load gets one more megabyte for so many scores, since it cannot spill everything: 30,000 pages (366,000
scores) load in 256 MB, 77,000 do not."""


def literal(value: str | int | datetime | None) -> str:
    """A value as SQL text."""
    match value:
        case None:
            return "NULL"
        case int():
            return str(value)
        case datetime():
            return f"TIMESTAMP '{value.astimezone(UTC).replace(tzinfo=None).isoformat()}'"
        case _:
            return "'" + value.replace("'", "''").replace("\0", "") + "'"


def connect(
    path: Path, *, read_only: bool, shown_as: Path | None = None, is_first_load: bool = False
) -> duckdb.DuckDBPyConnection:
    """Open a warehouse file. Raises :class:`IngestError` if it is no warehouse, or if a writer holds it.

    ``shown_as`` is the file that messages name when ``path`` is a copy of it. ``is_first_load`` bounds the memory.
    """
    import duckdb

    if read_only and not path.exists():
        raise IngestError(f"There is no warehouse at {str(path)!r} yet: `ingest run` makes one.")
    config: dict[str, str | bool | int | float | list[str]] = {"autoinstall_known_extensions": False}
    if not read_only:
        # Each commit goes into the file itself. DuckDB writes less than 16 MB to a log first, which takes half as long
        # again. The file is a private copy until it is published, so nothing is lost.
        config |= {"preserve_insertion_order": False, "threads": 1, "checkpoint_threshold": "1B"}
        if is_first_load:
            config["memory_limit"] = f"{FIRST_LOAD_MB}MB"
    shown = str(shown_as or path)
    try:
        connection = duckdb.connect(str(path), read_only=read_only, config=config)
    except duckdb.Error as error:
        if "lock" in str(error):
            raise IngestError(f"Another process has {shown!r} open for writing; close it and try again.") from error
        raise IngestError(
            f"{shown!r} cannot be opened as a DuckDB file: {str(error).replace(str(path), shown)}"
        ) from error
    # in an interactive Python, DuckDB draws a progress bar for long queries, even into output meant for programs
    connection.execute("SET TimeZone = 'UTC'; SET enable_progress_bar = false")
    if not read_only:
        # trying FSST on every column of text takes 0.1 s of 0.25 s for 60,000 rows, and saves a seventh of the file;
        # as part of config it has no effect
        connection.execute("SET disabled_compression_methods = 'fsst'")
    if is_first_load:
        # Tables that the open transaction makes look empty to the optimizer, which then makes hash tables of the widest
        # ones. So what a statement names last is what is looked up: the smaller side of each join.
        connection.execute("SET disabled_optimizers = 'build_side_probe_side'")
    return connection


@contextmanager
def interruptible(connection: duckdb.DuckDBPyConnection) -> Iterator[None]:
    """Interrupt the query that is under way where the block is left by an exception, such as that of a signal.

    Else closing the connection may wait for the threads of that query, for ever (DuckDB 1.5).
    """
    try:
        yield
    except BaseException:
        connection.interrupt()
        raise


def check_format(connection: duckdb.DuckDBPyConnection, path: Path, *, any_layout: bool = False) -> None:
    """Raise :class:`IngestError` for a file that is not a warehouse, or one of another layout.

    ``any_layout`` allows a file of an earlier version.
    """
    import duckdb

    try:
        row = connection.execute("SELECT value FROM internal.meta WHERE key = 'format'").fetchone()
    except duckdb.CatalogException:
        row = None
    if row is None:
        raise IngestError(f"{str(path)!r} is a DuckDB file of something else; name another with --warehouse.")
    if int(row[0]) < FORMAT and not any_layout:
        raise IngestError(
            f"{str(path)!r} was written by an earlier version (layout {row[0]}, this one reads {FORMAT}): "
            "`ingest rebuild` makes it anew from the captures and keeps its runs and changes."
        )
    if int(row[0]) > FORMAT:
        raise IngestError(
            f"{str(path)!r} was written by a newer version (layout {row[0]}, this one knows {FORMAT}): "
            "upgrade, or name another file with --warehouse."
        )
