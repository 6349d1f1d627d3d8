"""The command line: a command parses options, calls one function of the library and prints its result.

Each command has a module of its own, which is imported only when the command is called, so a command loads only what it
needs. Imports inside functions remain where one command has a fast way and a slow way; each of them says ``start-up``.
"""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Callable
from importlib import import_module
from importlib.metadata import version as version_of
from typing import Annotated, Any, NamedTuple

import typer
from typer.core import TyperCommand, TyperGroup

from ingest.errors import HeldBackError, IngestError, UsageError
from ingest.outcome import EXIT_STATUS, Outcome
from ingest.process import one_thread_for_matrices, stopped_by, stopped_in_order
from ingest.report.text import printable


class ListedCommand(NamedTuple):
    """The module and name of a command below this package, and the sentence that lists it in the help."""

    module: str
    name: str
    says: str


COMMANDS = {
    "run": ListedCommand("run", "run", "Read raw pages into the warehouse."),
    "sql": ListedCommand("sql", "sql", "Ask the warehouse."),
    "diff": ListedCommand("diff", "diff", "Show what runs changed in models, prices and scores."),
    "history": ListedCommand("history", "history", "Show when a document was seen, and what each observation changed."),
    "explain": ListedCommand("explain", "explain", "Show the conditions and parts of a garbled description."),
    "fetch": ListedCommand("fetch", "fetch", "Fetch pages into the raw archive, politely."),
    "names": ListedCommand("names", "names_app", "Review names of benchmarks and models."),
    "quarantine": ListedCommand(
        "quarantine", "quarantine_app", "List, show and read again rows that could not be used."
    ),
    "try": ListedCommand("try_", "try_", "Show a page line by line, each with the rule that claimed it."),
    "conflicts": ListedCommand("conflicts", "conflicts", "List the values on which sources disagree, worst first."),
    "source": ListedCommand("source", "source_app", "Add a source, try it, check its contract; list all sources."),
    "export": ListedCommand("export", "export", "Write the tables as Parquet, CSV and SQLite files."),
    "publish": ListedCommand("publish", "publish", "Mirror the warehouse into DuckLake, for many readers."),
    "site": ListedCommand("site", "site", "Write a site of leaderboards, prices and models that opens from a folder."),
    "look": ListedCommand("look", "look", "Show the warehouse in the browser, with a box for SQL."),
    "raw": ListedCommand("raw", "raw_app", "Export captures of the raw archive for other tools."),
    "verify": ListedCommand("verify", "verify", "Check the warehouse against its contract and its captures."),
    "rebuild": ListedCommand("rebuild", "rebuild", "Make the whole warehouse again from the captures."),
    "digest": ListedCommand("digest", "digest", "Print one SHA-256 over the content of the warehouse."),
    "status": ListedCommand("status", "status", "Say how it stands: last run, sources, disk, server."),
    "retention": ListedCommand("retention", "retention", "Show what nothing needs any more, and remove it."),
    "serve": ListedCommand("serve", "serve", "Run the main job on a schedule, until Ctrl-C."),
}
"""The commands in the order of the help."""


class _Commands(TyperGroup):
    """Commands that are imported when they are called. The list of commands needs none of them."""

    def list_commands(self, _: Any) -> list[str]:
        return list(COMMANDS)

    def get_command(self, _: Any, cmd_name: str) -> TyperCommand | None:
        place = COMMANDS.get(cmd_name)
        return TyperCommand(cmd_name, help=place.says) if place else None

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        if args and args[0] not in COMMANDS and not args[0].startswith("-"):
            from difflib import get_close_matches  # start-up: only a misspelt command needs it

            near = get_close_matches(args[0], COMMANDS, 1)
            ctx.fail(f"No such command {args[0]!r}." + (f" Did you mean {near[0]!r}?" if near else ""))
        name, command, rest = super().resolve_command(ctx, args)
        return name, loaded(name) if name in COMMANDS else command, rest


def loaded(name: str) -> Any:
    """A command with its options, for typer to call."""
    place = COMMANDS[name]
    made = getattr(import_module(f"ingest.cli.{place.module}"), place.name)
    if isinstance(made, typer.Typer):
        command: Any = typer.main.get_group(made)
    else:
        alone = typer.Typer(add_completion=False)
        alone.command()(made)
        command = typer.main.get_command(alone)
    command.name = name
    return command


app = typer.Typer(
    name="ingest",
    cls=_Commands,
    help="Raw model pages and feeds in, a DuckDB warehouse with provenance for every value out.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)


@app.callback(invoke_without_command=True)
def _options(
    context: typer.Context,
    version: Annotated[bool, typer.Option("--version", help="Show the version and exit.")] = False,
) -> None:
    if version:
        typer.echo(f"ingest {version_of('ingest')}")
        context.exit(0)


def main(arguments: list[str] | None = None) -> None:
    """The entry point of the ``ingest`` command: errors that a user can act on are one sentence, exit status 1, or 2
    where the command was called in a wrong way."""
    one_thread_for_matrices()
    try:
        with stopped_in_order(to_the_end=arguments is None):
            guard(lambda: _run(arguments))
    finally:
        if arguments is None:  # the process ends: looking for cycles in all that it loaded takes a tenth of a short run
            gc.freeze()


def guard(action: Callable[[], object]) -> None:
    """Run ``action``. An :class:`IngestError` is printed without control characters, and ends with status 1, 2 or 3.

    Where a signal stops the process, whatever exception that led to, the status is 130.
    """
    try:
        action()
    except BaseException as error:
        if (signal_name := stopped_by()) is not None:
            print(f"Stopped by {signal_name}. What is published is whole.", file=sys.stderr)
            raise SystemExit(_STOPPED) from None
        if not isinstance(error, IngestError):
            raise
        print(f"error: {printable(str(error))}", file=sys.stderr)
        raise SystemExit(_STATUS.get(type(error), 1)) from None


def _run(arguments: list[str] | None) -> None:
    if any(name.startswith(_OF_SETTINGS) for name in os.environ):
        from ingest.settings import unknown_variables  # start-up: a command may need no settings

        for said in unknown_variables(os.environ):
            print(printable(said), file=sys.stderr)
    app(arguments)


_OF_SETTINGS = "INGEST_"
_STOPPED = 130
"""128 and the number of SIGINT, for every signal that stops a command."""


_STATUS = {UsageError: 2, HeldBackError: EXIT_STATUS[Outcome.HELD_BACK]}
