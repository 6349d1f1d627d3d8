"""`ingest conflicts`: what sources disagree on, worst first."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from ingest.cli.options import Json, Warehouse
from ingest.cli.output import show_table
from ingest.report.conflicts import Conflict
from ingest.report.conflicts import conflicts as conflicts_of
from ingest.settings import load_settings


def conflicts(
    model: Annotated[str | None, typer.Option(metavar="ID", help="Only of this model.")] = None,
    field: Annotated[str | None, typer.Option(help="Only this column of models, or price.")] = None,
    limit: Annotated[int, typer.Option(min=1, help="At most so many rows.")] = 50,
    warehouse: Warehouse = None,
    as_json: Json = False,
) -> None:
    """List what sources truly disagree on, worst first: what each says, which was chosen, and by which rule."""
    found = conflicts_of(load_settings(warehouse=warehouse).warehouse, model, field, limit)
    if as_json:
        print(json.dumps([each._asdict() for each in found], ensure_ascii=False, indent=2))
    elif found:
        show_table(Conflict._fields, [each._replace(said=["; ".join(each.said)]) for each in found])
    else:
        print("No sources disagree.")
