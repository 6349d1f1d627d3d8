"""`ingest explain`: what a garbled description says, and why."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Annotated

import typer
from rich.console import Console

from ingest.describe import describe, parts_of
from ingest.report.descriptions import facts, parts


def explain(
    text: Annotated[str, typer.Argument(help="The description as it stands under the benchmark.")],
    benchmark: Annotated[
        str | None, typer.Option(help="The benchmark's name as listed: it may state conditions too.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Show the parts of a garbled description, the rules that acted and the conditions that it states."""
    described, stretches = describe(text, benchmark), parts_of(text, benchmark)
    if as_json:
        typer.echo(
            json.dumps(asdict(described) | {"parts": [asdict(part) for part in stretches]}, ensure_ascii=True, indent=2)
        )
        return
    console = Console()
    for part in parts(stretches):
        console.print(part, soft_wrap=True)
    console.print(facts(described))
