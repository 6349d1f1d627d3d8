"""``croissant.json``: a release for tools of machine learning (https://docs.mlcommons.org/croissant/docs/croissant-spec.html)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandera.pandas as pa

from ingest.export.files import DataFile, FileFormat, path_of
from ingest.export.release import DESCRIPTION, NAME, TITLE, Release
from ingest.records.tables import TABLES, column_comment, references, row_key, sql_type

_CONTEXT = {
    "@language": "en",
    "@vocab": "https://schema.org/",
    "citeAs": "cr:citeAs",
    "column": "cr:column",
    "conformsTo": "dct:conformsTo",
    "cr": "http://mlcommons.org/croissant/",
    "rai": "http://mlcommons.org/croissant/RAI/",
    "data": {"@id": "cr:data", "@type": "@json"},
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    "dct": "http://purl.org/dc/terms/",
    "equivalentProperty": "cr:equivalentProperty",
    "examples": {"@id": "cr:examples", "@type": "@json"},
    "extract": "cr:extract",
    "field": "cr:field",
    "fileProperty": "cr:fileProperty",
    "fileObject": "cr:fileObject",
    "fileSet": "cr:fileSet",
    "format": "cr:format",
    "includes": "cr:includes",
    "isLiveDataset": "cr:isLiveDataset",
    "jsonPath": "cr:jsonPath",
    "key": "cr:key",
    "md5": "cr:md5",
    "parentField": "cr:parentField",
    "path": "cr:path",
    "recordSet": "cr:recordSet",
    "references": "cr:references",
    "regex": "cr:regex",
    "repeated": "cr:repeated",
    "replace": "cr:replace",
    "samplingRate": "cr:samplingRate",
    "sc": "https://schema.org/",
    "separator": "cr:separator",
    "source": "cr:source",
    "subField": "cr:subField",
    "transform": "cr:transform",
}
"""The terms that version 1.0 of the format prescribes."""

_TYPES = {
    "VARCHAR": "sc:Text",
    "JSON": "sc:Text",
    "BIGINT": "sc:Integer",
    "INTEGER": "sc:Integer",
    "DOUBLE": "sc:Float",
    "BOOLEAN": "sc:Boolean",
    "DATE": "sc:Date",
    "TIMESTAMP": "sc:DateTime",
}

_MEDIA_TYPES = {FileFormat.parquet: "application/x-parquet", FileFormat.csv: "text/csv"}


def croissant(release: Release, files: Mapping[str, DataFile], formats: Sequence[FileFormat]) -> dict[str, Any]:
    """The description of a release with these data files, by path: of its Parquet files, else of its CSV files.

    Lists are told as text in CSV, and as repeated fields in Parquet.
    """
    form = next((each for each in (FileFormat.parquet, FileFormat.csv) if each in formats), None)
    tables = TABLES.values() if form else ()
    return {
        "@context": _CONTEXT,
        "@type": "sc:Dataset",
        "conformsTo": "http://mlcommons.org/croissant/1.0",
        "name": NAME,
        "description": DESCRIPTION,
        "version": release.version,
        "datePublished": release.made_at.date().isoformat(),
        "license": sorted({source.licence for source in release.sources if source.licence}),
        "creator": [
            {"@type": "sc:Organization", "name": name}
            for name in sorted({source.to_name for source in release.sources})
        ],
        "citeAs": f"{TITLE}, version {release.version}",
        "distribution": [_file(schema, files, form) for schema in tables if form],
        "recordSet": [_records(schema, form) for schema in tables if form],
    }


def _file(schema: pa.DataFrameSchema, files: Mapping[str, DataFile], form: FileFormat) -> dict[str, Any]:
    path = path_of(form, schema.name)
    return {
        "@type": "cr:FileObject",
        "@id": path,
        "name": path,
        "description": str(schema.description),
        "contentUrl": path,
        "contentSize": f"{files[path].bytes} B",
        "encodingFormat": _MEDIA_TYPES[form],
        "sha256": files[path].sha256,
    }


def _records(schema: pa.DataFrameSchema, form: FileFormat) -> dict[str, Any]:
    key = row_key(schema)
    refers = references(schema)
    return {
        "@type": "cr:RecordSet",
        "@id": schema.name,
        "name": schema.name,
        "description": str(schema.description),
        **({"key": [{"@id": f"{schema.name}/{name}"} for name in key]} if key else {}),
        "field": [_field(schema.name, name, column, form, refers.get(name)) for name, column in schema.columns.items()],
    }


def _field(table: str, name: str, column: pa.Column, form: FileFormat, refers_to: str | None) -> dict[str, Any]:
    kind = sql_type(column)
    is_list = kind.endswith("[]") and form is FileFormat.parquet
    return {
        "@type": "cr:Field",
        "@id": f"{table}/{name}",
        "name": name,
        "description": column_comment(column),
        "dataType": _TYPES.get(kind, "sc:Text"),
        **({"repeated": True} if is_list else {}),
        "source": {"fileObject": {"@id": path_of(form, table)}, "extract": {"column": name}},
        **({"references": {"field": {"@id": f"{refers_to}/{name}"}}} if refers_to else {}),
    }
