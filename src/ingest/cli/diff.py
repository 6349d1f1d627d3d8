"""`ingest diff`: what changed, for people, worst first."""

from __future__ import annotations

import json
from enum import StrEnum
from typing import Annotated

import typer

from ingest.cli.options import Warehouse, moment
from ingest.cli.output import show_table
from ingest.report.cells import markdown_table
from ingest.report.changes import COLUMNS, as_records, changes
from ingest.settings import load_settings


class Form(StrEnum):
    """How changes are written."""

    table = "table"
    json = "json"
    markdown = "markdown"


def diff(
    since: Annotated[str | None, typer.Option(metavar="WHEN", help="Changes from this time on (ISO 8601).")] = None,
    run: Annotated[str | None, typer.Option(metavar="ID", help="Changes of this run (see runs).")] = None,
    form: Annotated[Form, typer.Option("--format", help="How to write them.")] = Form.table,
    as_json: Annotated[bool, typer.Option("--json", help="The same as --format json.")] = False,
    warehouse: Warehouse = None,
) -> None:
    """Show what runs changed in models, prices and scores. Without an option: what the last run changed."""
    rows = changes(load_settings(warehouse=warehouse).warehouse, run, moment(since))
    if as_json or form is Form.json:
        print(json.dumps(as_records(rows), ensure_ascii=False, default=str, indent=2))
    elif not rows:
        print("Nothing changed.")
    elif form is Form.markdown:
        print("\n".join(markdown_table(COLUMNS[:-1], (row[:-1] for row in rows))))
    else:
        show_table(COLUMNS[:-1], (row[:-1] for row in rows))
