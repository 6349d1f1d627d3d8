"""``ingest names``: new and doubtful names, and a person's decisions on them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from ingest.cli.options import Warehouse
from ingest.name.review import Kind, Pending, decide
from ingest.report import names
from ingest.settings import load_settings

names_app = typer.Typer(help="Review names of benchmarks and models.", no_args_is_help=True)

_Data = Annotated[Path | None, typer.Option(help="File of decisions to write instead of the usual one.")]
_Json = Annotated[bool, typer.Option("--json", help="One JSON list instead of a table.")]


@names_app.command()
def review(
    *,
    warehouse: Warehouse = None,
    as_json: _Json = False,
    limit: Annotated[int, typer.Option(help="How many nearest known names to show.", min=1, max=20)] = 3,
) -> None:
    """List new and doubtful names, most used first, with the nearest known ones."""
    pending = names.pending(load_settings(warehouse=warehouse).warehouse, limit)
    if as_json:
        rows = [
            {"kind": p.kind, "name": p.name, "why": p.why, "uses": p.uses, "nearest": [list(n) for n in p.nearest]}
            for p in pending
        ]
        typer.echo(json.dumps(rows, ensure_ascii=False, indent=1))
        return
    for waiting in pending:
        typer.echo(_line(waiting))
    waits = "name waits" if len(pending) == 1 else "names wait"
    typer.echo(f"{len(pending)} {waits} for a decision: ingest names accept NAME --as ID --reason WHY, or --new")


@names_app.command()
def unused(*, warehouse: Warehouse = None, as_json: _Json = False) -> None:
    """List the catalogue entries and decisions to which no name in the warehouse ever led."""
    path = load_settings(warehouse=warehouse).warehouse
    entries = names.unused(path)
    if as_json:
        rows = [{"kind": entry.kind, "entry": entry.entry, "name": entry.name} for entry in entries]
        typer.echo(json.dumps(rows, ensure_ascii=False, indent=1))
        return
    for entry in entries:
        typer.echo(f"{entry.kind:9}  {entry.entry}  {entry.name!r}")
    typer.echo(f"{len(entries)} {'entry' if len(entries) == 1 else 'entries'} without use in {path}")


@names_app.command()
def accept(
    name: Annotated[str, typer.Argument(help="The name as the source lists it.")],
    *,
    reason: Annotated[str, typer.Option(help="The reason, which is kept with the decision.")],
    same_as: Annotated[str | None, typer.Option("--as", help="Id of which the name is another spelling.")] = None,
    new: Annotated[bool, typer.Option("--new", help="The name is a thing of its own.")] = False,
    distinct_from: Annotated[list[str] | None, typer.Option(help="Similar id from which it is distinct.")] = None,
    model: Annotated[bool, typer.Option("--model", help="A model's name instead of a benchmark's.")] = False,
    data: _Data = None,
) -> None:
    """Write the decision on one name into the file of decisions."""
    if sum((same_as is not None, new, bool(distinct_from))) != 1:
        raise typer.BadParameter("say one of --as ID, --new or --distinct-from ID")
    kind: Kind = "model" if model else "benchmark"
    path = decide(kind, name, reason=reason, same_as=same_as, distinct_from=distinct_from or (), data=data)
    typer.echo(f"{name!r} is written down in {path}")


def _line(waiting: Pending) -> str:
    near = ", ".join(f"{identifier} ({likeness:.0f})" for identifier, likeness in waiting.nearest)
    return f"{waiting.kind:9}  {waiting.name!r}  {waiting.why}; {waiting.uses} rows; nearest: {near or 'none'}"
