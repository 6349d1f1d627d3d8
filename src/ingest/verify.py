"""Verify a warehouse: all captures are whole, the contract holds, and each value stands at its locator."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import duckdb

from ingest.capture.archive import Archive, CaptureRecord
from ingest.errors import IngestError
from ingest.load.connection import check_format, connect
from ingest.read.locate import Places
from ingest.settings import Settings


class Fault(NamedTuple):
    """A fault: its kind, its place, and a sentence that describes it."""

    kind: str
    where: str
    says: str


_OTHER_LAYOUT = (
    "an earlier version laid out its tables; the next run that reads something new, or `ingest rebuild`, brings them "
    "up to date"
)

_KEYS = {"models": "model_id", "scores": "score_id", "benchmarks": "benchmark_id", "captures": "capture_id",
         "quarantine": "quarantine_id", "runs": "run_id"}  # fmt: skip


def faults(settings: Settings) -> list[Fault]:
    """All faults of a warehouse and of its archive, sorted, each once.

    Raises :class:`IngestError` if there is a warehouse and no folder of raw input, or if object storage does not
    answer.
    """
    raw, archive = settings.raw, Archive.of(settings)
    if settings.warehouse.exists() and not archive.is_elsewhere and not raw.is_dir():
        raise IngestError(f"There is no folder at {str(raw)!r}: name the raw folder of the captures with --raw.")
    return sorted(set(_faults(settings.warehouse, archive)))


def _faults(warehouse: Path, archive: Archive) -> Iterator[Fault]:
    """Yield faults as they are found. Each capture is decompressed, hashed and read once."""
    try:
        with connect(warehouse, read_only=True) as connection:
            check_format(connection, warehouse)
            from ingest.load.warehouse import has_layout  # start-up: a file that is held is told at once

            if has_layout(connection):
                yield from _contract(connection)
            else:
                yield Fault("contract", str(warehouse), _OTHER_LAYOUT)
            yield from _keys(connection)
            yield from _unlogged(connection, archive)
            yield from _places(connection, archive)
    except IngestError as error:
        yield Fault("warehouse", str(warehouse), str(error))
    yield from _unlisted(archive)


def _contract(connection: duckdb.DuckDBPyConnection) -> Iterator[Fault]:
    from ingest.records.tables import TABLES, sql_type  # start-up: as above

    rows = connection.execute(
        "SELECT table_name, column_name, data_type, comment FROM duckdb_columns() WHERE schema_name = 'main'"
    ).fetchall()
    there = {(table, column): (kind, comment) for table, column, kind, comment in rows}
    for schema in TABLES.values():
        for name, column in schema.columns.items():
            where = f"{schema.name}.{name}"
            kind, comment = there.get((schema.name, name), (None, None))
            want = sql_type(column)
            if kind is None:
                yield Fault("contract", where, "the column is missing")
            elif kind != want:
                yield Fault("contract", where, f"the column is {kind}, not {want}")
            elif not comment:
                yield Fault("contract", where, "the column has no comment")


def _keys(connection: duckdb.DuckDBPyConnection) -> Iterator[Fault]:
    for table, key in _KEYS.items():
        rows = connection.execute(
            f"SELECT {key}, count(*) FROM {table} GROUP BY {key} HAVING count(*) > 1 OR {key} IS NULL"
        ).fetchall()
        for value, count in rows:
            yield Fault("key", f"{table} {value}", f"{count} rows have this key")
    for table in ("scores", "prices", "claims"):
        rows = connection.execute(f"SELECT DISTINCT model_id FROM {table} ANTI JOIN models USING (model_id)").fetchall()
        for (model_id,) in rows:
            yield Fault("key", f"{table} {model_id}", "there is no such model")


_STATEMENTS = """
    SELECT c.capture_id, c.sha256, c.media_type, c.location,
        list({'what': s.what, 'locator': s.locator, 'raw_text': s.raw_text}) FILTER (s.what IS NOT NULL) AS said
    FROM captures AS c LEFT JOIN (
        SELECT capture_id, 'claim ' || model_id || ' ' || field AS what, locator, raw_text FROM internal.claims
        UNION ALL
        SELECT capture_id, 'price ' || model_id || ' ' || kind, locator, raw_text FROM internal.prices
        UNION ALL
        SELECT capture_id, 'score ' || model_id || ' ' || benchmark_listed, locator, score_text FROM internal.scores
        UNION ALL
        SELECT capture_id, 'note ' || model_id || ' ' || benchmark_listed, locator, description_raw
        FROM internal.scores
    ) AS s ON c.capture_id = s.capture_id AND s.raw_text IS NOT NULL AND s.locator IS NOT NULL
    GROUP BY ALL ORDER BY c.location, c.capture_id"""


def _places(connection: duckdb.DuckDBPyConnection, archive: Archive) -> Iterator[Fault]:
    """Faults of captures that do not hash to their address, and of statements that do not stand at their locator."""
    cursor = connection.execute(_STATEMENTS)
    while rows := cursor.fetchmany(200):
        contents = archive.load_each(row[1] for row in rows)
        for (capture_id, _, media_type, location, said), content in zip(rows, contents, strict=True):
            try:
                if isinstance(content, IngestError):
                    raise content
                places = Places(content, media_type, location)
            except IngestError as error:
                yield Fault("capture", f"{location} ({capture_id})", str(error))
                continue
            yield from _misplaced(places, location, said or [])


def _misplaced(places: Places, location: str, said: list[dict[str, str]]) -> Iterator[Fault]:
    for statement in said:
        if not places.holds(statement["locator"], statement["raw_text"]):
            yield Fault(
                "locator",
                f"{location} {statement['locator']}",
                f"{statement['what']}: {statement['raw_text'][:80]!r} does not stand there",
            )


def _unlogged(connection: duckdb.DuckDBPyConnection, archive: Archive) -> Iterator[Fault]:
    """Faults of captures that no log names, so that a rebuild would lack them."""
    named = {record.capture_id for record in archive.records()}
    rows = connection.execute("SELECT capture_id, location FROM captures ORDER BY location, capture_id").fetchall()
    for capture_id, location in rows:
        if capture_id not in named:
            yield Fault("log", f"{location} ({capture_id})", "no log of captures names it; a run on it logs it again")


def _unlisted(archive: Archive) -> Iterator[Fault]:
    """Faults of captures that the log names and the warehouse may not know yet: their bytes must be whole too."""
    first: dict[str, CaptureRecord] = {}
    for record in archive.records():
        first.setdefault(record.sha256, record)
    for record, content in zip(first.values(), archive.load_each(first), strict=True):
        if isinstance(content, IngestError):
            yield Fault("capture", f"{record.location} ({record.capture_id})", str(content))
