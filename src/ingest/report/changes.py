"""What runs changed in models, prices and scores."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from ingest.errors import UsageError
from ingest.report.opened import opened

if TYPE_CHECKING:
    import duckdb

COLUMNS = ("kind", "table", "model", "what", "old", "new", "source", "link", "changed_at")
"""The cells of a row of :func:`changes`. ``link`` is the location of the capture that states the new value."""

_CHANGES = Path(__file__).with_name("changes.sql").read_text("utf-8")

_COUNTS = """
SELECT kind, count(*) FROM changes
WHERE ($run::VARCHAR IS NULL OR run_id = $run) AND ($since::TIMESTAMPTZ IS NULL OR changed_at >= $since)
GROUP BY kind ORDER BY CASE kind WHEN 'removed' THEN 0 WHEN 'changed' THEN 1 ELSE 2 END
"""


def changes(warehouse: Path, run: str | None = None, since: datetime | None = None) -> list[tuple[Any, ...]]:
    """The changes of a run, or since a time; by default those of the last run. Worst first. For the cells see COLUMNS.

    Raises :class:`ingest.errors.UsageError` for a run that the warehouse does not know.
    """
    with opened(warehouse) as connection:
        asked = {"run": _run(connection, run, since), "since": since, "most": None}
        return connection.execute(_CHANGES, asked).fetchall()


class WorstChanges(NamedTuple):
    """How many changes there are of each kind, and the ``rows`` of the worst."""

    counts: dict[str, int]
    rows: list[tuple[Any, ...]]


def worst_changes(warehouse: Path, most: int, run: str | None = None, since: datetime | None = None) -> WorstChanges:
    """The first ``most`` of :func:`changes`, and how many there are in all.

    What a first load added is a row for each model, price and score: to look each of them up takes longer than to show
    a page of them. Raises what that raises.
    """
    with opened(warehouse) as connection:
        asked = {"run": _run(connection, run, since), "since": since}
        rows = connection.execute(_CHANGES, asked | {"most": most}).fetchall()
        counts = connection.execute(_COUNTS, asked).fetchall()
        return WorstChanges(dict(counts), rows)


def _run(connection: duckdb.DuckDBPyConnection, run: str | None, since: datetime | None) -> str | None:
    """The run that is asked for; None where a time is."""
    if run is None and since is None:
        # the row that was written last: the clock of a run may have been behind that of the run before
        row = connection.execute("SELECT run_id FROM runs ORDER BY rowid DESC LIMIT 1").fetchone()
        return row[0] if row else None
    if run is not None and not connection.execute("FROM runs WHERE run_id = ?", [run]).fetchone():
        raise UsageError(f"There is no run {run!r}: `ingest sql 'FROM runs'` lists them.")
    return run


def as_records(rows: Iterable[tuple[Any, ...]]) -> list[dict[str, Any]]:
    """Rows of :func:`changes` by the names of their cells."""
    return [dict(zip(COLUMNS, row, strict=True)) for row in rows]
