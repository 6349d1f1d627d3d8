"""`ingest retention`: what nothing needs any more."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from ingest.cli.options import Json, Raw, Warehouse
from ingest.report.text import printable
from ingest.retention import removable
from ingest.retention import remove as remove_all
from ingest.settings import load_settings


def retention(
    warehouse: Warehouse = None,
    raw: Raw = None,
    days: Annotated[float, typer.Option(min=0, help="Leave what is younger.")] = 7,
    remove: Annotated[bool, typer.Option("--remove", help="Remove what is listed. Without it, nothing is.")] = False,
    as_json: Json = False,
) -> None:
    """Show what killed runs left behind and nothing needs any more; with --remove, remove it.

    Captures that a log names are never among it: the warehouse and a rebuild need them.
    """
    settings = load_settings(warehouse=warehouse, raw=raw)
    found = remove_all(settings, days) if remove else removable(settings, days)
    if as_json:
        print(json.dumps([each._asdict() for each in found], ensure_ascii=False, indent=2))
        return
    for each in found:
        print(printable(f"{each.bytes:>12,}  {each.path}  {each.why}"))
    size = sum(each.bytes for each in found)
    what = "were removed" if remove else "can be removed; --remove removes them"
    print(f"{len(found):,} files of {size:,} bytes {what}." if found else "There is nothing that is not needed.")
