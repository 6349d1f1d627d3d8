"""Before a copy takes the place of the published file it is read back, made durable, and then renamed."""

from __future__ import annotations

import os
import shutil
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pytest

from ingest.errors import IngestError
from ingest.publish import publish, state_of, working_copy


@pytest.fixture(scope="module")
def of_one_page(make_house: Callable[[], Any]) -> Any:
    house = make_house()
    house.write()
    house.run()
    return house


@pytest.fixture
def loaded(of_one_page: Any, tmp_path: Path) -> Any:
    return of_one_page.copy_to(tmp_path / "copy")


def _copy(house: Any, *statements: str) -> Path:
    work = working_copy(house.warehouse)
    with duckdb.connect(str(work)) as connection:
        for statement in statements:
            connection.execute(statement)
    return work


@pytest.mark.parametrize(
    ("statement", "says"),
    [
        ("ALTER TABLE unread_lines DROP COLUMN text", "lacks unread_lines.text"),
        ("DROP VIEW leaderboard", "lacks leaderboard."),
        ("CREATE OR REPLACE VIEW claims AS SELECT 1 AS model_id", "lacks claims."),
        ("DELETE FROM models", "claims and no models"),
        ("UPDATE internal.meta SET value = '999' WHERE key = 'format'", "newer version"),
        ("DROP SCHEMA internal CASCADE", "something else|cannot be read back"),
    ],
)
def test_a_copy_that_breaks_the_contract_is_not_published(loaded: Any, statement: str, says: str) -> None:
    before = loaded.warehouse.read_bytes()
    work = _copy(loaded, statement)
    with pytest.raises(IngestError, match=says):
        publish(work, loaded.warehouse, state_of(loaded.warehouse))
    assert loaded.warehouse.read_bytes() == before


@pytest.mark.parametrize("keep", [0, 100, 5000])
def test_a_copy_that_is_cut_off_is_not_published(loaded: Any, keep: int) -> None:
    before = loaded.warehouse.read_bytes()
    work = working_copy(loaded.warehouse)
    work.write_bytes(before[:keep])
    with pytest.raises(IngestError):
        publish(work, loaded.warehouse, state_of(loaded.warehouse))
    assert loaded.warehouse.read_bytes() == before


def test_the_file_is_durable_before_it_has_the_name_and_the_name_after(
    loaded: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What power loss leaves depends on this order, and no file system tells of it: so the calls are listened to."""
    calls: list[str] = []
    fsync, replace = os.fsync, os.replace

    def said_fsync(handle: int) -> None:
        calls.append("fsync folder" if stat.S_ISDIR(os.fstat(handle).st_mode) else "fsync file")
        fsync(handle)

    def said_replace(source: Any, target: Any, **options: Any) -> None:
        calls.append(f"rename to {Path(target).name}")
        replace(source, target, **options)

    work = _copy(loaded, "CREATE TABLE notes AS SELECT 1 AS note")
    monkeypatch.setattr(os, "fsync", said_fsync)
    monkeypatch.setattr(os, "replace", said_replace)
    monkeypatch.setattr(os, "rename", said_replace)
    publish(work, loaded.warehouse, state_of(loaded.warehouse))
    assert calls == ["fsync file", "rename to models.duckdb", "fsync folder"]


def test_what_killed_runs_left_is_removed_and_nothing_else(loaded: Any) -> None:
    folder = loaded.warehouse.parent
    left = [folder / f".models.duckdb.{n}.work{end}" for n, end in ((1, ""), (1, ".wal"), (99999, ""))]
    other = [folder / ".other.duckdb.1.work", folder / "models.duckdb.bak", folder / "notes.txt"]
    for path in (*left, *other):
        path.write_bytes(b"x")
    loaded.run()
    assert not any(path.exists() for path in left)
    assert all(path.read_bytes() == b"x" for path in other)


def test_a_warehouse_whose_folder_cannot_be_made_is_told_in_one_sentence(house: Any) -> None:
    house.write()
    (house.root / "warehouse").write_text("a file where the folder would be")
    done = house.cli("run", house.pages)
    assert done.returncode == 1
    assert done.stderr.startswith("error: ")
    assert done.stderr.count("\n") == 1
    assert "warehouse" in done.stderr


def test_a_file_that_is_no_warehouse_is_left_alone(house: Any) -> None:
    house.write()
    house.warehouse.parent.mkdir()
    with duckdb.connect(str(house.warehouse)) as connection:
        connection.execute("CREATE TABLE mine AS SELECT 1 AS one")
    before = house.warehouse.read_bytes()
    done = house.cli("run", house.pages)
    assert done.returncode == 1
    assert "something else" in done.stderr
    assert house.warehouse.read_bytes() == before


def test_a_warehouse_may_be_copied_elsewhere_and_read_there(loaded: Any, tmp_path: Path) -> None:
    """All that a reader needs is in the one file."""
    target = tmp_path / "elsewhere.duckdb"
    shutil.copyfile(loaded.warehouse, target)
    with duckdb.connect(str(target), read_only=True) as connection:
        assert connection.execute("SELECT count(*) FROM models_as_of(now())").fetchone() == (1,)
