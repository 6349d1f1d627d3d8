"""What the published file was made of: captures, logs, places of documents.

A new file keeps all of it. A file that has less of it replaces the published one only if that is accepted.
"""

from __future__ import annotations

import os
from collections.abc import Sequence, Set
from pathlib import Path
from typing import TYPE_CHECKING

from ingest.capture.archive import NAMED, Archive, CaptureRecord, key_of
from ingest.capture.known import CaptureRow, Known
from ingest.errors import IngestError
from ingest.load.connection import check_format, connect, literal
from ingest.process import without_collecting
from ingest.publish.swap import second_name
from ingest.rules import rules_version

if TYPE_CHECKING:
    import duckdb

    from ingest.capture.intake import Intake
    from ingest.settings import Settings

_TIME = "strftime({0}::TIMESTAMP, '%Y-%m-%dT%H:%M:%S.%f+00:00')"

_CAPTURES = f"""SELECT capture_id, location, sha256, {_TIME.format("captured_at")},
    CASE WHEN status = 'rejected' THEN reason END FROM captures ORDER BY recorded_at, rowid"""

_ROWS = f"""SELECT capture_id, location, sha256, bytes, {_TIME.format("captured_at")}, {_TIME.format("recorded_at")},
    source, media_type, http_status, etag, status, reason, {{reason}} FROM captures ORDER BY recorded_at, rowid"""

_PLACES = "CREATE TABLE IF NOT EXISTS internal.places (place VARCHAR PRIMARY KEY, location VARCHAR)"


def known(settings: Settings, place: str, *, any_layout: bool = False) -> Known:
    """What the published file has seen. ``place`` is what the key of its logs would follow from if it were new
    (:meth:`ingest.capture.archive.Archive.place_of`).

    The file keeps the key of its logs, so the key stays the same when the file is moved or renamed. A copy gets a key
    of its own while the original is still in its place, or by the setting ``warehouse_name``. ``any_layout`` allows a
    file of an earlier layout. Raises :class:`ingest.IngestError`.
    """
    warehouse = settings.warehouse
    with (
        second_name(warehouse) as path,
        connect(path, read_only=True, shown_as=warehouse) as connection,
        without_collecting(),
    ):
        check_format(connection, warehouse, any_layout=any_layout)
        made_at = _made_at(connection, settings, place)
        seen = Known(key_of(made_at), made_at, rows=lambda: _rows(warehouse))
        seen.add_captures(connection.execute(_CAPTURES).fetchall())
        seen.logs = dict(connection.execute("SELECT name, bytes FROM internal.logs").fetchall())
        # a bound value would make DuckDB import pandas
        otherwise = f"SELECT count(*) FROM captures WHERE NOT ends_with(reader, {literal(f'+{rules_version()}')})"
        seen.read_otherwise = connection.execute(otherwise).fetchall()[0][0]
        has_places = connection.execute(
            "SELECT EXISTS (FROM duckdb_tables() WHERE schema_name = 'internal' AND table_name = 'places')"
        ).fetchone()
        if has_places == (True,):
            seen.add_places(connection.execute("SELECT place, location FROM internal.places ORDER BY rowid").fetchall())
    return seen


def key_in(connection: duckdb.DuckDBPyConnection, settings: Settings) -> str:
    """The key of the logs of the warehouse of ``settings``, which ``connection`` has open."""
    place = Archive.of(settings).place_of(settings.warehouse, settings.warehouse_name)
    return key_of(_made_at(connection, settings, place))


def _made_at(connection: duckdb.DuckDBPyConnection, settings: Settings, place: str) -> str:
    """The place where a warehouse was made, unless another file is there now, or a name is set."""
    meta = dict(connection.execute("SELECT key, value FROM internal.meta").fetchall())
    made_at = str(meta.get("archive_place", place))
    if settings.warehouse_name:
        return place
    if made_at.startswith(NAMED):
        return made_at
    origin = os.path.join(os.path.realpath(settings.raw), made_at)  # noqa: PTH118
    is_taken = os.path.exists(origin) and not os.path.samefile(origin, settings.warehouse)  # noqa: PTH110, PTH121
    return place if made_at != place and is_taken else made_at


