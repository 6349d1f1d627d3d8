"""Read the SQL in ``sql/*.sql``, one file for one stage, and make the tables that stages pass to each other.

A file names its inputs and outputs at its head. Python fills in ``{name}``: the name of a table, a list of columns, or
an expression. Values are never filled in: they are bound (``$name``).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa

if TYPE_CHECKING:
    import duckdb

_FOLDER = Path(__file__).parent / "sql"
_PART = re.compile(r"\{([a-z_]+)\}")


def sql_in(path: Path) -> str:
    """The statements of a file without their comments."""
    lines = path.read_text("utf-8").splitlines()
    return "\n".join(line for line in lines if not line.lstrip().startswith("--")).strip().rstrip(";")


@cache
def _text(name: str) -> str:
    return sql_in(_FOLDER / f"{name}.sql")


def rows_by_name(cursor: duckdb.DuckDBPyConnection) -> list[dict[str, Any]]:
    """All rows of an answer, each by the names of its columns."""
    names = [column[0] for column in cursor.description or ()]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def statement(name: str, **parts: str) -> str:
    """The statements of ``sql/<name>.sql`` without comments and with every ``{part}`` filled in.

    Raises :class:`KeyError` for a part that is missing, or that the file has no place for.
    """
    return filled(_text(name), name, parts)


def filled(text: str, name: str, parts: Mapping[str, str]) -> str:
    """The statements ``text`` of the file ``name``, as :func:`statement` gives them."""
    unused = parts.keys() - set(_PART.findall(text))
    if unused:
        raise KeyError(f"{name}.sql has no place for {', '.join(sorted(unused))}")
    return _PART.sub(lambda found: parts[found[1]], text)


def quoted(columns: Iterable[str], table: str | None = None) -> str:
    """A list of columns for a statement, each quoted as an identifier, with the name of ``table`` before it if given.

    >>> quoted(["model_id", "unit"], "s")
    's."model_id", s."unit"'
    """
    prefix = f"{table}." if table else ""
    return ", ".join(prefix + '"' + column.replace('"', '""') + '"' for column in columns)


def make_table(connection: duckdb.DuckDBPyConnection, name: str, content: pa.Table) -> str:
    """Make the temporary table ``name`` from ``content``. Returns its name."""
    # DuckDB finds `content` by its variable name; a registered table would stay in memory until the transaction ends
    connection.execute(f"CREATE OR REPLACE TEMP TABLE {quoted([name])} AS FROM content")
    return name


def append(connection: duckdb.DuckDBPyConnection, table: str, content: pa.Table) -> None:
    """Add the rows of ``content`` to a table. Columns are matched by name."""
    if content.num_rows:
        connection.execute(f"INSERT INTO {table} BY NAME FROM content")


def drop(connection: duckdb.DuckDBPyConnection, *tables: str) -> None:
    """Give back the memory of temporary tables, or their place on disk."""
    connection.execute("; ".join(f"DROP TABLE {quoted([table])}" for table in tables))


def from_rows(
    columns: Mapping[str, pa.DataType], rows: Sequence[Sequence[Any]] | Sequence[tuple[Any, ...]]
) -> pa.Table:
    """Rows as an Arrow table of the given columns."""
    cells = list(zip(*rows, strict=True)) or [()] * len(columns)
    return pa.table(
        {name: pa.array(list(values), kind) for (name, kind), values in zip(columns.items(), cells, strict=True)}
    )


def texts(*names: str) -> dict[str, pa.DataType]:
    """Columns of text, for :func:`from_rows`."""
    return dict.fromkeys(names, pa.string())
