"""Runs and run again: the same content is the same warehouse, whatever the order and the moment."""

from __future__ import annotations

import itertools
import json
import os
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ingest.batch import read_batch
from ingest.capture.archive import Archive, CaptureRecord, sha256_of
from ingest.pipeline import open_run
from ingest.settings import load_settings

NAMES = ("Robin 1", "Robin 2", "Wren 1")
EARLY, MIDDLE, LATE = "June 1, 2025", "July 1, 2025", "August 1, 2025"
DAYS = ("2025-06-01", "2025-07-01", "2025-08-01")


def _three_pages(house: Any, files: tuple[str, ...] = ("a.txt", "b.html", "c.txt")) -> None:
    for name, file in zip(NAMES, files, strict=True):
        house.write(file, name=name, input="-$1.00" if name == "Wren 1" else "$2.00")


def test_a_second_run_changes_nothing_but_runs(house: Any) -> None:
    _three_pages(house)
    first = house.run()
    before = house.digests()
    rows = {table: house.rows(f"FROM {table}") for table in ("changes", "claims", "captures", "quarantine")}
    second = house.run()
    assert house.digests() == before
    assert {table: house.rows(f"FROM {table}") for table in rows} == rows
    assert (first.captures_read, first.captures_unchanged) == (3, 0)
    assert (second.captures_read, second.captures_unchanged, second.rows_written) == (0, 3, 0)
    runs = house.rows(
        "SELECT status, captures_read, captures_unchanged, captures_rejected, rows_quarantined, error FROM runs "
        "ORDER BY started_at"
    )
    assert runs == [("succeeded", 3, 0, 0, 1, None), ("succeeded", 0, 3, 0, 0, None)]
    assert house.leftovers() == []


def test_raw_bytes_are_kept_once_and_read_back(house: Any) -> None:
    _three_pages(house)
    house.write("again.txt", (house.pages / "a.txt").read_bytes())
    house.run()
    captures = house.rows("SELECT location, sha256, bytes FROM captures")
    assert len(captures) == 4
    assert len({sha256 for _, sha256, _ in captures}) == 3
    archive = Archive(house.raw)
    for location, sha256, size in captures:
        content = archive.load(sha256)
        assert content == Path(location).read_bytes()
        assert len(content) == size
    assert len(list((house.raw / "captures" / "objects").rglob("*.zst"))) == 3


def test_order_and_file_names_do_not_matter_for_ids(make_house: Callable[[], Any]) -> None:
    said = []
    for files, order in (("a.txt", "b.html", "c.txt"), (0, 1, 2)), (("z.txt", "y.html", "x.txt"), (2, 0, 1)):
        house = make_house()
        _three_pages(house, files)
        house.run(*[house.pages / files[i] for i in order])
        said.append(
            (
                house.rows("SELECT model_id, name FROM models ORDER BY ALL"),
                house.rows("SELECT score_id, model_id, benchmark_id, score FROM scores ORDER BY ALL"),
                house.rows("SELECT model_id, kind, amount FROM prices ORDER BY ALL"),
            )
        )
    assert said[0] == said[1]
    assert len(said[0][0]) == 3


def test_pages_in_one_run_or_in_three_give_the_same_warehouse(make_house: Callable[[], Any], tmp_path: Path) -> None:
    pages = make_house()
    _three_pages(pages)
    together, apart = make_house(), make_house()
    together.run(pages.pages)
    for file in ("c.txt", "a.txt", "b.html"):
        apart.run(pages.pages / file)
    assert together.digests() == apart.digests()


def test_two_pages_with_one_name_and_different_dates_are_two_versions(house: Any) -> None:
    """Only reviewed data makes two models of one name: without it each page speaks of a version."""
    house.write("old.txt", release="March 3, 2024", cutoff="June 30, 2023", input="$1.00")
    house.write("new.txt", release="March 3, 2025", cutoff="June 30, 2023", input="$2.00")
    house.run()
    assert house.rows("SELECT name, release_date::VARCHAR FROM models") == [("Sparrow 2", "2024-03-03")]
    prices = house.rows("SELECT version, usd_per_million_tokens FROM prices WHERE kind = 'input' ORDER BY 2")
    assert [price for _, price in prices] == [1.0, 2.0]
    assert len({version for version, _ in prices}) == 2
    assert len(house.rows("FROM scores")) == 4