def mark(connection: duckdb.DuckDBPyConnection, intake: Intake, run_id: str, held_back: Set[str] = frozenset()) -> None:
    """Record in the new file how far each log has been loaded, and which location stands for which document.

    A log counts as far as the run read it, and the log of the run itself, ``run_id``, to its end. What another process
    logs meanwhile is left to the next run. So is a log with captures that are ``held_back``.
    """
    seen, archive = intake.known, intake.archive
    logs = {log.name: log for log in archive.logs_of(seen.key, seen.logs)}
    recorded = dict(connection.execute("SELECT name, bytes FROM internal.logs").fetchall())  # none in a new file
    gone = [name for name in recorded if name not in logs]
    own = {name: log.bytes for name, log in logs.items() if name.startswith(run_id)}
    read_to = intake.read_to | own
    logs = {name: log._replace(bytes=read_to[name]) for name, log in logs.items() if name in read_to}
    if held_back:
        unread = {name: log for name, log in logs.items() if seen.logs.get(name) != log.bytes}
        for name, log in unread.items():
            if not held_back.isdisjoint(record.capture_id for record in archive.records([log])):
                del logs[name]
    new = [(name, log.bytes) for name, log in logs.items() if recorded.get(name) != log.bytes]
    connection.execute(_PLACES)
    if gone and not seen.lacks_bytes:  # else the next run looks again for captures that no log names
        connection.execute("DELETE FROM internal.logs WHERE name IN (SELECT unnest(?::VARCHAR[]))", [gone])
    if new:
        names, bytes_read = [name for name, _ in new], [size for _, size in new]
        connection.execute(
            "INSERT OR REPLACE INTO internal.logs SELECT unnest(?::VARCHAR[]), unnest(?::BIGINT[])", [names, bytes_read]
        )
    if seen.places:
        connection.execute(
            "INSERT OR IGNORE INTO internal.places SELECT unnest(?::VARCHAR[]), unnest(?::VARCHAR[])",
            [list(seen.places), list(seen.places.values())],
        )
    connection.execute("INSERT OR REPLACE INTO internal.meta VALUES ('archive_place', ?)", [seen.made_at])


def _rows(warehouse: Path) -> list[CaptureRow]:
    with second_name(warehouse) as path, connect(path, read_only=True, shown_as=warehouse) as connection:
        names = {row[0] for row in connection.execute("DESCRIBE captures").fetchall()}
        told_by = "captured_at_reason"
        sql = _ROWS.format(reason=told_by if told_by in names else "NULL")  # an earlier version does not keep it
        return [CaptureRow(*row) for row in connection.execute(sql).fetchall()]


def refuse_loss_of_captures(seen: Known, archive: Archive, records: Sequence[CaptureRecord]) -> None:
    """Raise :class:`IngestError` if a rebuild from ``records`` would lack captures that the published file has."""
    whole = archive.whole({record.sha256 for record in records})
    there = {record.capture_id for record in records if record.sha256 in whole}
    lost = seen.capture_ids - there
    if lost:
        locations = sorted({row.location for row in seen.rows() if row.capture_id in lost})
        raise IngestError(
            f"A rebuild would lose {len(lost):,} of {len(seen.capture_ids):,} captures that the warehouse was made of, "
            f"since {archive.shown!r} does not have them whole: {_named(locations)}. Name the raw folder "
            "with --raw, or bring the captures back; a run on the pages stores theirs again. "
            "`--accept` rebuilds without them."
        )
    if not records:
        raise IngestError(f"There are no captures below {archive.shown!r} to make a warehouse of.")


def refuse_loss_of_models(connection: duckdb.DuckDBPyConnection, published: str) -> None:
    """Raise :class:`IngestError` if the new file lacks models or sources that ``published`` has now.

    ``published`` is the name under which the earlier file is attached.
    """
    said = []
    for what, sql in _LOST.items():
        rows = connection.execute(sql.format(before=published)).fetchall()
        if rows:
            said.append(f"{len(rows):,} {what} ({_named([name for (name,) in rows])})")
    if said:
        raise IngestError(
            f"The rebuilt warehouse would lack {' and '.join(said)}, and was not published. `--accept` publishes it: "
            "names may be read in another way today."
        )


_LOST = {
    "models": "SELECT model_id FROM {before}.main.models WHERE source_count > 0 EXCEPT SELECT model_id FROM models "
    "ORDER BY 1",
    "sources": "SELECT source FROM {before}.main.captures WHERE status <> 'rejected' EXCEPT "
    "SELECT source FROM captures WHERE status <> 'rejected' ORDER BY 1",
}

_NAMED = 5


def _named(names: list[str]) -> str:
    more = f" and {len(names) - _NAMED:,} more" if len(names) > _NAMED else ""
    return f"{', '.join(map(repr, names[:_NAMED]))}{more}"
