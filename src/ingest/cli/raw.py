"""`ingest raw`: the raw archive, for other tools."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ingest.capture.archive import Archive, CaptureRecord
from ingest.capture.fetch.urls import matches
from ingest.capture.warc import write_warc
from ingest.cli.options import Raw
from ingest.settings import load_settings

raw_app = typer.Typer(name="raw", help="The raw archive: every byte that was read.", no_args_is_help=True)


@raw_app.command("export")
def export(
    warc: Annotated[Path, typer.Option("--warc", metavar="FILE", help="The WARC file to write (.warc or .warc.gz).")],
    only: Annotated[
        str | None, typer.Option(metavar="PATTERN", help="Only URLs that match this pattern (*, ?).")
    ] = None,
    source: Annotated[str | None, typer.Option(help="Only captures of this source.")] = None,
    raw: Raw = None,
) -> None:
    """Write the captures that came over HTTP as a WARC file that other tools read."""

    def chosen(record: CaptureRecord) -> bool:
        return matches(record.location, only) and source in (None, record.source)

    counts = write_warc(Archive.of(load_settings(raw=raw)), warc, chosen=chosen)
    local = counts.get("local", 0)
    more = f"; {local:,} captures of local files are not in it" if local else ""
    typer.echo(f"{counts.get('response', 0):,} responses, {counts.get('revisit', 0):,} unchanged, in {warc}{more}")
