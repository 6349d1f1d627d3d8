"""`ingest try`: a page line by line, each with the rule that claimed it, or unread, and what was read from it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from ingest.errors import IngestError
from ingest.records.document import Capture
from ingest.report.text import printable
from ingest.source_kit.lines import page_by_line

_WIDEST = 100


def try_(
    page: Annotated[Path, typer.Argument(metavar="PAGE", help="A page as text, HTML or Markdown.")],
    source: Annotated[str | None, typer.Option(help="The source to read it with. By default it is recognised.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Show a page line by line: the rule that claimed each, or that it is unread, and what was read. Writes nothing."""
    try:
        content = page.read_bytes()
    except OSError as error:
        raise IngestError(f"{str(page)!r} cannot be read: {error.strerror or error}.") from None
    shown = page_by_line(Capture(content, page.as_posix()), source)
    if as_json:
        typer.echo(json.dumps(shown.as_dict(), ensure_ascii=True, indent=1))
    else:
        for number, text, rule, read in shown.lines:
            typer.echo(printable(f"{number:5}  {rule or 'unread':20}  {_cut(text)}"))
            for said in read:
                typer.echo(printable(f"{'':29}-> {said}"))
        typer.echo(printable(f"{page}: {shown.summary}"))
    if shown.document.rejected:
        raise typer.Exit(1)


def _cut(text: str) -> str:
    return text if len(text) <= _WIDEST else f"{text[:_WIDEST]}…"
