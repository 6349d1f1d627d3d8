"""``ingest names``: what is new or doubtful among the names, and the decision of a person on it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ingest.load.connection import check_format, connect

if TYPE_CHECKING:
    from ingest.name.review import Kind, Pending

names_app = typer.Typer(help="Review names of benchmarks and models.", no_args_is_help=True)

_Warehouse = Annotated[Path, typer.Option(help="The warehouse file to read.", envvar="INGEST_WAREHOUSE")]
_Data = Annotated[Path | None, typer.Option(help="File of decisions to write instead of the usual one.")]


@names_app.command()
def review(
    *,
    warehouse: _Warehouse = Path("warehouse/models.duckdb"),
    as_json: Annotated[bool, typer.Option("--json", help="One JSON list instead of a table.")] = False,
    limit: Annotated[int, typer.Option(help="How many nearest known names to show.", min=1, max=20)] = 3,
) -> None:
    """Lists names that are new or doubtful, with the nearest known ones, the likest first."""
    from ingest.name.review import pending  # noqa: PLC0415 - not needed to show the help

    found = pending(_met(warehouse), limit)
    if as_json:
        rows = [{"kind": p.kind, "name": p.name, "why": p.why, "nearest": [list(n) for n in p.nearest]} for p in found]
        typer.echo(json.dumps(rows, ensure_ascii=False, indent=1))
        return
    for waiting in found:
        typer.echo(_line(waiting))
    waits = "name waits" if len(found) == 1 else "names wait"
    typer.echo(f"{len(found)} {waits} for a decision: ingest names accept NAME --as ID --reason WHY, or --new")


@names_app.command()
def unused(
    *,
    warehouse: _Warehouse = Path("warehouse/models.duckdb"),
    as_json: Annotated[bool, typer.Option("--json", help="One JSON list instead of a table.")] = False,
) -> None:
    """Lists entries of the catalogues, and decisions, that no name in the warehouse has ever led to."""
    from ingest.name import review as names  # noqa: PLC0415 - not needed to show the help

    with connect(warehouse, read_only=True) as connection:
        check_format(connection, warehouse)
        used, listed = ({k: {x for (x,) in connection.execute(q).fetchall()} for k, q in each.items()} for each in _MET)
    found = names.unused(used, listed)
    if as_json:
        rows = [{"kind": entry.kind, "entry": entry.entry, "name": entry.name} for entry in found]
        typer.echo(json.dumps(rows, ensure_ascii=False, indent=1))
        return
    for entry in found:
        typer.echo(f"{entry.kind:9}  {entry.entry}  {entry.name!r}")
    typer.echo(f"{len(found)} {'entry' if len(found) == 1 else 'entries'} without use in {warehouse}")


_MET: tuple[dict[Kind, str], dict[Kind, str]] = (
    {
        "benchmark": "SELECT DISTINCT benchmark_id FROM internal.scores",
        "model": "SELECT DISTINCT model_id FROM internal.claims",
    },
    {
        "benchmark": "SELECT DISTINCT benchmark_listed FROM internal.scores",
        "model": """
            SELECT raw_text FROM internal.claims WHERE field = 'name' AND raw_text IS NOT NULL
            UNION SELECT substr(entry, length(scope) + 2) FROM internal.claims
            WHERE field = 'name' AND entry IS NOT NULL
        """,
    },
)
"""Ids that were met at any time, and names as listed; of a file of many models also its own ids of them."""


@names_app.command()
def accept(
    name: Annotated[str, typer.Argument(help="The name as the source lists it.")],
    *,
    reason: Annotated[str, typer.Option(help="Why; it stands beside the decision.")],
    same_as: Annotated[str | None, typer.Option("--as", help="Id that the name is another spelling of.")] = None,
    new: Annotated[bool, typer.Option("--new", help="The name is a thing of its own.")] = False,
    distinct_from: Annotated[list[str] | None, typer.Option(help="Near id that it is not.")] = None,
    model: Annotated[bool, typer.Option("--model", help="A model's name instead of a benchmark's.")] = False,
    data: _Data = None,
) -> None:
    """Writes the decision on one name into the data file."""
    from ingest.name.review import decide  # noqa: PLC0415 - not needed to show the help

    if sum((same_as is not None, new, bool(distinct_from))) != 1:
        raise typer.BadParameter("say one of --as ID, --new or --distinct-from ID")
    kind: Kind = "model" if model else "benchmark"
    path = decide(kind, name, reason=reason, same_as=same_as, distinct_from=distinct_from or (), data=data)
    typer.echo(f"{name!r} is written down in {path}")


def _met(warehouse: Path) -> list[tuple[Kind, str, str]]:
    """Names in the warehouse that no catalogue has, and those that a check doubted, each with why."""
    with connect(warehouse, read_only=True) as connection:
        check_format(connection, warehouse)
        doubted = connection.execute(_DOUBTED).fetchall()
        unknown = connection.execute(_UNKNOWN).fetchall()
    rows: list[tuple[Kind, str, str]] = []
    for check, listed, expected in doubted:
        kind: Kind = "model" if check == "model_name" else "benchmark"
        rows.append((kind, listed, f"doubtful: {expected}" if expected else "doubtful"))
    rows += [("benchmark", listed, "new") for (listed,) in unknown]
    return rows


_DOUBTED = """
SELECT DISTINCT name, actual, expected FROM checks
WHERE name IN ('benchmark_name', 'model_name') AND NOT passed AND actual IS NOT NULL ORDER BY ALL
"""
_UNKNOWN = "SELECT DISTINCT name FROM benchmarks WHERE NOT is_known ORDER BY ALL"


def _line(waiting: Pending) -> str:
    near = ", ".join(f"{identifier} ({likeness:.0f})" for identifier, likeness in waiting.nearest)
    return f"{waiting.kind:9}  {waiting.name!r}  {waiting.why}; nearest: {near or 'none'}"
