"""The load of one run: resolve the names, validate the rows, and merge them into the histories in one transaction."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Set
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from ingest.capture.archive import CaptureRecord
from ingest.load import floors, history, ranking
from ingest.load.changes import state_before, write_changes
from ingest.load.choice import weights
from ingest.load.connection import FIRST_LOAD_MB, FIRST_LOAD_THREADS, SCORES_FOR_A_MB
from ingest.load.counts import counts
from ingest.load.naming import NamedTables, SettingsOf, captures_named_otherwise, document_scopes, name_all
from ingest.load.prices import store_conflicts, store_prices
from ingest.load.rows import ObservedTables, observe
from ingest.load.staging import Read, open_staging, stage, stage_records
from ingest.load.statements import drop, from_rows, make_table, quoted, statement, texts
from ingest.load.warehouse import create
from ingest.outcome import Accept
from ingest.records.tables import CAPTURES

if TYPE_CHECKING:
    import duckdb

    from ingest.batch import Columns

    Connection = duckdb.DuckDBPyConnection

ReadAgain = Callable[[set[str]], tuple[list[CaptureRecord], "Iterator[Columns]"]]
"""Reads captures again by their ids. Returns their records and their batches."""

_STAGED_ROW_GROUP = 122_880
"""Rows in a row group of a temporary table, DuckDB's unit of parallel work
(https://duckdb.org/docs/stable/internals/storage)."""


@dataclass(frozen=True, slots=True)
class LoadTask:
    """What a load is told.

    ``recorded_at`` is an ISO time. ``forget`` lists captures to take out first. ``settings_of`` returns the content of
    a source's ``source.yaml``. ``accept`` publishes sources even if they state far less than before: all of them, or
    those that it names. ``published`` is the name under which the file that this one replaces is attached.
    """

    run_id: str
    recorded_at: str
    settings_of: SettingsOf
    read_again: ReadAgain
    forget: Set[str] = frozenset()
    accept: Accept = False
    published: str | None = None


def load_batches(
    connection: Connection, batches: Iterable[Columns], records: list[CaptureRecord], task: LoadTask
) -> dict[str, Any]:
    """Make the tables of the warehouse, stage what batches read, and merge it as :func:`load` does.

    ``records`` may grow until the last batch was given.
    """
    create(connection)
    read = open_staging(connection)
    stage(connection, read, batches)
    return load(connection, read, records, task)


def load(connection: Connection, read: Read, records: Iterable[CaptureRecord], task: LoadTask) -> dict[str, Any]:
    """Merge what was read into the histories, in the transaction that the caller has begun.

    Returns the counts of a run's summary by name. Raises :class:`ingest.load.floors.FloorsError` if a source states far
    less than before and that is not accepted.
    """
    if task.published:
        keep_past(connection, task.published)
    is_update = _choose_threads(connection, read)
    records = list(records)
    stage_records(connection, read, records)
    scopes = document_scopes(connection, read)
    again = history.captures_to_read_again(connection, scopes) - task.forget
    records = _stage_again(connection, read, records, again, task)
    renamed = captures_named_otherwise(connection, read) - task.forget
    records = _stage_again(connection, read, records, renamed, task)
    again |= renamed
    if again:
        scopes = document_scopes(connection, read)
    forgotten, lost_scopes = history.forget(connection, task.forget | again)
    _weigh_sources(connection, read, task.settings_of)
    connection.execute(
        statement("captures", captures=read.captures, records=read.records, columns=quoted(CAPTURES.columns))
    )
    when = history.timeline(connection, scopes, lost_scopes)
    named = name_all(connection, read)
    observed = observe(connection, read, named)
    before = state_before(connection, when.affected, task.published)
    accepted = frozenset() if isinstance(task.accept, bool) else task.accept
    is_guarded = is_update and task.accept is not True and not task.published
    late = floors.late(connection, scopes)
    stated_before = floors.stated(connection, read, when.affected, late, "before") if is_guarded else None
    written = _merge(connection, observed, when, task.recorded_at)
    connection.execute(f"INSERT INTO internal.capture_scopes FROM {scopes}")
    history.put_in_force(connection, when.affected)
    history.contest(connection, when.affected)
    if stated_before is not None:
        stated = stated_before, floors.stated(connection, read, when.affected, late, "now")
        floors.check(connection, read, named, stated, task.settings_of, accepted=accepted)
    ranking.rank(connection, when.affected, task.recorded_at)
    store_prices(connection)
    store_conflicts(connection)
    write_changes(connection, before, task.run_id, task.recorded_at)
    connection.execute(_findings(read, named, observed, forgotten, task.recorded_at))
    known = make_table(connection, "known_captures", from_rows(texts("capture_id"), [(each,) for each in again]))
    return {"rows_written": written, **counts(connection, read, observed, known)}


def _stage_again(
    connection: Connection, read: Read, records: list[CaptureRecord], capture_ids: Set[str], task: LoadTask
) -> list[CaptureRecord]:
    """Stage captures that are read again; gives all records that are staged now."""
    if not capture_ids:
        return records
    more, batches = task.read_again(set(capture_ids))
    stage(connection, read, batches)
    records = [*records, *more]
    stage_records(connection, read, records)
    return records


def _merge(connection: Connection, observed: ObservedTables, when: history.Timeline, recorded_at: str) -> int:
    """Fold the observed rows into the histories and drop them. Returns how many rows were written, without listings."""
    written = {}
    for each in history.HISTORIES:
        staged = getattr(observed, each.name)
        written[each.name] = history.merge(connection, each, staged, when, recorded_at)
        drop(connection, staged)
    return sum(written.values()) - written[history.LISTINGS.name]


def keep_past(connection: Connection, published: str) -> None:
    """Copy ``runs`` and ``changes`` from the published file that a rebuild replaces."""
    connection.execute(f"""
        INSERT INTO runs BY NAME SELECT * FROM {published}.main.runs;
        INSERT INTO changes BY NAME SELECT * FROM {published}.main.changes;
    """)


def _choose_threads(connection: Connection, read: Read) -> bool:
    """Use one thread for less than a row group, DuckDB's unit of work: a second one would only burn processor time.

    Returns whether anything was loaded before this run.
    """
    row = connection.execute(
        f"SELECT (SELECT count(*) FROM {read.scores}), EXISTS (FROM internal.capture_scopes)"
    ).fetchone()
    assert row is not None
    rows, is_update = row
    if rows > _STAGED_ROW_GROUP and is_update:
        connection.execute("RESET threads")
    elif rows > _STAGED_ROW_GROUP:
        memory = FIRST_LOAD_MB * FIRST_LOAD_THREADS + rows // SCORES_FOR_A_MB
        connection.execute(f"SET threads = {FIRST_LOAD_THREADS}; SET memory_limit = '{memory}MB'")
    return bool(is_update)


_SOURCE_FACTS = ("title", "home", "licence", "attribution", "trust", "freshness_days")


def _weigh_sources(connection: Connection, read: Read, settings_of: SettingsOf) -> None:
    """Rewrite what is known of each source, and which source to believe."""
    rows = connection.execute(
        f"SELECT DISTINCT source FROM {read.captures} "
        "UNION SELECT DISTINCT source FROM internal.source_trust ORDER BY 1"
    ).fetchall()
    names = [name for (name,) in rows]
    weighed = weights(names, settings_of)
    facts = [(name, *(settings_of(name).get(fact) for fact in _SOURCE_FACTS)) for name in names]
    tables = {
        "source_trust": from_rows(texts("source", "field", "trust") | {"trust": pa.int32()}, weighed.trust),
        "overrides": from_rows(texts("model_id", "field", "source", "reason"), weighed.overrides),
        "sources": from_rows(texts("source", *_SOURCE_FACTS) | {"freshness_days": pa.int32()}, facts),
    }
    for table, content in tables.items():
        made = make_table(connection, f"new_{table}", content)
        connection.execute(f"DELETE FROM internal.{table}; INSERT INTO internal.{table} FROM {made}")


_FAULT = "md5(concat_ws('|', c.source, r.location, q.table_name, q.record, q.reasons::VARCHAR))"


def _findings(read: Read, named: NamedTables, observed: ObservedTables, forgotten: str, recorded_at: str) -> str:
    return statement(
        "findings",
        lines=read.unread_lines,
        checks=read.checks,
        captures=read.captures,
        records=read.records,
        refused=observed.refused,
        named=named.entries,
        forgotten=forgotten,
        fault=_FAULT,
        recorded_at=f"TIMESTAMP '{recorded_at}'",
    )


__all__ = ["LoadTask", "ReadAgain", "keep_past", "load_batches"]
