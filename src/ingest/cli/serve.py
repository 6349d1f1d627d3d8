"""`ingest serve`: the scheduled runs, with a Prefect server if none is configured."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from ingest_flows import set_environment

from ingest.cli.options import Raw
from ingest.settings import load_settings


def serve(
    cron: Annotated[
        str | None, typer.Option(help="When to run, in UTC. Without it, the setting 'schedule': daily at 6.")
    ] = None,
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port of the server; 0: any that is free.")] = 4200,
    raw: Raw = None,
    warehouse: Annotated[Path | None, typer.Option(metavar="FILE", help="The DuckDB file to publish.")] = None,
) -> None:
    """Run the main job on a schedule, until Ctrl-C.

    Uses the configured Prefect API (PREFECT_API_URL). Without one, starts a server here and stops it at the end.
    """
    settings = load_settings(raw=raw, warehouse=warehouse, schedule=cron)
    parameters = {name: str(path) for name, path in (("raw", raw), ("warehouse", warehouse)) if path is not None}
    set_environment()
    from ingest_flows.launch import launch

    launch(settings, parameters, port)
