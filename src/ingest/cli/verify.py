"""`ingest verify`: whether everything still stands where the warehouse says."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from ingest.cli.output import printable
from ingest.errors import IngestError


def verify(
    warehouse: Annotated[Path | None, typer.Option(metavar="FILE", help="The warehouse.")] = None,
    raw: Annotated[Path | None, typer.Option(metavar="DIR", help="Folder of raw input and captures.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the faults as JSON.")] = False,
) -> None:
    """Hash raw captures again, hold the warehouse against its contract and each locator against its capture.

    Exit status 1, with the list of what is wrong, when anything is.
    """
    from ingest.capture.archive import Archive  # noqa: PLC0415
    from ingest.settings import load_settings  # noqa: PLC0415
    from ingest.verify import verify as find_faults  # noqa: PLC0415

    settings = load_settings(warehouse=warehouse, raw=raw)
    if settings.warehouse.exists() and not settings.raw.is_dir():
        raise IngestError(
            f"There is no folder at {str(settings.raw)!r}: name the raw folder of the captures with --raw."
        )
    faults = sorted(set(find_faults(settings.warehouse, Archive(settings.raw))))
    if as_json:
        print(json.dumps([fault._asdict() for fault in faults], ensure_ascii=False, indent=2))
    else:
        for fault in faults:
            print(printable(f"{fault.kind}: {fault.where}: {fault.says}"))
        print(f"{len(faults):,} faults" if faults else "Everything stands where the warehouse says.")
    if faults:
        raise typer.Exit(1)
