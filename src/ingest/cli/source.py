"""``ingest source``: tools for adding a source, and the state of each source."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from ingest.cli.options import Json, Warehouse
from ingest.cli.output import show_table
from ingest.report.sources import name_report, states
from ingest.report.text import printable
from ingest.settings import load_settings
from ingest.source_kit.contract import accept as accept_now
from ingest.source_kit.contract import broken_clauses, difference, fixtures_of
from ingest.source_kit.new import places, source_in, write_source
from ingest.source_kit.trial import Trial, try_source
from ingest.sources import use

source_app = typer.Typer(help="Add a source, try it, check its contract; list all sources.", no_args_is_help=True)

_Name = Annotated[str, typer.Argument(help="Name of the source, or the folder of one that is not installed.")]

_SHOWN = 20
"""Lines of each list that a person sees; --json has all."""


@source_app.command("new")
def new(
    name: Annotated[str, typer.Argument(help="Name of the source: small letters, digits and hyphens.")],
    like: Annotated[str, typer.Option(help="What its files are: html, json, csv, yaml or toml.")],
    into: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Write a package of its own there, not a folder of this project.")
    ] = None,
) -> None:
    """Write a source that already runs, with a fixture and a test."""
    written = write_source(name, like, into)
    where = places(name, into)
    source = use(where.package)
    for fixture in fixtures_of(source, where.fixtures):
        accept_now(source, fixture)
    for path in written:
        print(path.as_posix())
    again = name if into is None else where.package.as_posix()
    print(f"Next: ingest source try {again} {(where.fixtures / written[4].name).as_posix()}")


@source_app.command("try")
def try_(
    name: _Name,
    place: Annotated[str, typer.Argument(metavar="FILE|URL", help="A file of the source, or the URL of one.")],
    warehouse: Warehouse = None,
    *,
    as_json: Json = False,
) -> None:
    """Show what a source reads from a file and what that would change. Writes nothing."""
    trial = try_source(source_in(name)[0], place, load_settings(warehouse=warehouse))
    if as_json:
        print(json.dumps(trial.as_dict(), indent=1, ensure_ascii=False, default=str))
    else:
        print("\n".join(printable(line) for line in _lines(trial)))
    if trial.rejected:
        raise typer.Exit(1)


@source_app.command("check")
def check(
    name: _Name,
    fixtures: Annotated[Path | None, typer.Option(metavar="DIR", help="Folder of its fixtures.")] = None,
    *,
    accept: Annotated[
        bool, typer.Option("--accept", help="Accept the records that are read now as the expected ones.")
    ] = False,
    untimed: Annotated[
        bool, typer.Option("--untimed", help="Skip the checks that take seconds: growth of time, a second process.")
    ] = False,
) -> None:
    """Check a source against its contract. Exit status 1 if a clause is broken.

    The settings are complete. The fixtures always give the expected records, without the network or other programs.
    Every record stands at its locator. A new field is reported. Damaged files raise nothing. Time grows no faster than
    size.
    """
    source, folder = source_in(name)
    folder = fixtures or folder
    if accept:
        for fixture in fixtures_of(source, folder):
            for line in difference(source, fixture):
                print(printable(line))
            accept_now(source, fixture)
    broken = broken_clauses(source.name, folder, timed=not untimed)
    for each in broken:
        print(printable(f"{each.clause}: {each.where}: {each.says}"))
    if broken:
        raise typer.Exit(1)
    print(f"{source.name}: every clause holds on {len(fixtures_of(source, folder))} fixtures.")


@source_app.command("list")
def list_(
    warehouse: Warehouse = None,
    *,
    names: Annotated[bool, typer.Option("--names", help="How the models of each source were named.")] = False,
    as_json: Json = False,
) -> None:
    """List each source with its state, last capture, rows and freshness."""
    settings = load_settings(warehouse=warehouse)
    rows: list[dict[str, Any]] = name_report(settings.warehouse) if names else states(settings.warehouse)
    if as_json:
        print(json.dumps(rows, indent=1, ensure_ascii=False, default=str))
    else:
        shown = [{name: value for name, value in row.items() if name != "problem"} for row in rows]
        show_table(list(shown[0]) if shown else [], [list(row.values()) for row in shown])
        for row in rows:
            if problem := row.get("problem"):
                print(printable(f"{row['source']} is switched off: {problem}."))


def _lines(trial: Trial) -> list[str]:
    """A trial for people: a few lines on each thing."""
    lines = [f"{trial.location}: read by {trial.reader}"]
    if trial.recognised_as != trial.source:
        taken = f"takes it for {trial.recognised_as}" if trial.recognised_as else "does not recognise it"
        lines.append(f"not recognised: `ingest run` {taken}; see recognise() of {trial.source}")
    if trial.rejected:
        return [*lines, f"rejected: {trial.rejected}"]
    if trial.repairs:
        lines.append(f"repaired: {', '.join(trial.repairs)}")
    lines.append(f"entries: {trial.entries}")
    lines += _listed("records", [f"{name} {times}" for name, times in trial.fields.items()])
    lines += _listed("unclaimed fields", trial.unclaimed)
    lines += _listed("checks that failed", trial.checks_failed)
    lines += _listed("quarantined", [f"{q['locator']}: {', '.join(q['reasons'])}" for q in trial.quarantined])
    lines.append("models: " + ", ".join(f"{times} {how}" for how, times in sorted(trial.names.items())))
    lines += _listed("new models", trial.new_models)
    lines += _listed("doubtful models", trial.doubtful_models)
    lines += _listed("new benchmarks", trial.new_benchmarks)
    if trial.changes is None:
        lines.append(f"would change: unknown: {trial.failed}")
    else:
        lines += _listed("would change", [f"{what} {times}" for what, times in trial.changes.items()])
    return lines


def _listed(what: str, items: list[str]) -> list[str]:
    more = [f"  … and {len(items) - _SHOWN} more"] if len(items) > _SHOWN else []
    return [f"{what}: {len(items)}", *(f"  {item}" for item in items[:_SHOWN]), *more]
