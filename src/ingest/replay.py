"""Read captures again with today's readers: those of rows in quarantine, or all of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from ingest.load.digest import digest
from ingest.pipeline import Summary, open_run
from ingest.report.opened import opened
from ingest.settings import Settings

_CAPTURES = """SELECT c.capture_id FROM quarantine AS q JOIN captures AS o USING (capture_id)
    JOIN captures AS c ON c.location = o.location AND c.captured_at BETWEEN q.first_seen AND q.last_seen
    WHERE q.resolved_at IS NULL AND ($reason IS NULL OR list_contains(q.reasons, $reason))
        AND ($source IS NULL OR q.source = $source)
    UNION SELECT capture_id FROM captures WHERE status = 'rejected'
        AND ($reason IS NULL OR starts_with(reason, $reason)) AND ($source IS NULL OR source = $source)"""

_CHANGED = "SELECT table_name, kind, count(*) FROM changes WHERE run_id = ? GROUP BY ALL ORDER BY ALL"


@dataclass(frozen=True, slots=True)
class Replayed:
    """The outcome of a replay: the run, how many rows were in quarantine, and how many of them pass now."""

    summary: Summary
    open_before: int
    resolved: int


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """The outcome of a rebuild. ``differs_in`` names the public tables whose content differs from the earlier file.

    ``is_first`` is set if there was no earlier file. ``changes`` counts rows by table and kind.
    """

    summary: Summary
    digest: str
    is_first: bool
    differs_in: list[str]
    changes: list[tuple[str, str, int]] = field(default_factory=list)

    def as_dict(self) -> dict[str, Any]:
        """The outcome as plain data, for JSON."""
        changes = [{"table_name": table, "kind": kind, "rows": rows} for table, kind, rows in self.changes]
        return {
            "summary": self.summary.as_dict(),
            "digest": self.digest,
            "differs_in": self.differs_in,
            "changes": changes,
        }


def replay(
    settings: Settings,
    reason: str | None = None,
    source: str | None = None,
    notice: Callable[[str], None] = lambda _: None,
) -> Replayed:
    """Read the captures of quarantined rows and rejected captures again. ``reason`` and ``source`` select some of them.

    Raises :class:`ingest.IngestError` if the run fails.
    """
    with open_run(settings, notice) as run:
        with opened(settings.warehouse) as connection:
            rows = connection.execute(_CAPTURES, {"reason": reason, "source": source}).fetchall()
        before = _open_rows(settings)
        summary = run.reread({capture_id for (capture_id,) in rows})
        return Replayed(summary, len(before), len(before - _open_rows(settings)))


def rebuild(settings: Settings, notice: Callable[[str], None] = lambda _: None, *, accept: bool = False) -> Rebuilt:
    """Make the warehouse again from the captures alone.

    Raises :class:`ingest.IngestError` if the run fails, or if captures, models or sources of the published file would
    be lost and ``accept`` is not set.
    """
    before: dict[str, str] = {}
    with open_run(settings, notice, any_layout=True) as run:
        if settings.warehouse.exists():
            with opened(settings.warehouse, any_layout=True) as connection:
                before = digest(connection)[1]
        summary = run.rebuild(accept=accept)
        with opened(settings.warehouse) as connection:
            whole, after = digest(connection)
            changes = connection.execute(_CHANGED, [summary.run_id]).fetchall()
    differs = sorted(name for name in before if before[name] != after[name])
    return Rebuilt(summary, whole, not before, differs, changes)


def _open_rows(settings: Settings) -> set[str]:
    with opened(settings.warehouse) as connection:
        rows = connection.execute("SELECT quarantine_id FROM quarantine WHERE resolved_at IS NULL").fetchall()
    return {quarantine_id for (quarantine_id,) in rows}
