"""`ingest digest`: whether two warehouses say the same."""

from __future__ import annotations

from typing import Annotated

import typer

from ingest.cli.options import Warehouse
from ingest.report.opened import opened
from ingest.settings import load_settings


def digest(
    warehouse: Warehouse = None,
    tables: Annotated[bool, typer.Option("--tables", help="Show the digest of each table too.")] = False,
) -> None:
    """Print one SHA-256 over the content of all public tables, times and ids of runs left out."""
    with opened(load_settings(warehouse=warehouse).warehouse, any_layout=True) as connection:
        from ingest.load.digest import digest as digest_of  # start-up: a file that is held is told at once

        whole, parts = digest_of(connection)
    if tables:
        for name, value in parts.items():
            typer.echo(f"{value}  {name}")
    typer.echo(whole)
