"""Count what a run did, for its summary."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ingest.capture.files import FILES_NAMED
from ingest.load.rows import ObservedTables
from ingest.load.staging import Read
from ingest.load.statements import rows_by_name, statement
from ingest.outcome import HeldBack, is_held_back, kind_of

if TYPE_CHECKING:
    import duckdb


def counts(connection: duckdb.DuckDBPyConnection, read: Read, observed: ObservedTables, known: str) -> dict[str, Any]:
    """The counts of a run's summary by name.

    ``known`` is a table of captures that were read before; they do not count.
    """
    tables = {
        "captures": read.captures,
        "records": read.records,
        "checks": read.checks,
        "lines": read.unread_lines,
        "refused": observed.refused,
    }
    (counted,) = rows_by_name(connection.execute(statement("counts", **tables, known=known)))

    def by_reason(sql: str) -> dict[str, int]:
        query = f"SELECT reason, count(*) FROM ({sql}) GROUP BY 1 ORDER BY 2 DESC, 1"
        return dict(connection.execute(query).fetchall())

    news = f"WHERE capture_id NOT IN (FROM {known})"
    rejected = statement("rejected", captures=read.captures, records=read.records, known=known)
    encoded = connection.execute(
        f"SELECT location || ': read as ' || encoding || ' (' || encoding_reason || ')' FROM {read.captures} "
        f"JOIN {read.records} USING (capture_id) {news} AND is_feed AND status <> 'rejected' AND encoding <> 'utf-8' "
        f"ORDER BY ALL LIMIT {FILES_NAMED}"
    ).fetchall()
    told = connection.execute(f"FROM ({rejected}) ORDER BY location, reason").fetchall()
    return counted | {
        "quarantined": by_reason(f"SELECT unnest(reasons) AS reason FROM {observed.refused} {news}"),
        "rejected": by_reason(f"SELECT split_part(reason, ':', 1) AS reason FROM ({rejected})"),
        "rejected_files": [f"{location}: {reason}" for location, reason, *_ in told[:FILES_NAMED]],
        "encoded_files": [file for (file,) in encoded],
        "held_back": [
            HeldBack(source, location, kind_of(reason), reason)
            for location, reason, source, was_read, is_expected in told
            if is_held_back(reason, was_read=was_read, is_expected=is_expected)
        ],
        "checks_failed": by_reason(f"SELECT name AS reason FROM {read.checks} {news} AND NOT passed"),
    }
