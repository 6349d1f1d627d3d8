"""`ingest rebuild`: make the warehouse again from the raw captures alone."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from ingest.cli.options import Json, Raw, Warehouse, notice
from ingest.outcome import EXIT_STATUS, Outcome
from ingest.replay import Rebuilt
from ingest.replay import rebuild as make_again
from ingest.report.closing import closing_summary
from ingest.settings import load_settings


def rebuild(
    raw: Raw = None,
    warehouse: Warehouse = None,
    accept: Annotated[
        bool, typer.Option("--accept", help="Publish although captures, models or sources are lost.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Make the whole warehouse again from the captures under raw/, with today's readers, and say what differs.

    The earlier file is kept beside it as .previous until the next successful run.
    """
    rebuilt = make_again(load_settings(raw=raw, warehouse=warehouse), notice, accept=accept)
    if as_json:
        print(json.dumps(rebuilt.as_dict(), indent=2))
    else:
        _show(rebuilt)
    if rebuilt.summary.sources_off:
        raise typer.Exit(EXIT_STATUS[Outcome.HELD_BACK])


def _show(rebuilt: Rebuilt) -> None:
    print(closing_summary(rebuilt.summary))
    print(f"digest     {rebuilt.digest}")
    if rebuilt.is_first:
        print("differs    nothing was published before")
    elif not rebuilt.differs_in:
        print("differs    in nothing")
    else:
        print(f"differs    in {', '.join(rebuilt.differs_in)}; `ingest diff --run {rebuilt.summary.run_id}` shows rows")