def test_a_page_with_its_date_corrected_stays_the_model_it_was(house: Any) -> None:
    house.write(release="March 3, 2024", today=EARLY)
    house.run()
    (model_id,) = house.values("SELECT model_id FROM models")
    house.write(release="March 13, 2024", today=LATE)
    house.run()
    assert house.rows("SELECT model_id, release_date::VARCHAR FROM models") == [(model_id, "2024-03-13")]
    assert len(house.rows("FROM scores")) == 2


def test_an_edited_page_is_read_again_though_its_time_of_modification_is_old(house: Any) -> None:
    path = house.write(input="$0.40", today=EARLY)
    os.utime(path, (1_700_000_000, 1_700_000_000))
    house.run()
    house.write(input="$0.30", today=LATE)
    os.utime(path, (1_700_000_000, 1_700_000_000))
    assert house.run().captures_read == 1
    assert house.values("SELECT usd_per_million_tokens FROM prices WHERE kind = 'input'") == [0.3]


def test_an_edited_page_of_the_same_day_wins_over_what_it_was(house: Any) -> None:
    """A page's own day is no finer than a day: of two readings of one day the later recorded is the page."""
    house.write(input="$0.40", scores=[["Mathematics", "GSM8K", None, "92.5%"], ["Mathematics", "MATH", None, "60.0%"]])
    house.run()
    house.write(input="$0.30", scores=[["Mathematics", "GSM8K", None, "93.5%"]])
    house.run()
    assert house.values("SELECT usd_per_million_tokens FROM prices WHERE kind = 'input'") == [0.3]
    assert house.rows("SELECT benchmark_id, score FROM scores") == [("gsm8k", 93.5)]
    before = house.digests()
    assert house.cli("rebuild").returncode == 0
    assert house.digests() == before


def test_a_touched_file_is_unchanged(house: Any) -> None:
    path = house.write()
    house.run()
    os.utime(path)
    assert house.run().captures_unchanged == 1


# Time of capture


def test_the_time_of_capture_is_what_is_known_best(house: Any) -> None:
    house.write("own-day.txt", name="Robin 1", today=LATE)
    house.write("2025-07-05/in-path.txt", name="Robin 2", today=None)
    path = house.write("modified.txt", name="Robin 3", without=["timeline"])
    moment = datetime(2025, 9, 9, 9, 9, 9, tzinfo=UTC)
    os.utime(path, (moment.timestamp(), moment.timestamp()))
    house.run()
    found = dict(house.rows("SELECT parse_filename(location), captured_at FROM captures"))
    assert found == {
        "own-day.txt": datetime(2025, 8, 1),
        "in-path.txt": datetime(2025, 7, 5),
        "modified.txt": moment.replace(tzinfo=None),
    }


def test_a_stated_time_of_capture_wins(house: Any) -> None:
    house.write("2025-07-05/page.txt")
    house.run(captured_at="2025-10-01T06:00:00+00:00")
    assert house.values("SELECT captured_at FROM captures") == [datetime(2025, 10, 1, 6)]


# History


def _price_at(house: Any, day: str) -> list[float]:
    return list(house.values("SELECT usd_per_million_tokens FROM prices_as_of(?) WHERE kind = 'input'", day))


def test_a_changed_page_ends_what_it_said_before(house: Any) -> None:
    house.write(today=EARLY, input="$0.40", context="128.0K", family="Sparrow")
    house.run()
    scores = [["General Knowledge", "MMLU", "5-shot", "82.0%"]]
    house.write(today=LATE, input="$0.30", context="128.0K", family=None, scores=scores)
    house.run()

    history = house.rows(
        "SELECT value, valid_from::DATE::VARCHAR, valid_to::DATE::VARCHAR FROM claims "
        "WHERE field = 'family' AND superseded_at IS NULL"
    )
    assert history == [("Sparrow", "2025-06-01", "2025-08-01")]
    context = house.rows(
        "SELECT number, valid_from::DATE::VARCHAR, valid_to FROM claims "
        "WHERE field = 'context_tokens' AND superseded_at IS NULL"
    )
    assert context == [(128_000, "2025-06-01", None)]
    assert house.values("SELECT family FROM models") == [None]
    assert house.rows("SELECT benchmark_id, score, valid_from::DATE::VARCHAR FROM scores") == [
        ("mmlu", 82.0, "2025-08-01")
    ]

    assert _price_at(house, "2025-05-31") == []
    assert _price_at(house, "2025-06-01") == [0.4]
    assert _price_at(house, "2025-07-31 23:59:59") == [0.4]
    assert _price_at(house, "2025-08-01") == [0.3]
    assert _price_at(house, "2030-01-01") == [0.3]
    assert house.rows("SELECT family FROM models_as_of('2025-07-01')") == [("Sparrow",)]
    assert house.rows("FROM models_as_of('2025-05-31')") == []
    before = house.rows("SELECT benchmark_id, score FROM scores_as_of('2025-07-01') ORDER BY ALL")
    assert before == [("gsm8k", 92.5), ("mmlu", 80.1)]
    assert house.rows("SELECT first_seen::DATE::VARCHAR, last_seen::DATE::VARCHAR FROM models") == [
        ("2025-06-01", "2025-08-01")
    ]


