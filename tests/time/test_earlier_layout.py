"""A file that an earlier version published: with a view and a column less."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pytest


@pytest.fixture(scope="module")
def of_an_earlier_version(make_house: Callable[[], Any]) -> Any:
    house = make_house()
    house.run(house.write("a.txt", today="June 1, 2025"), house.write("b.html", name="Robin 2", today="June 1, 2025"))
    with duckdb.connect(str(house.warehouse)) as connection:
        connection.execute("""
            DROP VIEW price_performance;
            DROP VIEW not_comparable;
            CREATE VIEW not_comparable AS SELECT model_id FROM scores;
            UPDATE internal.meta SET value = 'that of an earlier version' WHERE key = 'layout';
        """)
    return house


@pytest.fixture
def earlier(of_an_earlier_version: Any, tmp_path: Path) -> Any:
    return of_an_earlier_version.copy_to(tmp_path / "copy")


def test_verify_says_so_in_one_line(earlier: Any) -> None:
    done = earlier.cli("verify")
    assert done.returncode == 1
    (fault, total) = done.stdout.splitlines()
    assert "earlier version" in fault
    assert "ingest rebuild" in fault
    assert total == "1 faults"


def test_digest_answers_and_names_the_tables_that_it_cannot_compare(earlier: Any) -> None:
    done = earlier.cli("digest", "--tables")
    assert done.returncode == 0, done.stderr
    other = [line.split()[-1] for line in done.stdout.splitlines() if line.startswith("of another layout")]
    assert other == ["not_comparable", "price_performance"]


def test_a_rebuild_brings_it_up_to_date(earlier: Any) -> None:
    done = earlier.cli("rebuild")
    assert done.returncode == 0, done.stderr
    assert "differs    in not_comparable, price_performance;" in done.stdout
    assert earlier.cli("verify").returncode == 0


def test_a_run_brings_it_up_to_date_and_says_what_a_rebuild_says(earlier: Any) -> None:
    earlier.run(earlier.write("c.txt", today="July 1, 2025", context="64.0K", input="$0.30"))
    before = earlier.digests()
    assert earlier.cli("verify").returncode == 0
    done = earlier.cli("rebuild")
    assert "differs    in nothing" in done.stdout, done.stdout
    assert earlier.digests() == before


@pytest.fixture
def first_format(earlier: Any) -> Any:
    """A file of format 1: its times carry a time zone, and columns of today are missing."""
    with duckdb.connect(str(earlier.warehouse)) as connection:
        connection.execute("""
            UPDATE internal.meta SET value = '1' WHERE key = 'format';
            ALTER TABLE runs ALTER started_at TYPE TIMESTAMPTZ;
            ALTER TABLE changes ALTER changed_at TYPE TIMESTAMPTZ;
            ALTER TABLE models DROP COLUMN model_type;
            DROP VIEW model_versions;
            DROP VIEW model_ids;
            DROP TABLE internal.listings;
        """)
    return earlier


def test_a_run_refuses_the_first_format_in_one_sentence_and_leaves_the_file_alone(first_format: Any) -> None:
    content = first_format.warehouse.read_bytes()
    done = first_format.cli("run", first_format.pages)
    assert done.returncode == 1
    (line,) = done.stderr.strip().splitlines()
    assert "earlier version" in line
    assert "`ingest rebuild` makes it anew from the captures and keeps its runs and changes" in line
    assert first_format.warehouse.read_bytes() == content


def test_a_rebuild_makes_the_first_format_anew_and_keeps_runs_and_changes(first_format: Any) -> None:
    kept = [first_format.rows(f"SELECT * EXCLUDE ({time}) FROM {table} ORDER BY ALL")
            for table, time in (("runs", "started_at"), ("changes", "changed_at"))]  # fmt: skip
    when = first_format.rows("SELECT min(epoch_us(started_at)) FROM runs")
    done = first_format.cli("rebuild")
    assert done.returncode == 0, done.stderr
    runs = first_format.rows("SELECT * EXCLUDE (started_at) FROM runs ORDER BY ALL")
    changes = first_format.rows("SELECT * EXCLUDE (changed_at) FROM changes ORDER BY ALL")
    assert set(map(repr, kept[0])) <= set(map(repr, runs))
    assert set(map(repr, kept[1])) <= set(map(repr, changes))
    assert first_format.rows("SELECT min(epoch_us(started_at)) FROM runs") == when
    assert first_format.cli("verify").returncode == 0
    assert first_format.cli("run", first_format.pages).returncode == 0
