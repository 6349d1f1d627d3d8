"""Verify: whatever is damaged in the archive or the warehouse is found, named, and ends with status 1."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pytest


@pytest.fixture(scope="module")
def whole(make_house: Callable[[], Any], gateway: Any) -> Any:
    """Pages in text and HTML and a feed, over two days."""
    house = make_house()
    house.write("a.txt", name="Robin 1", today="June 1, 2025")
    house.write("b.html", name="Robin 2", average="-3%")
    house.run()
    house.write("a.txt", name="Robin 1", today="July 1, 2025", input="$0.30", family="Sparrow")
    house.run(house.pages, gateway(house, "2025-07-02", range(3)))
    return house


@pytest.fixture
def loaded(house: Any, whole: Any) -> Any:
    """A copy of it, to be damaged."""
    shutil.copytree(whole.root, house.root, dirs_exist_ok=True)
    return house


def _object(house: Any) -> Path:
    """The bytes behind a claim that holds now."""
    sha256 = house.values("SELECT sha256 FROM captures WHERE location LIKE '%b.html'")[0]
    return Path(house.raw / "captures" / "objects" / sha256[:2] / f"{sha256}.zst")


def _in_file(house: Any, *statements: str) -> None:
    with duckdb.connect(str(house.warehouse)) as connection:
        for statement in statements:
            connection.execute(statement)


def _flip(house: Any) -> None:
    path = _object(house)
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 4
    path.write_bytes(content)


def _truncate_object(house: Any) -> None:
    path = _object(house)
    path.write_bytes(path.read_bytes()[:-40])


def _truncate_warehouse(house: Any) -> None:
    content = house.warehouse.read_bytes()
    house.warehouse.write_bytes(content[: len(content) // 2])


DAMAGE: dict[str, tuple[Callable[[Any], None], str, str]] = {
    "a flipped bit": (_flip, "capture", "b.html"),
    "an object cut off": (_truncate_object, "capture", "b.html"),
    "an object gone": (lambda house: _object(house).unlink(), "capture", "b.html"),
    "a warehouse cut off": (_truncate_warehouse, "warehouse", "models.duckdb"),
    "no warehouse": (lambda house: house.warehouse.unlink(), "warehouse", "models.duckdb"),
    "a locator of a claim": (
        lambda house: _in_file(house, "UPDATE internal.claims SET locator = 'line 2' WHERE field = 'license'"),
        "locator", "line 2",
    ),
    "a locator of a price": (
        lambda house: _in_file(house, "UPDATE internal.prices SET locator = '/data/2/pricing' WHERE kind = 'input'"),
        "locator", "/data/2/pricing",
    ),
    "a raw text": (
        lambda house: _in_file(house, "UPDATE internal.scores SET score_text = '99.9%' WHERE benchmark_id = 'mmlu'"),
        "locator", "lines",
    ),
    "a column gone": (
        lambda house: _in_file(house, "ALTER TABLE unread_lines DROP COLUMN text"),
        "contract", "unread_lines.text",
    ),
    "a model gone": (
        lambda house: _in_file(house, "DELETE FROM models WHERE model_id LIKE '%robin-1'"), "key", "robin-1",
    ),
}  # fmt: skip


def test_what_is_whole_passes(loaded: Any) -> None:
    done = loaded.cli("verify")
    assert (done.returncode, done.stdout) == (0, "Everything stands where the warehouse says.\n")
    assert json.loads(loaded.cli("verify", "--json").stdout) == []


@pytest.mark.parametrize("damage", DAMAGE, ids=str)
def test_damage_is_found_and_named(loaded: Any, damage: str) -> None:
    do, kind, where = DAMAGE[damage]
    do(loaded)
    done = loaded.cli("verify", "--json")
    assert done.returncode == 1
    faults = json.loads(done.stdout)
    assert any(fault["kind"] == kind and where in fault["where"] for fault in faults), faults
    told = loaded.cli("verify")
    assert told.returncode == 1
    assert told.stdout.count("\n") == len(faults) + 1
    assert where in told.stdout


def test_a_capture_that_was_logged_and_never_loaded_is_looked_at_too(loaded: Any) -> None:
    """A warehouse may be older than the archive, as after a restore from a backup."""
    old = loaded.warehouse.read_bytes()
    loaded.write("late.txt", name="Robin 9")
    loaded.run()
    sha256 = loaded.values("SELECT sha256 FROM captures WHERE location LIKE '%late.txt'")[0]
    loaded.warehouse.write_bytes(old)
    assert loaded.cli("verify").returncode == 0
    (loaded.raw / "captures" / "objects" / sha256[:2] / f"{sha256}.zst").write_bytes(b"")
    done = loaded.cli("verify")
    assert done.returncode == 1
    assert "late.txt" in done.stdout


@pytest.mark.parametrize("form", ["page.txt", "page.cards.html", "page.dl.html", "page.soup.html"])
def test_real_pages_of_each_form_verify(house: Any, shared: Path, form: str) -> None:
    house.run(*sorted(shared.glob(f"pages/dev/*/{form}"))[::8])
    done = house.cli("verify")
    assert (done.returncode, done.stdout) == (0, "Everything stands where the warehouse says.\n")


def test_real_feeds_verify(house: Any, shared: Path) -> None:
    smaller = [p for p in sorted((shared / "feeds").rglob("*")) if p.is_file() and 500 < p.stat().st_size < 400_000]
    house.run(*smaller[::8])
    done = house.cli("verify")
    assert (done.returncode, done.stdout) == (0, "Everything stands where the warehouse says.\n")
