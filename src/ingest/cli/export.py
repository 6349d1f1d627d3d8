"""`ingest export`: the warehouse as files that any tool opens."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from ingest.cli.options import Json, Warehouse
from ingest.export import DEFAULT
from ingest.export import export as write_release
from ingest.export.files import FileFormat
from ingest.report.text import printable
from ingest.settings import load_settings


def export(
    folder: Annotated[
        Path, typer.Argument(metavar="DIR", help="The folder of the release; an earlier one is replaced.")
    ],
    formats: Annotated[
        list[FileFormat] | None, typer.Option("--format", help="Only this format; may be given several times.")
    ] = None,
    as_json: Json = False,
    warehouse: Warehouse = None,
) -> None:
    """Write every public table as Parquet, CSV and SQLite, with descriptions, licences and checksums.

    `--format eee` writes the results in the schema of Every Eval Ever 0.3.0, and lists what that cannot express.

    The same warehouse gives the same bytes. DIR is written whole or stays as it was.
    """
    done = write_release(load_settings(warehouse=warehouse).warehouse, folder, tuple(formats or DEFAULT))
    if as_json:
        print(json.dumps(done.as_dict(), indent=2))
        return
    rows = sum(done.rows.values())
    print(f"{len(done.rows)} tables, {rows:,} rows, {done.size / 1e6:.1f} MB in {printable(str(done.folder))}")
    print(f"version {done.version}: start with README.md")
