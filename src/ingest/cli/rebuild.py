"""`ingest rebuild`: the warehouse again, from raw captures alone."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from ingest.cli.output import printable


def rebuild(
    raw: Annotated[Path | None, typer.Option(metavar="DIR", help="Folder of raw input and captures.")] = None,
    warehouse: Annotated[Path | None, typer.Option(metavar="FILE", help="The DuckDB file to publish.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the outcome as JSON.")] = False,
) -> None:
    """Make the whole warehouse again from the captures under raw/, with today's readers, and say what differs."""
    import sys  # noqa: PLC0415

    from ingest.cli.run import closing_summary  # noqa: PLC0415
    from ingest.load.connection import connect  # noqa: PLC0415
    from ingest.load.digest import digest  # noqa: PLC0415
    from ingest.pipeline import open_run  # noqa: PLC0415
    from ingest.settings import load_settings  # noqa: PLC0415

    settings = load_settings(raw=raw, warehouse=warehouse)
    before: dict[str, str] = {}
    with open_run(settings, lambda text: print(printable(text), file=sys.stderr)) as run:
        if settings.warehouse.exists():
            with connect(settings.warehouse, read_only=True) as connection:
                before = digest(connection)[1]
        summary = run.rebuild()
        with connect(settings.warehouse, read_only=True) as connection:
            whole, after = digest(connection)
            counts = connection.execute(
                "SELECT table_name, kind, count(*) FROM changes WHERE run_id = ? GROUP BY ALL ORDER BY ALL",
                [summary.run_id],
            ).fetchall()
    differs = sorted(name for name in before if before[name] != after[name])
    if as_json:
        changes = [{"table_name": table, "kind": kind, "rows": rows} for table, kind, rows in counts]
        outcome = {"summary": summary.as_dict(), "digest": whole, "differs_in": differs, "changes": changes}
        print(json.dumps(outcome, indent=2))
        return
    print(closing_summary(summary))
    print(f"digest     {whole}")
    if not before:
        print("differs    nothing was published before")
    elif not differs:
        print("differs    in nothing")
    else:
        print(f"differs    in {', '.join(differs)}; `ingest diff --run {summary.run_id}` shows rows")
