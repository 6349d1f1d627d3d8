"""`ingest publish`: the published file mirrored to where many readers reach it."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from ingest.cli.options import Json, Warehouse
from ingest.mirror import mirror
from ingest.report.text import printable
from ingest.settings import load_settings


def publish(
    to: Annotated[
        str | None,
        typer.Option(metavar="LAKE", help="ducklake:FILE or ducklake:postgres:dbname=…; by default the setting."),
    ] = None,
    data: Annotated[
        str | None, typer.Option(metavar="PLACE", help="Folder or s3://bucket/prefix of the lake's data, at first.")
    ] = None,
    accept: Annotated[
        bool, typer.Option("--accept", help="Mirror although the lake has a run that this file does not have.")
    ] = False,
    as_json: Json = False,
    warehouse: Warehouse = None,
) -> None:
    """Mirror the published file into DuckLake, in one transaction: only what changed, with its views and macros.

    A run mirrors by itself where the setting `mirror` names a lake.
    """
    done = mirror(load_settings(warehouse=warehouse, mirror=to, mirror_data=data), accept=accept)
    if as_json:
        print(json.dumps(done.as_dict(), indent=2))
    else:
        print(printable(done.in_one_line()))
