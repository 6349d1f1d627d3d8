"""The command line. Each command lives in a module of its own and imports what it needs when it is called."""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Callable
from typing import Annotated

import typer

from ingest.errors import IngestError

app = typer.Typer(
    name="ingest",
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
        from importlib.metadata import version as version_of  # noqa: PLC0415

        typer.echo(f"ingest {version_of('ingest')}")
        context.exit(0)


def _register() -> None:
    if app.registered_commands:  # a second call in one process, as tests make them
        return
    from ingest.cli import (  # noqa: PLC0415
        diff,
        digest,
        explain,
        fetch,
        names,
        quarantine,
        raw,
        rebuild,
        run,
        serve,
        source,
        sql,
        verify,
    )

    app.command("run")(run.run)
    app.command("sql")(sql.sql)
    app.command("diff")(diff.diff)
    app.command("explain")(explain.explain)
    app.command("fetch")(fetch.fetch)
    app.add_typer(names.names_app, name="names")
    app.add_typer(quarantine.quarantine_app, name="quarantine")
    app.add_typer(source.source_app, name="source")
    app.add_typer(raw.raw_app, name="raw")
    app.command("verify")(verify.verify)
    app.command("rebuild")(rebuild.rebuild)
    app.command("digest")(digest.digest)
    app.command("serve")(serve.serve)


def main(arguments: list[str] | None = None) -> None:
    """The entry point of the ``ingest`` command: errors that a user can act on are one sentence, exit status 1."""
    # numpy comes with pandas, and nothing here multiplies matrices: its threads cost more than the rest of its import
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    _register()
    try:
        guard(lambda: app(arguments))
    finally:
        if arguments is None:  # the process ends: looking for cycles in all that it loaded takes a tenth of a short run
            gc.freeze()


def guard(action: Callable[[], object]) -> None:
    """Run ``action``; an :class:`IngestError` is printed without control characters and ends with status 1."""
    try:
        action()
    except IngestError as error:
        from ingest.cli.output import printable  # noqa: PLC0415

        print(f"error: {printable(str(error))}", file=sys.stderr)
        raise SystemExit(1) from None
