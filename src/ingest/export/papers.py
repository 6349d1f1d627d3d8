"""What people read of a release: its README with an entity-relationship diagram, and how to cite it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import yaml

from ingest.export.files import SQLITE, FileFormat
from ingest.export.release import DESCRIPTION, TITLE, Release, SourceOfRelease
from ingest.records.tables import TABLES, references, row_key, sql_type
from ingest.report.cells import markdown_table


def citation(release: Release) -> str:
    """``CITATION.cff``: how to cite the release, and whose data it holds (https://citation-file-format.github.io)."""
    told = {
        "cff-version": "1.2.0",
        "message": "If you use these data, cite this release and the sources that your figures come from.",
        "type": "dataset",
        "title": TITLE,
        "version": release.version,
        "date-released": release.made_at.date().isoformat(),
        "authors": [{"name": "ingest"}],
        "references": [_reference(source) for source in release.sources],
    }
    return yaml.safe_dump(told, sort_keys=False, allow_unicode=True, width=120)


def readme(release: Release, formats: Sequence[FileFormat], rows: dict[str, int]) -> str:
    """``README.md``: what the release holds, how to open it, what changed, and whom to name."""
    return "\n".join(
        [
            f"# {TITLE}",
            "",
            f"Version {release.version}. {DESCRIPTION}",
            "",
            *_how_to_open(formats),
            "## Tables",
            "",
            *_tables(release, rows),
            *_changed(release),
            "## Sources",
            "",
            "Name the sources of the figures that you use. Their licences are those of their data.",
            "",
            *markdown_table(("source", "title", "home", "licence", "to name"), map(_source, release.sources)),
            "",
            "## How the tables belong together",
            "",
            "```mermaid",
            *diagram(),
            "```",
            "",
            "`model_id` and `benchmark_id` stand in other tables too; `datapackage.json` lists all references, and "
            "explains every column. `organization_id` of a model whose maker nobody names is `unknown`.",
            "",
            "`datapackage.json` has the SHA-256 of each file. Times are in UTC.",
            "",
        ]
    )


def diagram() -> list[str]:
    """The tables with a key and what refers to them, as lines of Mermaid (https://mermaid.js.org/syntax/entityRelationshipDiagram.html)."""
    lines = ["erDiagram"]
    for schema in TABLES.values():
        key, refers = row_key(schema), references(schema)
        lines.append(f"    {schema.name} {{")
        for name, column in schema.columns.items():
            marks = [mark for mark, applies in (("PK", name in key), ("FK", name in refers)) if applies]
            if marks:
                kind = sql_type(column).lower().replace("[]", "-list")
                lines.append(f"        {kind} {name} {', '.join(marks)}")
        lines.append("    }")
    for schema in TABLES.values():
        lines += [f"    {table} ||--o{{ {schema.name} : {column}" for column, table in references(schema).items()]
    return lines


def _how_to_open(formats: Sequence[FileFormat]) -> list[str]:
    ways = {
        FileFormat.parquet: (
            "`parquet/`: DuckDB (`SELECT * FROM 'parquet/models.parquet'`), pandas "
            "(`pandas.read_parquet(\"parquet/models.parquet\")`), R (`arrow::read_parquet`). Descriptions and units of "
            "the columns are in the metadata."
        ),
        FileFormat.csv: (
            "`csv/`: spreadsheets and everything else, in UTF-8. An empty cell is unknown, a list is JSON. The text of "
            "cells comes from the sources: import columns as text where a cell could begin with `=`."
        ),
        FileFormat.sqlite: (
            f"`{SQLITE}`: SQLite with keys and references; `datasette {SQLITE} --metadata metadata.json` shows it in "
            "the browser."
        ),
        FileFormat.eee: (
            "`eee/data/`: results in the schema of Every Eval Ever 0.3.0, a file for each model, source and measurer; "
            "`eee/NOT_EXPRESSED.md` says what the schema has no place for."
        ),
    }  # fmt: skip
    return ["## How to open it", "", *(f"- {text}" for form, text in ways.items() if form in formats), ""]


def _tables(release: Release, rows: dict[str, int]) -> list[str]:
    before = release.earlier.rows if release.earlier else None
    more = f" rows in {release.earlier.version} |" if release.earlier else ""
    rule = " ---: |" if before is not None else ""
    lines = [f"| table | rows |{more} what a row is |", f"| --- | ---: |{rule} --- |"]
    for schema in TABLES.values():
        was = "" if before is None else f" {before[schema.name]:,} |" if schema.name in before else " |"
        lines.append(f"| `{schema.name}` | {rows[schema.name]:,} |{was} {schema.description} |")
    return [*lines, ""]


def _changed(release: Release) -> list[str]:
    if release.earlier is None:
        return []
    lines = [f"## What changed since {release.earlier.version}", ""]
    if not release.changes:
        return [*lines, "Nothing in models, scores and prices.", ""]
    counts = [f"| {table} | {kind} | {number:,} |" for table, kind, number in release.changes]
    closing = f"The table `changes` lists each, from {release.earlier.made_at.isoformat(' ')} on."
    return [*lines, "| table | | cells or rows |", "| --- | --- | ---: |", *counts, "", closing, ""]


def _source(source: SourceOfRelease) -> tuple[str | None, ...]:
    return source.source, source.title, source.home, source.licence or "not stated", source.attribution


def _reference(source: SourceOfRelease) -> dict[str, Any]:
    return {
        "type": "data",
        "title": source.title,
        "authors": [{"name": source.to_name}],
        **({"url": source.home} if source.home and source.home.startswith(("http://", "https://")) else {}),
        **({"notes": f"Licence: {source.licence}"} if source.licence else {}),
    }
