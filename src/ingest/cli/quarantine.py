"""`ingest quarantine`: rows that could not be used, and working them off."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ingest.cli.output import printable, show_table
from ingest.errors import IngestError

if TYPE_CHECKING:
    from ingest.capture.archive import Archive

quarantine_app = typer.Typer(help="Rows that could not be used: list, show, read again.", invoke_without_command=True)

Warehouse = Annotated[Path | None, typer.Option(metavar="FILE", help="The warehouse.")]
Raw = Annotated[Path | None, typer.Option(metavar="DIR", help="Folder of raw input and captures.")]


@quarantine_app.callback()
def overview(context: typer.Context, warehouse: Warehouse = None) -> None:
    """Without a command: how many rows stand in quarantine, by reason and source."""
    if context.invoked_subcommand:
        return
    rows = _query(
        warehouse,
        """SELECT reason, source, table_name, count(*), min(first_seen), max(last_seen)
           FROM (SELECT unnest(reasons) AS reason, * FROM quarantine WHERE resolved_at IS NULL)
           GROUP BY ALL ORDER BY count(*) DESC, reason, source, table_name""",
    )
    rejected = _query(
        warehouse,
        """SELECT split_part(reason, ':', 1), source, 'captures', count(*), min(captured_at), max(captured_at)
           FROM captures WHERE status = 'rejected' GROUP BY ALL ORDER BY ALL""",
    )
    if not rows and not rejected:
        print("Nothing stands in quarantine.")
        return
    show_table(("reason", "source", "table", "rows", "first seen", "last seen"), [*rows, *rejected])


@quarantine_app.command("show")
def show(
    reason: Annotated[str | None, typer.Option(help="Only rows with this reason.")] = None,
    source: Annotated[str | None, typer.Option(help="Only rows of this source.")] = None,
    limit: Annotated[int, typer.Option(min=1, help="At most so many rows.")] = 20,
    warehouse: Warehouse = None,
    raw: Raw = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print as JSON.")] = False,
) -> None:
    """Show rows with the lines of the capture that they came from."""
    from ingest.capture.archive import Archive  # noqa: PLC0415
    from ingest.settings import load_settings  # noqa: PLC0415

    settings = load_settings(warehouse=warehouse, raw=raw)
    rows = _query(
        settings.warehouse,
        """SELECT q.quarantine_id, q.source, c.location, q.locator, q.table_name, q.record, q.reasons, c.sha256
           FROM quarantine AS q LEFT JOIN captures AS c USING (capture_id)
           WHERE q.resolved_at IS NULL AND (?::VARCHAR IS NULL OR list_contains(q.reasons, ?))
               AND (?::VARCHAR IS NULL OR q.source = ?)
           ORDER BY q.source, c.location, q.locator LIMIT ?""",
        [reason, reason, source, source, limit],
    )
    archive = Archive(settings.raw)
    found = []
    for quarantine_id, of, location, locator, table, record, reasons, sha256 in rows:
        found.append(
            {
                "quarantine_id": quarantine_id,
                "source": of,
                "location": location,
                "locator": locator,
                "table_name": table,
                "reasons": reasons,
                "record": json.loads(record),
                "text": _lines(archive, sha256, locator),
            }
        )
    if as_json:
        print(json.dumps(found, ensure_ascii=False, indent=2))
        return
    for row in found:
        print(printable(f"{row['location']} {row['locator']}: {', '.join(row['reasons'])} ({row['table_name']})"))
        for line in (row["text"] or "").splitlines():
            print(f"    {printable(line)[:500]}")


@quarantine_app.command("replay")
def replay(
    reason: Annotated[str | None, typer.Option(help="Only captures with rows of this reason.")] = None,
    source: Annotated[str | None, typer.Option(help="Only captures of this source.")] = None,
    warehouse: Warehouse = None,
    raw: Raw = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the summary as JSON.")] = False,
) -> None:
    """Read the captures of quarantined rows, and rejected ones, again with today's readers and names."""
    from ingest.cli.run import closing_summary  # noqa: PLC0415
    from ingest.load.connection import connect  # noqa: PLC0415
    from ingest.pipeline import open_run  # noqa: PLC0415
    from ingest.settings import load_settings  # noqa: PLC0415

    settings = load_settings(warehouse=warehouse, raw=raw)
    with open_run(settings, lambda text: print(printable(text), file=sys.stderr)) as run:
        with connect(settings.warehouse, read_only=True) as connection:
            rows = connection.execute(
                """SELECT c.capture_id FROM quarantine AS q JOIN captures AS o USING (capture_id)
                   JOIN captures AS c ON c.location = o.location AND c.captured_at BETWEEN q.first_seen AND q.last_seen
                   WHERE q.resolved_at IS NULL AND ($reason IS NULL OR list_contains(q.reasons, $reason))
                       AND ($source IS NULL OR q.source = $source)
                   UNION SELECT capture_id FROM captures WHERE status = 'rejected'
                       AND ($reason IS NULL OR starts_with(reason, $reason))
                       AND ($source IS NULL OR source = $source)""",
                {"reason": reason, "source": source},
            ).fetchall()
            open_before = _open_rows(connection)
        summary = run.reread({capture_id for (capture_id,) in rows})
        with connect(settings.warehouse, read_only=True) as connection:
            resolved = len(open_before - _open_rows(connection))
    if as_json:
        print(json.dumps({"summary": summary.as_dict(), "resolved": resolved}, indent=2))
        return
    print(closing_summary(summary))
    print(f"resolved   {resolved:,} of {len(open_before):,} rows in quarantine")


def _lines(archive: Archive, sha256: str | None, locator: str) -> str | None:
    """What stands at the place; a capture that is lost or damaged says so, and hides no other row."""
    from ingest.read.locate import excerpt  # noqa: PLC0415

    try:
        return excerpt(archive.load(sha256), locator) if sha256 else None
    except IngestError as error:
        return str(error)


def _open_rows(connection: Any) -> set[str]:
    rows = connection.execute("SELECT quarantine_id FROM quarantine WHERE resolved_at IS NULL").fetchall()
    return {quarantine_id for (quarantine_id,) in rows}


def _query(warehouse: Path | None, sql: str, values: list[object] | None = None) -> list[tuple[Any, ...]]:
    from ingest.load.connection import check_format, connect  # noqa: PLC0415
    from ingest.settings import load_settings  # noqa: PLC0415

    path = load_settings(warehouse=warehouse).warehouse
    with connect(path, read_only=True) as connection:
        check_format(connection, path)
        return connection.execute(sql, values or []).fetchall()
