"""``datapackage.json``: what a release holds, as a Frictionless Data Package (https://specs.frictionlessdata.io)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandera.pandas as pa

from ingest.export.eee import FOLDER as EEE
from ingest.export.files import SQLITE, DataFile, FileFormat, path_of
from ingest.export.release import DESCRIPTION, NAME, TITLE, Release, SourceOfRelease, own_part
from ingest.records.tables import TABLES, column_comment, column_unit, references, row_key, sql_type

_TYPES = {
    "VARCHAR": "string",
    "BIGINT": "integer",
    "INTEGER": "integer",
    "DOUBLE": "number",
    "BOOLEAN": "boolean",
    "DATE": "date",
    "TIMESTAMP": "datetime",
    "JSON": "object",
}
"""Types of fields by DuckDB's types; every list is an array."""

_MEDIA_TYPES = {
    FileFormat.csv: "text/csv",
    FileFormat.parquet: "application/vnd.apache.parquet",
    FileFormat.sqlite: "application/vnd.sqlite3",
}


def datapackage(
    release: Release, files: Mapping[str, DataFile], formats: Sequence[FileFormat], rows: dict[str, int]
) -> dict[str, Any]:
    """The descriptor of a release with these data files, by path. ``rows`` counts their rows by table.

    The CSV files are its tables, or the Parquet files where there are no others; further files are named as such.
    """
    resources = []
    tabular = [form for form in (FileFormat.csv, FileFormat.parquet) if form in formats]
    for form in tabular:
        for schema in TABLES.values():
            is_first = form is tabular[0]
            told = (
                {"profile": "tabular-data-resource", "rows": rows[schema.name], "schema": _schema(schema)}
                if is_first
                else {"type": "file"}
            )
            name = schema.name if is_first else f"{schema.name}.{form}"
            resources.append(
                {"name": name, "title": schema.name, "description": str(schema.description)}
                | _file(files, path_of(form, schema.name), form)
                | told
            )
    if FileFormat.sqlite in formats:
        about = "All tables in one SQLite database, with their keys and references."
        resources.append(
            {"name": "sqlite", "description": about} | _file(files, SQLITE, FileFormat.sqlite) | {"type": "file"}
        )
    logs = sorted(path for path in files if path.startswith(f"{EEE}/"))
    if logs:
        about = "Results in the schema of Every Eval Ever 0.3.0, and what it cannot express."
        resources.append({"name": "every-eval-ever", "description": about, "path": logs, "type": "file"})
    licences = sorted({source.licence for source in release.sources if source.licence})
    return {
        "profile": "data-package",
        "name": NAME,
        "title": TITLE,
        "description": DESCRIPTION,
        "version": release.version,
        "created": f"{release.made_at.isoformat()}Z",
        "keywords": ["language models", "benchmarks", "prices"],
        "licenses": [{"name": licence, "title": f"{licence} (see sources)"} for licence in licences],
        "sources": [_source(source) for source in release.sources],
        **own_part(release, rows),
        "resources": resources,
    }


def _source(source: SourceOfRelease) -> dict[str, str]:
    told = {
        "title": source.title,
        "path": source.home,
        "name": source.source,
        "license": source.licence,
        "attribution": source.attribution,
    }
    return {key: value for key, value in told.items() if value}


def _file(files: Mapping[str, DataFile], path: str, form: FileFormat) -> dict[str, Any]:
    return {
        "path": path,
        "format": str(form),
        "mediatype": _MEDIA_TYPES[form],
        **({"encoding": "utf-8"} if form is FileFormat.csv else {}),
        "bytes": files[path].bytes,
        "hash": f"sha256:{files[path].sha256}",
    }


def _schema(schema: pa.DataFrameSchema) -> dict[str, Any]:
    keys = [
        {"fields": [column], "reference": {"resource": table, "fields": [column]}}
        for column, table in references(schema).items()
    ]
    key = row_key(schema)
    return {
        "fields": [_field(name, column, is_key=[name] == key) for name, column in schema.columns.items()],
        "missingValues": [""],
        **({"primaryKey": key} if key else {}),
        **({"foreignKeys": keys} if keys else {}),
    }


def _field(name: str, column: pa.Column, *, is_key: bool) -> dict[str, Any]:
    kind = sql_type(column)
    constraints: dict[str, Any] = {} if column.nullable else {"required": True}
    if is_key:
        constraints["unique"] = True
    for check in column.checks:
        constraints |= {
            _CONSTRAINTS[key]: _plain(value) for key, value in check.statistics.items() if key in _CONSTRAINTS
        }
    return {
        "name": name,
        "type": "array" if kind.endswith("[]") else _TYPES[kind],
        "description": column_comment(column),
        **({"unit": unit} if (unit := column_unit(column)) else {}),
        **({"constraints": constraints} if constraints else {}),
    }


_CONSTRAINTS = {"allowed_values": "enum", "min_value": "minimum", "max_value": "maximum"}
"""Constraints of fields by what the checks of the schemas call them."""


def _plain(value: Any) -> Any:
    return (
        sorted(value)
        if isinstance(value, list | tuple | set | frozenset)
        else value
        if isinstance(value, int | float)
        else str(value)
    )
