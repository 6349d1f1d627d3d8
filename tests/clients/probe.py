"""What one client of DuckDB can do with a warehouse. It runs with nothing but ``duckdb`` installed.

    python probe.py WAREHOUSE FOLDER

prints a line of JSON for each way of use: its name, and `works` or the error.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path

import duckdb

MACROS = {
    "models_as_of": "models_as_of('2026-07-01')",
    "scores_as_of": "scores_as_of('2026-07-01')",
    "prices_as_of": "prices_as_of('2026-07-01')",
    "leaderboard_as_of": "leaderboard_as_of('2026-07-01')",
    "price_changes": "price_changes('2026-01-01', '2026-07-01')",
}

WEIGHED = ("checks", "chosen_prices", "conflicts", "price_performance", "reference_prices")
"""Views that weigh prices. They are asked apart: DuckDB before 1.4 takes minutes to plan them."""


def tables(connection: duckdb.DuckDBPyConnection, prefix: str) -> None:
    """Fetch every row of every table and view."""
    names = connection.execute(
        "SELECT DISTINCT table_name FROM duckdb_columns() WHERE schema_name = 'main' AND NOT internal "
        "AND database_name NOT IN ('system', 'temp')"
    ).fetchall()
    assert len(names) > 20, names
    for (name,) in names:
        if name in WEIGHED:
            continue
        connection.execute(f"SELECT * FROM {prefix}{name}").fetchall()


def macros(connection: duckdb.DuckDBPyConnection, prefix: str) -> None:
    """Ask every macro."""
    for name, call in MACROS.items():
        rows = connection.execute(f"SELECT * FROM {prefix}{call}").fetchall()
        assert rows or name == "price_changes", name


def opened(warehouse: str, _folder: Path) -> None:
    """The file is opened by itself."""
    with duckdb.connect(warehouse, read_only=True) as connection:
        tables(connection, "")
        macros(connection, "")


def attached_tables(warehouse: str, _folder: Path) -> None:
    """Tables and views of an attached file."""
    with duckdb.connect() as connection:
        connection.execute(f"ATTACH '{warehouse}' AS w (READ_ONLY)")
        tables(connection, "w.")


def attached_macros(warehouse: str, _folder: Path) -> None:
    """Macros of an attached file by its name."""
    with duckdb.connect() as connection:
        connection.execute(f"ATTACH '{warehouse}' AS w (READ_ONLY)")
        macros(connection, "w.")


def attached_use(warehouse: str, _folder: Path) -> None:
    """Macros of an attached file after USE."""
    with duckdb.connect() as connection:
        connection.execute(f"ATTACH '{warehouse}' AS w (READ_ONLY); USE w")
        tables(connection, "")
        macros(connection, "")


def copied(warehouse: str, folder: Path) -> None:
    """COPY FROM DATABASE into another file, which then answers by itself."""
    target = folder / f"copied-{duckdb.__version__}.duckdb"
    with duckdb.connect() as connection:
        connection.execute(f"ATTACH '{warehouse}' AS w (READ_ONLY); ATTACH '{target}' AS c; COPY FROM DATABASE w TO c")
    with duckdb.connect(str(target), read_only=True) as connection:
        tables(connection, "")
        macros(connection, "")


def exported(warehouse: str, folder: Path) -> None:
    """EXPORT DATABASE, and IMPORT DATABASE into a new one, which then answers by itself."""
    target = folder / f"exported-{duckdb.__version__}"
    with duckdb.connect(warehouse, read_only=True) as connection:
        connection.execute(f"EXPORT DATABASE '{target}' (FORMAT parquet)")
    with duckdb.connect() as connection:
        connection.execute(f"IMPORT DATABASE '{target}'")
        tables(connection, "")
        macros(connection, "")


def zoned(warehouse: str, _folder: Path) -> None:
    """A day is the same day in a session of another time zone."""
    days = "SELECT list(DISTINCT captured_at::DATE::VARCHAR ORDER BY captured_at::DATE::VARCHAR) FROM captures"
    asked = "SELECT count(*) FROM scores_as_of('2026-05-21')"
    with duckdb.connect(warehouse, read_only=True) as connection:
        seen = []
        for zone in ("UTC", "America/New_York", "Asia/Tokyo"):
            connection.execute(f"SET TimeZone = '{zone}'")
            seen.append((connection.execute(days).fetchone(), connection.execute(asked).fetchone()))
        assert seen[0] == seen[1] == seen[2], seen


def weighed(warehouse: str, _folder: Path) -> None:
    """The views and the macro that weigh prices."""
    with duckdb.connect(warehouse, read_only=True) as connection:
        for name in (*WEIGHED, "chosen_prices_as_of('2026-07-01')"):
            connection.execute(f"SELECT * FROM {name}").fetchall()


WAYS: dict[str, Callable[[str, Path], None]] = {
    "opened": opened,
    "attached: tables": attached_tables,
    "attached: macros": attached_macros,
    "attached, USE: macros": attached_use,
    "COPY FROM DATABASE": copied,
    "EXPORT, IMPORT DATABASE": exported,
    "another time zone": zoned,
    "chosen prices": weighed,
}

if __name__ == "__main__":
    for way, use in WAYS.items():
        try:
            use(sys.argv[1], Path(sys.argv[2]))
            answer = "works"
        except Exception as error:  # whatever fails is the answer
            answer = f"{type(error).__name__}: {' '.join(str(error).split())}"
        sys.stdout.write(json.dumps({way: answer}) + "\n")
        sys.stdout.flush()
