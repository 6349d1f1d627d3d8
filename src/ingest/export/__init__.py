"""Write the warehouse as files that any tool opens: a release, in a folder of its own.

A release has Parquet, CSV and SQLite files of every public table and view, and says in standard forms what they hold:
``datapackage.json`` (Frictionless), ``croissant.json``, ``CITATION.cff`` and a README. The same warehouse gives the
same bytes.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ingest.export.croissant import croissant
from ingest.export.eee import write_eee
from ingest.export.files import FileFormat, data_files, writer
from ingest.export.folder import new_folder
from ingest.export.frictionless import datapackage
from ingest.export.papers import citation, readme
from ingest.export.release import MANIFEST, earlier_release, release_of
from ingest.export.rows import batches
from ingest.records.tables import TABLES
from ingest.report.cells import json_file
from ingest.report.opened import opened

__all__ = ["DEFAULT", "MANIFEST", "Exported", "export"]

DEFAULT = (FileFormat.parquet, FileFormat.csv, FileFormat.sqlite)
"""What is written where nothing is asked for."""


@dataclass(frozen=True, slots=True)
class Exported:
    """What an export wrote: the folder, the rows of each table, and the bytes of all files."""

    folder: Path
    version: str
    rows: dict[str, int]
    size: int

    def as_dict(self) -> dict[str, Any]:
        """As plain data, for JSON."""
        return {"folder": str(self.folder), "version": self.version, "rows": self.rows, "bytes": self.size}


def export(warehouse: Path, folder: Path, formats: Sequence[FileFormat] = DEFAULT) -> Exported:
    """Write a release of the warehouse to ``folder``, which is replaced whole if it holds an earlier release.

    Raises :class:`ingest.IngestError` if there is no warehouse, or if the folder holds anything else or cannot be
    written. The folder stays as it was then.
    """
    with opened(warehouse) as connection, new_folder(folder) as work:
        release = release_of(connection, earlier_release(folder))
        rows = _write_tables(connection, work, [form for form in formats if form.has_tables])
        if FileFormat.eee in formats:
            write_eee(connection, work, release)
        files = data_files(work)
        papers = {
            "datapackage.json": json_file(datapackage(release, files, formats, rows)),
            "croissant.json": json_file(croissant(release, files, formats)),
            "CITATION.cff": citation(release),
            "README.md": readme(release, formats, rows),
        }
        for name, text in papers.items():
            (work / name).write_text(text, "utf-8")
        size = sum(path.stat().st_size for path in work.rglob("*") if path.is_file())
    return Exported(folder, release.version, rows, size)


def _write_tables(connection: Any, work: Path, formats: Sequence[FileFormat]) -> dict[str, int]:
    """Write every public table in each format. Returns the number of rows of each."""
    rows: dict[str, int] = {}
    with ExitStack() as stack:
        writers = [stack.enter_context(writer(form, work)) for form in dict.fromkeys(formats)]
        for name, schema in TABLES.items():
            rows[name] = 0
            with ExitStack() as open_tables:
                adds = [open_tables.enter_context(each.table(schema)) for each in writers]
                for some in batches(connection, schema):
                    rows[name] += some.batch.num_rows
                    for add in adds:
                        add(some)
    return rows
