"""The mirror in DuckLake says what the published file says, and is written only where that changed."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import duckdb
import pytest

from ingest.errors import IngestError
from ingest.load.digest import digest
from ingest.mirror import _extension, mirror, take_turn, without_password
from ingest.settings import Settings, load_settings


@pytest.fixture
def lake(house: Any) -> str:
    """A lake that holds nothing yet; skips where the extension of DuckDB is not installed."""
    try:
        _extension("ducklake")
    except IngestError as error:
        pytest.skip(str(error))
    (house.root / "lake").mkdir()
    return f"ducklake:{house.root / 'lake' / 'catalog.ducklake'}"


def _settings(house: Any, lake: str, **more: Any) -> Settings:
    return load_settings(warehouse=house.warehouse, mirror=lake, mirror_data=str(house.root / "lake" / "data"), **more)


def _asked(lake: str, sql: str) -> list[tuple[Any, ...]]:
    with duckdb.connect() as connection:
        connection.execute(f"LOAD '{_extension('ducklake')}'; ATTACH '{lake}' AS lake (READ_ONLY); USE lake")
        connection.execute("SET TimeZone = 'UTC'")
        return [(digest(connection)[1],)] if sql == "digests" else connection.execute(sql).fetchall()


def _bytes(house: Any) -> int:
    return sum(path.stat().st_size for path in (house.root / "lake" / "data").rglob("*.parquet"))


def test_a_mirror_says_what_the_file_says_and_writes_what_changed(house: Any, lake: str) -> None:
    for number in range(60):
        house.write(f"{number}.txt", name=f"Robin {number}")
    house.run()
    older = house.root / "older.duckdb"
    shutil.copy(house.warehouse, older)
    first = mirror(_settings(house, lake))
    assert first.written["main.models"] == 60 and not first.is_unchanged
    assert _asked(lake, "digests") == [(house.digests(),)]
    assert mirror(_settings(house, lake)).is_unchanged
    whole = _bytes(house)

    house.write("7.txt", name="Robin 7", input="$0.55", today="August 9, 2025", updated="August 2, 2025")
    house.run()
    second = mirror(_settings(house, lake))
    assert second.written["internal.prices"] <= 4
    assert second.definitions == 0, "views and macros are as they were"
    assert _asked(lake, "digests") == [(house.digests(),)]
    assert _bytes(house) - whole < 0.1 * whole, "it writes a small part of the bytes"
    asked = "SELECT count(*) FROM prices_as_of(TIMESTAMP '2025-08-10') WHERE model_id LIKE '%robin-7'"
    assert _asked(lake, asked) == house.rows(asked)

    house.warehouse.write_bytes(older.read_bytes())
    with pytest.raises(IngestError, match="the file is older, or another warehouse"):
        mirror(_settings(house, lake))
    assert mirror(_settings(house, lake), accept=True).removed["main.runs"] == 1
    assert _asked(lake, "digests") == [(house.digests(),)]
    assert _asked(lake, "SELECT count(*) FROM lake.snapshots()")[0][0] >= 4


def test_of_two_publishers_at_once_one_is_refused(lake: str) -> None:
    with duckdb.connect() as connection:
        connection.execute(f"LOAD '{_extension('ducklake')}'; ATTACH '{lake}' AS lake")
        take_turn(connection, "before")
        one, other = connection.cursor(), connection.cursor()
        for each in (one, other):
            each.execute("BEGIN")
            take_turn(each, "now")
        one.execute("COMMIT")
        with pytest.raises(duckdb.Error, match="conflict"):
            other.execute("COMMIT")


@pytest.mark.parametrize(
    "given",
    [
        "dbname=lake password=secret", "password = secret", "PASSWORD='my secret' user=me", r"password='it\'s secret'",
        "ATTACH 'ducklake:postgres:password=''my secret'' user=me'", "postgresql://me:secret@10.0.0.5/lake", "postgres://me:a@secret@host/lake",
    ],
)  # fmt: skip
def test_no_password_is_shown(given: str) -> None:
    assert "secret" not in without_password(given) and "…" in without_password(given)


def test_a_run_mirrors_where_a_lake_is_set_and_goes_on_where_it_cannot(house: Any, lake: str) -> None:
    house.write()
    environment = house.process_options()["env"] | {"INGEST_MIRROR": lake}
    done = house.cli("run", "pages", env=environment)
    assert done.returncode == 0, done.stderr
    assert "catalog.ducklake has the run" in done.stderr
    Path(lake.removeprefix("ducklake:")).write_bytes(b"something else")
    house.write(name="Wren")
    done = house.cli("run", "pages", env=environment)
    assert done.returncode == 0, done.stderr
    assert "The mirror is not up to date." in done.stderr


def test_what_is_missing_is_said_in_a_sentence(house: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(IngestError, match="names no lake"):
        mirror(load_settings(warehouse=house.warehouse, mirror="lake.duckdb"))
    with pytest.raises(IngestError, match="There is no warehouse"):
        mirror(load_settings(warehouse=house.warehouse, mirror="ducklake:lake"))
    house.write()
    house.run()
    monkeypatch.setattr(duckdb, "__version__", "1.5.99")
    with pytest.raises(IngestError, match=r"for DuckDB 1\.5\.99 is not installed: pip install -e '\.\[ducklake\]'"):
        mirror(load_settings(warehouse=house.warehouse, mirror="ducklake:lake"))
