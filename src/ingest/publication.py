"""How the work of a run becomes public: it is done on a copy of the published file, which then takes its place."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import duckdb

from ingest.capture.files import FILES_NAMED
from ingest.capture.intake import Intake
from ingest.errors import IngestError
from ingest.load.connection import connect, interruptible, literal
from ingest.publish import Previous, discard, publish, state_of, working_copy
from ingest.records.forms import is_feed_file
from ingest.rules import rules_version
from ingest.summary import Summary
from ingest.timing import StepTimes

Change = Callable[[duckdb.DuckDBPyConnection], Mapping[str, Any]]
"""Changes the copy in the transaction that is open; returns counts of the summary by name."""


@dataclass(frozen=True, slots=True)
class Publication:
    """What publishing asks of a run. ``intake`` knows the captures that brought nothing new.

    ``begin`` may write an empty warehouse to the path that it is given.
    """

    warehouse: Path
    run_id: str
    started_at: datetime
    flow_run_id: str | None
    intake: Intake
    times: StepTimes
    begin: Callable[[Path], None]

    def publish(self, change: Change | None, *, anew: bool = False) -> Summary:
        """Work on a copy of the published file, or ``anew`` on none; write the row of the run; swap the copy in.

        Without a ``change`` only the row of the run is written. Raises :class:`IngestError`; the published file stays
        as it was then.
        """
        before = state_of(self.warehouse)
        work = working_copy(self.warehouse, anew=anew)
        is_first = not work.exists()
        summary = Summary(self.run_id, warehouse=str(self.warehouse))
        try:
            if is_first:
                with self.times.step("load"):
                    self.begin(work)
            with (
                connect(work, read_only=False, is_first_load=is_first) as connection,
                interruptible(connection),
            ):
                connection.execute("BEGIN")
                for name, value in (change(connection) if change else {}).items():
                    setattr(summary, name, value)
                summary.captures_unchanged += self.intake.unchanged
                summary.feeds_unchanged += self.intake.feeds_unchanged
                self._count_unreadable(summary)
                self._write_run(connection, summary)
                connection.execute("COMMIT")
                connection.execute("CHECKPOINT")
            with self.times.step("publish"):
                publish(work, self.warehouse, before, _previous(summary, anew=anew))
        except duckdb.Error as error:
            raise IngestError(f"The load failed and nothing was published: {error}") from error
        finally:
            discard(work)
        summary.seconds = {step: round(seconds, 3) for step, seconds in self.times.seconds.items()}
        return summary

    def note_failure(self, error: IngestError) -> None:
        """Add the failed run to ``runs`` of the published file, as far as that can be done."""
        if self.warehouse.exists():
            with suppress(IngestError):
                self.publish(lambda _: {"status": "failed", "error": str(error)})

    def _count_unreadable(self, summary: Summary) -> None:
        """Tell of files that an earlier run could not open either: they are in the warehouse, and still not read."""
        again = self.intake.still_unreadable
        for location, reason in again:
            kind = reason.partition(":")[0]
            summary.rejected[kind] = summary.rejected.get(kind, 0) + 1
            if len(summary.rejected_files) < FILES_NAMED:
                summary.rejected_files.append(
                    f"{location}: {reason} (rejected before: `ingest quarantine replay` reads it with today's sources)"
                )
        summary.captures_rejected += len(again)
        summary.feeds_rejected += sum(is_feed_file(location) for location, _ in again)
        summary.held_back += self.intake.still_held_back()

    def _write_run(self, connection: duckdb.DuckDBPyConnection, summary: Summary) -> None:
        counted = {k: v for k, v in summary.as_dict().items() if k.startswith(("captures_", "rows_"))}
        row = counted | {
            "run_id": self.run_id,
            "flow_run_id": self.flow_run_id,
            "started_at": self.started_at,
            "finished_at": datetime.now(UTC),
            "status": summary.status,
            "error": summary.not_well() or summary.error,
            "versions": json.dumps({name: version(name) for name in ("ingest", "duckdb")} | {"rules": rules_version()}),
        }
        values = ", ".join(literal(value) for value in row.values())  # bound values make DuckDB import pandas: 0.4 s
        connection.execute(f"INSERT INTO runs ({', '.join(row)}) VALUES ({values})")


def _previous(summary: Summary, *, anew: bool) -> Previous:
    """A rebuild keeps the file before, until the next run that succeeds."""
    if anew:
        return "make"
    return "keep" if summary.error or summary.held_back else "remove"