def test_the_state_of_now_is_the_state_of_the_macros(house: Any) -> None:
    house.write(today=EARLY, input="$0.40")
    house.run()
    house.write(today=LATE, input="$0.30")
    house.run()
    for table in ("models", "scores", "prices"):
        names = ", ".join(
            house.values(
                "SELECT column_name FROM duckdb_columns() WHERE schema_name = 'main' AND table_name = ?", table
            )
        )
        now = house.rows(f"SELECT {names} FROM {table} ORDER BY ALL")
        assert now == house.rows(f"SELECT {names} FROM {table}_as_of(now()) ORDER BY ALL")
        assert now


def test_an_older_page_read_later_takes_its_place(house: Any) -> None:
    for day, today, price in zip(DAYS[::-1], (LATE, MIDDLE, EARLY), ("$0.30", "$0.40", "$0.50"), strict=True):
        house.write(f"{day}/page.txt", today=today, input=price)
        house.run()
    assert [_price_at(house, day) for day in ("2025-06-15", "2025-07-15", "2025-08-15")] == [[0.5], [0.4], [0.3]]
    assert house.values("SELECT usd_per_million_tokens FROM prices WHERE kind = 'input'") == [0.3]


_NAMES = ("Finch", "Heron", "Raven", "Siskin", "Plover")
BIRDS = dict(zip(list(itertools.permutations(range(3)))[1:], _NAMES, strict=True))
"""The order in which the captures of each model are read: the captures of one say nothing of another."""


def _write_history(house: Any, name: str) -> None:
    """A price that falls and comes back, a score that is corrected, a family that is named only in between."""
    house.write(f"{name}/{DAYS[0]}/page.txt", name=name, today=EARLY, input="$0.40")
    scores = [["General Knowledge", "MMLU", "5-shot", "82.0%"]]
    middle = {"input": "$0.30", "family": "Sparrow", "scores": scores, "release": "January 1, 2016"}
    house.write(f"{name}/{DAYS[1]}/page.txt", name=name, today=MIDDLE, **middle)
    house.write(f"{name}/{DAYS[2]}/page.txt", name=name, today=LATE, input="$0.40", output="-$1.00")


def test_the_order_of_reading_does_not_matter(house: Any, make_house: Callable[[], Any]) -> None:
    for name in BIRDS.values():
        _write_history(house, name)
    in_order = make_house()
    for turn in range(3):
        as_time_went = [house.pages / name / DAYS[turn] for name in BIRDS.values()]
        otherwise = [house.pages / name / DAYS[order[turn]] for order, name in BIRDS.items()]
        for each, pages in ((in_order, as_time_went), (house, otherwise)):
            done = each.cli("run", *pages, "--accept")  # all pages lose their release date at once
            assert done.returncode == 0, done.stderr
    assert house.values("SELECT count(*) FROM models") == [len(BIRDS)]
    assert house.digests() == in_order.digests()


def test_fetching_the_same_page_again_adds_no_history(house: Any) -> None:
    house.write()
    house.run(captured_at="2025-08-01T06:00:00+00:00")
    history = house.rows(
        "SELECT field, value, valid_from, valid_to, recorded_at, superseded_at, capture_id FROM claims ORDER BY ALL"
    )
    changes = house.rows("FROM changes ORDER BY ALL")
    summary = house.run(captured_at="2025-09-01T06:00:00+00:00")
    assert summary.rows_written == 0
    assert history == house.rows(
        "SELECT field, value, valid_from, valid_to, recorded_at, superseded_at, capture_id FROM claims ORDER BY ALL"
    )
    assert changes == house.rows("FROM changes ORDER BY ALL")
    assert house.values("SELECT status FROM captures ORDER BY captured_at") == ["read", "unchanged"]
    seen = [(datetime(2025, 8, 1, 6), datetime(2025, 9, 1, 6))]
    assert house.rows("SELECT first_seen, last_seen FROM models") == seen
    assert house.rows("SELECT DISTINCT first_seen, last_seen FROM scores") == seen


