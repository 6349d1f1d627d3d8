"""`ingest quarantine`: rows that could not be used, and reading them again."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from ingest.cli.options import Json, Raw, Warehouse, notice
from ingest.cli.output import show_table
from ingest.report import quarantine
from ingest.report.closing import closing_summary
from ingest.report.text import printable
from ingest.settings import load_settings

quarantine_app = typer.Typer(help="Rows that could not be used: list, show, read again.", invoke_without_command=True)


@quarantine_app.callback()
def overview(context: typer.Context, warehouse: Warehouse = None) -> None:
    """Count the rows in quarantine by reason and source."""
    if context.invoked_subcommand:
        return
    if rows := quarantine.counts(load_settings(warehouse=warehouse).warehouse):
        show_table(quarantine.COUNTED, rows)
    else:
        print("Nothing stands in quarantine.")


@quarantine_app.command("show")
def show(
    reason: Annotated[str | None, typer.Option(help="Only rows with this reason.")] = None,
    source: Annotated[str | None, typer.Option(help="Only rows of this source.")] = None,
    limit: Annotated[int, typer.Option(min=1, help="At most so many rows.")] = 20,
    warehouse: Warehouse = None,
    raw: Raw = None,
    as_json: Json = False,
) -> None:
    """Show rows in quarantine with the lines of the capture that they come from."""
    settings = load_settings(warehouse=warehouse, raw=raw)
    rows = quarantine.quarantined(settings, reason, source, limit)
    if as_json:
        print(json.dumps([row._asdict() for row in rows], ensure_ascii=False, indent=2))
        return
    for row in rows:
        print(printable(f"{row.location} {row.locator}: {', '.join(row.reasons)} ({row.table_name})"))
        for line in (row.text or "").splitlines():
            print(f"    {printable(line)[:500]}")


@quarantine_app.command("replay")
def replay(
    reason: Annotated[str | None, typer.Option(help="Only captures with rows of this reason.")] = None,
    source: Annotated[str | None, typer.Option(help="Only captures of this source.")] = None,
    warehouse: Warehouse = None,
    raw: Raw = None,
    as_json: Json = False,
) -> None:
    """Read the captures of quarantined rows and rejected captures again with today's readers and names."""
    from ingest.replay import replay as read_again

    replayed = read_again(load_settings(warehouse=warehouse, raw=raw), reason, source, notice)
    if as_json:
        print(json.dumps({"summary": replayed.summary.as_dict(), "resolved": replayed.resolved}, indent=2))
        return
    print(closing_summary(replayed.summary))
    print(f"resolved   {replayed.resolved:,} of {replayed.open_before:,} rows in quarantine")
