"""`ingest explain`: what a garbled description says, and why."""

from __future__ import annotations

import json
from typing import Annotated

import typer


def explain(
    text: Annotated[str, typer.Argument(help="The description as it stands under the benchmark.")],
    benchmark: Annotated[
        str | None, typer.Option(help="The benchmark's name as listed: it may state conditions too.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Show the parts of a garbled description, the rules that acted and the conditions that it states."""
    from ingest.cli.explained import as_record, show  # noqa: PLC0415
    from ingest.describe import describe  # noqa: PLC0415

    described = describe(text, benchmark)
    if as_json:
        typer.echo(json.dumps(as_record(described), ensure_ascii=True, indent=2))
    else:
        show(described)
