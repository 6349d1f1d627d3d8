"""``ingest source``: tools for adding a source, and the state of each source."""

from __future__ import annotations

import json
import subprocess
import sys
import traceback
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from ingest.cli.options import Json, Warehouse, moment
from ingest.cli.output import show_table
from ingest.report.sources import name_report, states
from ingest.report.text import printable
from ingest.settings import Settings, load_settings
from ingest.source_kit.contract import accept as accept_now
from ingest.source_kit.contract import broken_clauses, difference, fixtures_of
from ingest.source_kit.new import places, source_in, write_source
from ingest.source_kit.trial import ParserFailedError, Trial, files_in, try_source
from ingest.source_kit.watch import changes
from ingest.sources import Source, use

source_app = typer.Typer(help="Add a source, try it, check its contract; list all sources.", no_args_is_help=True)

_Name = Annotated[str, typer.Argument(help="Name of the source, or the folder of one that is not installed.")]

_SHOWN = 20
"""Lines of each list that a person sees; --json has all."""

_WIDEST = 60


@source_app.command("new")
def new(
    name: Annotated[str, typer.Argument(help="Name of the source: small letters, digits and hyphens.")],
    like: Annotated[str, typer.Option(help="What its files are: html, json, jsonl, csv, yaml, toml, xml or markdown.")],
    into: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Write a package of its own there, not a folder of this project.")
    ] = None,
    no_parser: Annotated[
        bool, typer.Option("--no-parser", help="Rules alone, for a table or a list of records; no Python.")
    ] = False,
) -> None:
    """Write a source that already runs, with a fixture and a test."""
    written = write_source(name, like, into, parser=not no_parser)
    where = places(name, into)
    source = use(where.package)
    for fixture in fixtures_of(source, where.fixtures):
        accept_now(source, fixture)
    for path in written:
        print(path.as_posix())
    again = name if into is None else into.as_posix()
    [fixture] = fixtures_of(source, where.fixtures)
    print(f"Next: ingest source try {again} {fixture.as_posix()}")


@source_app.command("try")
def try_(
    name: _Name,
    place: Annotated[
        str, typer.Argument(metavar="FILE|FOLDER|URL", help="A file of the source, a folder of files, or a URL.")
    ],
    show: Annotated[int, typer.Option(metavar="N", min=0, help="Show the first N entries with their values.")] = 0,
    captured_at: Annotated[
        str | None, typer.Option(metavar="WHEN", help="When the source served it (ISO 8601, UTC if it names no zone).")
    ] = None,
    trace: Annotated[
        bool, typer.Option("--trace", help="Show the whole trace of what a parser raised, not only its line.")
    ] = False,
    watch: Annotated[bool, typer.Option("--watch", help="Try again whenever the source or the file changes.")] = False,
    warehouse: Warehouse = None,
    *,
    as_json: Json = False,
) -> None:
    """Show what a source reads from files and what that would change. Writes nothing."""
    source, settings = source_in(name)[0], load_settings(warehouse=warehouse)
    if watch:
        _watch(source.folder, place)
        return
    when = moment(captured_at)
    trials, failed = _trials(source, files_in(place), settings, show, when)
    if as_json:
        told: Any = [trial.as_dict() for trial in trials]
        print(json.dumps(told[0] if len(told) == 1 else told, indent=1, ensure_ascii=False, default=str))
    else:
        print("\n\n".join("\n".join(printable(line) for line in _lines(trial)) for trial in trials))
    if failed is not None:
        if trace and failed.__cause__ is not None:
            traceback.print_exception(failed.__cause__)
        raise failed
    if any(trial.rejected for trial in trials):
        raise typer.Exit(1)


def _trials(
    source: Source, files: list[str], settings: Settings, show: int, when: datetime | None
) -> tuple[list[Trial], ParserFailedError | None]:
    """The trials of some files, up to the first one on which the parser fails, and what it raised there."""
    trials: list[Trial] = []
    for file in files:
        try:
            trials.append(try_source(source, file, settings, show, when))
        except ParserFailedError as error:
            return trials, error
    return trials, None


def _watch(folder: Path, place: str) -> None:
    """Run the same command without ``--watch``, in a process of its own, now and after each change."""
    command = [each for each in sys.argv if each != "--watch"]
    with suppress(KeyboardInterrupt):
        for _ in changes([folder, *([] if "://" in place else [Path(place)])]):
            print(f"--- {datetime.now():%H:%M:%S}", flush=True)
            subprocess.run([sys.executable, "-c", _AGAIN, *command[1:]], check=False)


_AGAIN = "import sys; from ingest.cli import main; main()"


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
    times = len(fixtures_of(source, folder))
    print(f"{source.name}: every clause holds on {times} fixture{'s' if times != 1 else ''}.")


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
    lines += _listed("statements", [f"{name} {times}" for name, times in trial.fields.items()])
    lines += _listed("unclaimed fields", trial.unclaimed)
    lines += _listed("checks that failed", trial.checks_failed)
    lines += _listed("quarantined", [f"{q['locator']}: {', '.join(q['reasons'])}" for q in trial.quarantined])
    if trial.differs is not None:
        lines += _listed("differs from what is expected", trial.differs)
    lines.append("models: " + ", ".join(f"{times} {how}" for how, times in sorted(trial.names.items())))
    if trial.doubts:
        lines += _listed("doubts", trial.doubts)
    lines += _listed("new models", trial.new_models)
    lines += _listed("doubtful models", trial.doubtful_models)
    lines += _listed("collisions", trial.collisions)
    lines += _listed("new benchmarks", trial.new_benchmarks)
    if trial.changes is None:
        lines.append(f"would change: unknown: {trial.failed}")
    else:
        lines += _listed("would change", [f"{what} {times}" for what, times in trial.changes.items()])
        changed = [each for each in trial.changed if each["kind"] == "changed"]
        lines += _table(changed) if changed else []
    for each in trial.shown:
        version = f" {each['version']}" if each["version"] else ""
        lines += ["", f"{each['place']}: {each['model']}{version}", *(f"  {text}" for text in each["read"])]
    return lines


def _table(changed: list[dict[str, Any]]) -> list[str]:
    """Changed values as a table, the first of them."""
    rows = [[str(each[name]) for name in ("table", "key", "field", "old", "new")] for each in changed[:_SHOWN]]
    widths = [min(max(map(len, column)), _WIDEST) for column in zip(*rows, strict=True)]
    table = ["  " + "  ".join(f"{cell:{width}}" for cell, width in zip(row, widths, strict=True)) for row in rows]
    return [*table, f"  … and {len(changed) - _SHOWN} more"] if len(changed) > _SHOWN else table


def _listed(what: str, items: list[str]) -> list[str]:
    more = [f"  … and {len(items) - _SHOWN} more"] if len(items) > _SHOWN else []
    return [f"{what}: {len(items)}", *(f"  {item}" for item in items[:_SHOWN]), *more]
