"""`ingest site`: the warehouse as pages that open from a folder."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from ingest.cli.options import Json, Warehouse
from ingest.report.text import printable
from ingest.settings import load_settings
from ingest.site import build


def site(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="The folder of the site; an earlier one is replaced.")],
    again: Annotated[bool, typer.Option("--again", help="Build it even if nothing has changed since.")] = False,
    as_json: Json = False,
    warehouse: Warehouse = None,
) -> None:
    """Write a site of leaderboards, prices, models and data quality that opens in a browser without a server.

    DIR is written whole or stays as it was. Nothing is fetched from the network, by this command or by the pages.
    """
    done = build(load_settings(warehouse=warehouse).warehouse, folder, again=again)
    if as_json:
        print(json.dumps(done.as_dict(), indent=2))
        return
    shown = printable(str(done.folder / "index.html"))
    if done.is_unchanged:
        print(f"nothing has changed since the last build: open {shown}")
    else:
        print(f"{done.pages:,} pages, {done.size / 1e6:.1f} MB: open {shown}")
