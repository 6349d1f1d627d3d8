"""`ingest history`: the observations of one document."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from ingest.cli.options import Json, Raw, Warehouse
from ingest.cli.output import show_table
from ingest.report.history import history as observations
from ingest.settings import load_settings

_SHOWN = ("captured_at", "recorded_at", "last_seen", "event", "sha256", "bytes", "began", "ended", "reason")


def history(
    document: Annotated[str, typer.Argument(metavar="DOCUMENT", help="A URL, or the path of a file.")],
    raw: Raw = None,
    warehouse: Warehouse = None,
    as_json: Json = False,
) -> None:
    """Show when a document was seen, its content at that time, and what each observation changed."""
    settings = load_settings(raw=raw, warehouse=warehouse)
    rows = observations(settings, document)
    if as_json:
        print(json.dumps([row._asdict() for row in rows], default=str, indent=2))
        return
    names = _SHOWN if len({row.location for row in rows}) == 1 else (*_SHOWN, "location")
    shown = [row._replace(sha256=row.sha256[:12])._asdict() for row in rows]
    show_table([name.replace("_", " ") for name in names], [[row[name] for name in names] for row in shown])
