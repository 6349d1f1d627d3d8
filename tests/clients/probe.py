"""What one client of DuckDB can do with a warehouse. Most ways of use need nothing but ``duckdb`` installed.

    python probe.py WAREHOUSE FOLDER WAY

uses the warehouse in one way and ends with status 0 where that works. ``FOLDER`` takes what the way writes.
"""

from __future__ import annotations

import subprocess
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

WEIGHED = ("checks", "chosen_prices", "price_performance", "reference_prices")
"""Views of weighed prices. They are asked apart: old versions of DuckDB plan them slowly."""

SOME = "SELECT model_id, score, stated_by, measured_on FROM leaderboard ORDER BY ALL LIMIT 20"
"""A query whose answer has text, numbers, lists and days."""


def tables(connection: duckdb.DuckDBPyConnection, prefix: str) -> None:
    """Fetch every row of every table and view."""
    names = connection.execute(
        "SELECT DISTINCT table_name FROM information_schema.tables WHERE table_schema = 'main' "
        "AND table_catalog NOT IN ('system', 'temp')"
    ).fetchall()
    assert len(names) > 20, names
    for (name,) in names:
        if name in (*WEIGHED, "conflicts"):
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


def searched(warehouse: str, _folder: Path) -> None:
    """Macros of an attached file that is searched first, beside tables of one's own."""
    with duckdb.connect() as connection:
        connection.execute(f"ATTACH '{warehouse}' AS w (READ_ONLY); CREATE TABLE mine AS SELECT model_id FROM w.models")
        connection.execute("SET search_path = 'w,memory'")
        macros(connection, "")
        assert connection.execute("SELECT * FROM scores_as_of('2026-07-01') JOIN mine USING (model_id)").fetchall()


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
    """The views of prices that each load weighs."""
    with duckdb.connect(warehouse, read_only=True) as connection:
        for name in WEIGHED:
            connection.execute(f"SELECT * FROM {name}").fetchall()


def pandas(warehouse: str, _folder: Path) -> None:
    """A table and an answer as data frames of pandas."""
    with duckdb.connect(warehouse, read_only=True) as connection:
        assert len(connection.sql("SELECT * FROM models").df()) == len(connection.execute("FROM models").fetchall())
        assert list(connection.sql(SOME).df().columns) == ["model_id", "score", "stated_by", "measured_on"]


def polars(warehouse: str, _folder: Path) -> None:
    """A table and an answer as data frames of polars."""
    with duckdb.connect(warehouse, read_only=True) as connection:
        assert connection.sql("SELECT * FROM models").pl().height == len(connection.execute("FROM models").fetchall())
        assert connection.sql(SOME).pl().rows() == connection.execute(SOME).fetchall()


def ibis(warehouse: str, _folder: Path) -> None:
    """Tables, views and an expression of ibis."""
    import ibis  # noqa: PLC0415  # no other way of use has it installed

    with duckdb.connect(warehouse, read_only=True) as connection:
        rows = connection.execute("SELECT count(*) FROM leaderboard WHERE rank = 1").fetchone()
    connected = ibis.duckdb.connect(warehouse, read_only=True)
    board = connected.table("leaderboard")
    assert board.filter(board["rank"] == 1).count().execute() == rows[0]
    assert len(connected.sql("SELECT * FROM models_as_of('2026-07-01')").execute())
    connected.disconnect()


def command_line(warehouse: str, _folder: Path) -> None:
    """The ``duckdb`` command of the package ``duckdb-cli``."""
    command = [str(Path(sys.executable).with_name("duckdb")), "-readonly", "-csv", warehouse]
    said = subprocess.run([*command, "-c", SOME], check=True, capture_output=True, text=True).stdout
    with duckdb.connect(warehouse, read_only=True) as connection:
        assert len(said.splitlines()) == 1 + len(connection.execute(SOME).fetchall())
    subprocess.run([*command, "-c", "SELECT * FROM models_as_of('2026-07-01')"], check=True, capture_output=True)


def weighed_anew(warehouse: str, _folder: Path) -> None:
    """What weighs all claims or prices when it is asked."""
    with duckdb.connect(warehouse, read_only=True) as connection:
        for asked in ("conflicts", "chosen_prices_as_of('2026-07-01')"):
            connection.execute(f"SELECT * FROM {asked}").fetchall()


WAYS: dict[str, Callable[[str, Path], None]] = {
    "the file opened: tables, views and macros": opened,
    "chosen and reference prices, checks": weighed,
    "`conflicts`, `chosen_prices_as_of`": weighed_anew,
    "a session in another time zone": zoned,
    "attached: tables and views": attached_tables,
    "attached, by name: `w.models_as_of(…)`": attached_macros,
    "attached, after `USE w`: macros": attached_use,
    "attached, after `SET search_path = 'w,memory'`: macros": searched,
    "`COPY FROM DATABASE`": copied,
    "`EXPORT DATABASE`, `IMPORT DATABASE`": exported,
    "pandas": pandas,
    "polars": polars,
    "ibis": ibis,
    "the command line": command_line,
}
"""Each way of use by its name in the table of ``docs/questions.md``."""

if __name__ == "__main__":
    WAYS[sys.argv[3]](sys.argv[1], Path(sys.argv[2]))
