"""The mirror in DuckLake says what the published file says, and is written only where that changed."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any
from uuid import uuid4

import duckdb
import pytest
from postgres import Postgres

from ingest.errors import IngestError, without_password
from ingest.load.digest import digest
from ingest.mirror import _extension, _secret, mirror, take_turn
from ingest.settings import Settings, load_settings


@dataclass(frozen=True)
class Lake:
    """A lake: what the settings say of it, and what a reader runs first. ``written`` gives the bytes of its files."""

    address: str
    data: str
    written: Callable[[], int]
    extensions: tuple[str, ...] = ("ducklake",)
    secret: str = ""

    @contextmanager
    def attached(self, options: str = "") -> Iterator[duckdb.DuckDBPyConnection]:
        with duckdb.connect() as connection:
            for name in self.extensions:
                connection.execute(f"LOAD '{_extension(name)}'")
            connection.execute(f"{self.secret}; ATTACH '{self.address}' AS lake {options}; SET TimeZone = 'UTC'")
            yield connection

    def asked(self, sql: str) -> list[tuple[Any, ...]]:
        with self.attached("(READ_ONLY)") as connection:
            return connection.execute(f"USE lake; {sql}").fetchall()

    def digests(self) -> dict[str, str]:
        with self.attached("(READ_ONLY)") as connection:
            connection.execute("USE lake")
            return digest(connection)[1]


@pytest.fixture(params=["files", "PostgreSQL and object storage"])
def lake(house: Any, request: pytest.FixtureRequest) -> Lake:
    """A lake that holds nothing yet; skips where what it needs is not installed."""
    try:
        _extension("ducklake")
    except IngestError as error:
        pytest.skip(str(error))
    if request.param != "files":
        return _in_storage(request.getfixturevalue("postgres"), request.getfixturevalue("in_storage"))
    data = house.root / "lake" / "data"
    data.parent.mkdir()
    return Lake(
        f"ducklake:{data.parent / 'catalog.ducklake'}",
        str(data),
        lambda: sum(path.stat().st_size for path in data.rglob("*.parquet")),
    )


def _in_storage(postgres: Postgres, bucket: str) -> Lake:
    name = f"lake_{uuid4().hex[:12]}"
    postgres.create(name)
    place = f"{bucket}/{name}"
    store = import_module("obstore.store").from_url(place)
    return Lake(
        f"ducklake:postgres:dbname={name} host=127.0.0.1 port={postgres.port} user={postgres.name}",
        place,
        lambda: sum(each["size"] for some in store.list() for each in some),
        ("ducklake", "postgres_scanner", "httpfs"),
        _secret(os.environ),
    )


def _settings(house: Any, lake: Lake, **more: Any) -> Settings:
    return load_settings(warehouse=house.warehouse, mirror=lake.address, mirror_data=lake.data, **more)


def test_a_mirror_says_what_the_file_says_and_writes_what_changed(house: Any, lake: Lake) -> None:
    for number in range(60):
        house.write(f"{number}.txt", name=f"Robin {number}")
    house.run()
    older = house.root / "older.duckdb"
    shutil.copy(house.warehouse, older)
    first = mirror(_settings(house, lake))
    assert first.written["main.models"] == 60 and not first.is_unchanged
    assert lake.digests() == house.digests()
    assert mirror(_settings(house, lake)).is_unchanged
    whole = lake.written()

    house.write("7.txt", name="Robin 7", input="$0.55", today="August 9, 2025", updated="August 2, 2025")
    house.run()
    second = mirror(_settings(house, lake))
    assert second.written["internal.prices"] <= 4
    assert second.definitions == 0, "views and macros are as they were"
    assert lake.digests() == house.digests()
    assert lake.written() - whole < 0.1 * whole, "it writes a small part of the bytes"
    asked = "SELECT count(*) FROM prices_as_of(TIMESTAMP '2025-08-10') WHERE model_id LIKE '%robin-7'"
    assert lake.asked(asked) == house.rows(asked)

    house.warehouse.write_bytes(older.read_bytes())
    with pytest.raises(IngestError, match="the file is older, or another warehouse"):
        mirror(_settings(house, lake))
    assert mirror(_settings(house, lake), accept=True).removed["main.runs"] == 1
    assert lake.digests() == house.digests()
    assert lake.asked("SELECT count(*) FROM lake.snapshots()")[0][0] >= 4


def test_of_two_publishers_at_once_one_is_refused(lake: Lake) -> None:
    with lake.attached(f"(DATA_PATH '{lake.data}')") as connection:
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


def test_a_run_mirrors_where_a_lake_is_set_and_goes_on_where_it_cannot(house: Any, lake: Lake) -> None:
    house.write()
    environment = house.process_options()["env"] | {"INGEST_MIRROR": lake.address, "INGEST_MIRROR_DATA": lake.data}
    done = house.cli("run", "pages", env=environment)
    assert done.returncode == 0, done.stderr
    assert f"{lake.address} has the run" in done.stderr
    nobody_there = "ducklake:postgres:dbname=lake host=127.0.0.1 port=1 user=me password=secret"
    if not lake.secret:
        Path(lake.address.removeprefix("ducklake:")).write_bytes(b"something else")
        nobody_there = lake.address
    house.write(name="Wren")
    done = house.cli("run", "pages", env=environment | {"INGEST_MIRROR": nobody_there})
    assert done.returncode == 0, done.stderr
    assert "The mirror is not up to date." in done.stderr
    assert "secret" not in done.stderr


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
