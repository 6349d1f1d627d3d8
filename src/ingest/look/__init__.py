"""Show the site on this machine, with a box for SQL: ``ingest look``.

DuckDB-WASM would answer questions in the page itself, but none of the Python packages that could be found ships it. So
the server that shows the pages answers them, from the published file, which it only reads.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ingest.errors import IngestError
from ingest.knowledge import KnowledgeEntry, checked
from ingest.look.ask import ROWS, SECONDS
from ingest.look.server import Looking
from ingest.process import cache_folder
from ingest.records.tables import TABLES
from ingest.site import Built, build
from ingest.site.pages import SitePage


def site_of(warehouse: Path) -> Built:
    """The site of a warehouse with the page for SQL, in the user's cache: built where it is not there already.

    Raises :class:`IngestError` where :func:`ingest.site.build` does, or where there is no home folder.
    """
    try:
        folder = cache_folder()
    except RuntimeError as error:
        raise IngestError(f"There is no folder for the pages: {error} Set XDG_CACHE_HOME.") from None
    name = hashlib.sha256(str(warehouse.resolve()).encode()).hexdigest()[:16]
    return build(warehouse, folder / f"look-{name}", served=[sql_page()])


class ExampleQuestion(KnowledgeEntry):
    """A question that the page for SQL offers."""

    name: str
    sql: str


def examples() -> list[ExampleQuestion]:
    """The questions of ``examples.yaml``."""
    return checked(Path(__file__).with_name("examples.yaml"), list[ExampleQuestion])


def sql_page() -> SitePage:
    """The page with the box for SQL."""
    names = {
        "examples": [(each.name, each.sql.strip()) for each in examples()], "tables": list(TABLES.values()),
        "seconds": f"{SECONDS:g}", "most_rows": ROWS,
    }  # fmt: skip
    return SitePage("sql.html", "sql.html", names, "SQL")


@contextmanager
def looking(warehouse: Path, port: int = 0) -> Iterator[Looking]:
    """A server of the site on 127.0.0.1, not yet started. ``port`` 0 is any that is free.

    Raises :class:`IngestError` where there is no warehouse, or where the port is taken.
    """
    built = site_of(warehouse)
    try:
        server = Looking(warehouse, built.folder, port)
    except OSError as error:
        raise IngestError(f"Port {port} cannot be used: {error.strerror or error}. Name another with --port.") from None
    with server:
        yield server
