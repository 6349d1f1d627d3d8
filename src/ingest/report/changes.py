"""What runs changed in models, prices and scores."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import Any

from ingest.errors import UsageError
from ingest.report.opened import opened

COLUMNS = ("kind", "table", "model", "what", "old", "new", "source", "link", "changed_at")
"""The cells of a row of :func:`changes`. ``link`` is the location of the capture that states the new value."""

_CHANGES = Path(__file__).with_name("changes.sql").read_text("utf-8")


def changes(warehouse: Path, run: str | None = None, since: datetime | None = None) -> list[tuple[Any, ...]]:
    """The changes of a run, or since a time; by default those of the last run. Worst first. For the cells see COLUMNS.

    Raises :class:`ingest.errors.UsageError` for a run that the warehouse does not know.
    """
    with opened(warehouse) as connection:
        if run is None and since is None:
            # the row that was written last: the clock of a run may have been behind that of the run before
            row = connection.execute("SELECT run_id FROM runs ORDER BY rowid DESC LIMIT 1").fetchone()
            run = row[0] if row else None
        elif run is not None and not connection.execute("FROM runs WHERE run_id = ?", [run]).fetchone():
            raise UsageError(f"There is no run {run!r}: `ingest sql 'FROM runs'` lists them.")
        return connection.execute(_CHANGES, {"run": run, "since": since}).fetchall()


def as_records(rows: Iterable[tuple[Any, ...]]) -> list[dict[str, Any]]:
    """Rows of :func:`changes` by the names of their cells."""
    return [dict(zip(COLUMNS, row, strict=True)) for row in rows]