def test_changes_say_what_a_run_changed(house: Any) -> None:
    house.write(today=EARLY, input="$0.40")
    house.run()
    (model_id,) = house.values("SELECT model_id FROM models")
    kinds = house.rows("SELECT DISTINCT table_name, kind FROM changes ORDER BY ALL")
    assert kinds == [("models", "added"), ("prices", "added"), ("scores", "added")]
    scores = [["General Knowledge", "MMLU", "5-shot", "82.0%"]]
    house.write(today=LATE, input="$0.30", context="256.0K", scores=scores)
    run_id = house.run().run_id
    changes = house.rows(
        "SELECT table_name, field, old_value, new_value, kind FROM changes WHERE run_id = ? ORDER BY ALL", run_id
    )
    assert changes == [
        ("models", "context_tokens", "128000", "256000", "changed"),
        ("prices", "amount", "0.4", "0.3", "changed"),
        ("scores", "score", "80.1", "82.0", "changed"),
        ("scores", None, None, None, "removed"),
    ]
    keys = house.values("SELECT key FROM changes WHERE run_id = ? AND table_name = 'models'", run_id)
    assert keys == [model_id]


def test_a_model_that_is_not_read_again_stays(house: Any) -> None:
    house.write("a.txt", name="Robin 1")
    house.run()
    (house.pages / "a.txt").unlink()
    house.write("b.txt", name="Robin 2")
    house.run()
    assert house.values("SELECT name FROM models ORDER BY name") == ["Robin 1", "Robin 2"]


def test_a_rebuild_gives_the_warehouse_that_the_runs_gave(house: Any) -> None:
    """Whatever went before: an edit, a page out of order, the same bytes at another time, a row that is bad twice."""
    bad = {"input": "-$1.00", "name": "Robin 1"}
    house.write(today=LATE, **bad)
    house.run()
    house.write(today=EARLY, family="Sparrow", **bad)
    house.run()
    house.write("again.txt", name="Robin 2")
    house.run(house.pages / "again.txt", captured_at="2025-09-01T00:00:00+00:00")
    house.run(house.pages / "again.txt", captured_at="2025-08-01T00:00:00+00:00")
    house.write("bad.html", b"<h1>Sign in</h1>")
    house.run()
    before = house.digests()
    done = house.cli("rebuild")
    assert (done.returncode, done.stderr) == (0, "")
    assert house.digests() == before
    assert house.cli("rebuild").returncode == 0
    assert house.digests() == before


def test_two_warehouses_are_filled_from_one_archive(house: Any) -> None:
    """What a run captured for one warehouse is not what a run on another one missed."""
    house.write("a.txt", name="Robin 1")
    house.run()
    second = house.write("b.txt", name="Robin 2")
    other = house.root / "other.duckdb"
    done = house.cli("run", second, "--warehouse", other, "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["models"] == 1
    house.run(second)
    assert house.values("SELECT name FROM models ORDER BY name") == ["Robin 1", "Robin 2"]


def test_what_a_crawl_logs_while_a_run_reads_is_read_by_the_next_run(house: Any) -> None:
    def crawled(name: str) -> None:
        content = house.text(name=name).encode()
        at = f"https://example.org/{name[-1]}"
        record = CaptureRecord(name, at, sha256_of(content), len(content), "2025-08-01T00:00:00.000000+00:00")
        Archive(house.raw).keep("20250801T000000000000Z-crawl", [(record, content)], set())

    house.write(name="Robin 1")
    crawled("Robin 2")
    with open_run(load_settings(raw=house.raw, warehouse=house.warehouse, workers=1)) as current:
        columns = [read_batch(batch) for batch in current.batches([house.pages])]
        crawled("Robin 3")
        assert current.load(columns).captures_read == 2
    assert (house.run().captures_read, house.run().captures_read) == (1, 0)
    assert house.values("SELECT name FROM models ORDER BY name") == ["Robin 1", "Robin 2", "Robin 3"]


def test_a_run_that_finds_nothing_new_imports_neither_readers_nor_pandas(house: Any) -> None:
    house.write()
    house.run()
    code = "import sys; from ingest.cli import main\ntry: main(['run', 'pages'])\nfinally: print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], check=True, **house.process_options())
    assert "1 unchanged" in done.stdout, done.stderr
    assert not set(done.stdout.split()) & {"pandas", "pandera", "pyarrow", "ingest.batch", "ingest.sources", "lxml"}
