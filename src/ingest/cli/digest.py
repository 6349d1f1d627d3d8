"""`ingest digest`: whether two warehouses say the same."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def digest(
    warehouse: Annotated[Path | None, typer.Option(metavar="FILE", help="The warehouse.")] = None,
    tables: Annotated[bool, typer.Option("--tables", help="Show the digest of each table too.")] = False,
) -> None:
    """Print one SHA-256 over the content of all public tables, times and ids of runs left out."""
    from ingest.load.connection import check_format, connect  # noqa: PLC0415
    from ingest.load.digest import digest as digest_of  # noqa: PLC0415
    from ingest.settings import load_settings  # noqa: PLC0415

    path = load_settings(warehouse=warehouse).warehouse
    with connect(path, read_only=True) as connection:
        check_format(connection, path)
        whole, parts = digest_of(connection)
    if tables:
        for name, value in parts.items():
            typer.echo(f"{value}  {name}")
    typer.echo(whole)
