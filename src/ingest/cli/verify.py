"""`ingest verify`: check captures, contract and locators."""

from __future__ import annotations

import json

import typer

from ingest.cli.options import Json, Raw, Warehouse
from ingest.report.text import printable
from ingest.settings import load_settings
from ingest.verify import faults


def verify(warehouse: Warehouse = None, raw: Raw = None, as_json: Json = False) -> None:
    """Hash the raw captures again, and check the warehouse against its contract and each locator against its capture.

    Lists the faults, with exit status 1 if there are any.
    """
    settings = load_settings(warehouse=warehouse, raw=raw)
    wrong = faults(settings)
    if as_json:
        print(json.dumps([fault._asdict() for fault in wrong], ensure_ascii=False, indent=2))
    else:
        for fault in wrong:
            print(printable(f"{fault.kind}: {fault.where}: {fault.says}"))
        print(f"{len(wrong):,} faults" if wrong else "Everything stands where the warehouse says.")
    if wrong:
        raise typer.Exit(1)
