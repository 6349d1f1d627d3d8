"""A file that an earlier version published: with a view and a column less."""

from __future__ import annotations

from typing import Any

import duckdb
import pytest


@pytest.fixture
def earlier(house: Any) -> Any:
    house.run(house.write("a.txt", today="June 1, 2025"), house.write("b.html", name="Robin 2", today="June 1, 2025"))
    with duckdb.connect(str(house.warehouse)) as connection:
        connection.execute("""
            DROP VIEW price_performance;
            DROP VIEW not_comparable;
            CREATE VIEW not_comparable AS SELECT model_id FROM scores;
            UPDATE internal.meta SET value = 'that of an earlier version' WHERE key = 'layout';
        """)
    return house


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
    with duckdb.connect(str(earlier.warehouse)) as connection:
        connection.execute("ALTER TABLE internal.claims DROP COLUMN contested")
    earlier.run(earlier.write("c.txt", today="July 1, 2025", context="64.0K", input="$0.30"))
    before = earlier.digests()
    assert earlier.cli("verify").returncode == 0
    done = earlier.cli("rebuild")
    assert "differs    in nothing" in done.stdout, done.stdout
    assert earlier.digests() == before
