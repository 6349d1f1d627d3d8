"""`ingest status`: how it stands."""

from __future__ import annotations

import json

import typer

from ingest.cli.options import Json, MaxAge, Raw, Warehouse, age
from ingest.cli.output import show_table
from ingest.report.text import printable
from ingest.settings import load_settings
from ingest.status import Status
from ingest.status import status as status_of


def status(warehouse: Warehouse = None, raw: Raw = None, max_age: MaxAge = None, as_json: Json = False) -> None:
    """Say how it stands: last run, sources, what is held back, disk, lock, server.

    Exit status 0 where all is well and 1 where something is wrong, for a probe. With --max-age, a last run that is
    older is wrong too.
    """
    found = status_of(load_settings(warehouse=warehouse, raw=raw), max_age=age(max_age))
    if as_json:
        print(json.dumps(found.as_dict(), ensure_ascii=False, indent=2))
    else:
        _show(found)
    if found.wrong:
        raise typer.Exit(1)


def _show(found: Status) -> None:
    last = found.last_run
    if last:
        holds_back = last["error"] and last["status"] == "succeeded"
        how = "published, with something held back" if holds_back else last["status"]
        print(f"last run   {how}, {last['finished_at']} ({last['hours_ago']:g} hours ago)")
        print(
            f"           {last['captures_read']:,} read, {last['captures_unchanged']:,} unchanged, "
            f"{last['captures_rejected']:,} rejected"
        )
    print(f"disk       {', '.join(f'{name[:-6]} {size / 1e9:.2f} GB' for name, size in found.disk.items())}")
    print(f"writing    {printable(found.lock) if found.lock else 'nobody'}")
    server = found.server
    print(
        f"server     {server['api'] + (' answers' if server['answers'] else ' does not answer') if server else 'none'}"
    )
    if found.sources:
        print()
        show_table([name.replace("_", " ") for name in found.sources[0]], [list(row.values()) for row in found.sources])
    print()
    for sentence in found.wrong:
        print(printable(f"wrong: {sentence}"))
    for sentence in found.notes:
        print(printable(f"note:  {sentence}"))
    if not found.wrong:
        print("Nothing is wrong." if found.notes else "All is well.")
