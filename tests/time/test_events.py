"""What each event does to the present, to the past and to a rebuild: the rows of the table in ``docs/time.md``."""

from __future__ import annotations

import io
import json
import os
import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from ingest import parse
from ingest.batch import read_batch
from ingest.errors import IngestError
from ingest.pipeline import open_run
from ingest.records.limits import LARGEST_FILE
from ingest.settings import load_settings
from ingest.sources import sources

Feed = Callable[..., Path]


def feed(house: Any, price: float, models: int = 12, file: str = "feeds/api.json", day: int = 1) -> Path:
    """A file of a gateway's form with one price for all its models, changed on a day of November 2025."""
    path = house.raw / file
    path.parent.mkdir(parents=True, exist_ok=True)
    listed = [
        {"id": f"acme-ai/robin-{n}", "name": f"Acme AI: Robin {n}", "context_length": 64_000,
         "architecture": {"input_modalities": ["text"], "output_modalities": ["text"]},
         "pricing": {"prompt": f"{price / 1e6:.8f}", "completion": "0.000004"}}
        for n in range(models)
    ]  # fmt: skip
    path.write_text(json.dumps({"data": listed}))
    return of_day(path, day)


def of_day(path: Path, day: int) -> Path:
    """The file as it was changed on a day of November 2025."""
    os.utime(path, (1_761_955_200 + 86_400 * (day - 1), 1_761_955_200 + 86_400 * (day - 1)))
    return path


def says(house: Any) -> list[float]:
    """The input prices that are stated now."""
    return list(house.values("SELECT DISTINCT amount FROM prices WHERE kind = 'input' ORDER BY 1"))


def said(house: Any, day: int) -> list[float]:
    """The input prices that were stated at the end of a day of November 2025."""
    at = f"2025-11-{day:02} 23:00:00"
    return list(house.values("SELECT DISTINCT amount FROM prices_as_of(?) WHERE kind = 'input' ORDER BY 1", at))


def rebuilds(house: Any) -> bool:
    """Whether a rebuild gives the same warehouse: it holds the digests of both against each other itself."""
    done = house.cli("rebuild")
    return done.returncode == 0 and "differs    in nothing" in done.stdout


def loaded(house: Any, *arguments: str) -> Any:
    """Run the command on the raw folder; gives what it said."""
    return house.cli("run", *arguments)


def test_a_change_ends_what_was_said(house: Any) -> None:
    feed(house, 0.4, day=1)
    assert loaded(house).returncode == 0
    feed(house, 0.8, day=2)
    assert loaded(house).returncode == 0
    assert (says(house), said(house, 1), said(house, 2)) == ([0.8], [0.4], [0.8])
    assert rebuilds(house)


def test_a_source_that_goes_back_is_believed(house: Any) -> None:
    for day, price in enumerate((0.4, 0.8, 0.4, 0.8), 1):
        feed(house, price, day=day)
        assert loaded(house).returncode == 0
    assert says(house) == [0.8]
    assert [said(house, day) for day in (1, 2, 3, 4)] == [[0.4], [0.8], [0.4], [0.8]]
    assert len(house.rows("FROM captures")) == 4
    assert rebuilds(house)


def test_a_file_put_back_with_its_old_time_is_of_the_run_that_saw_it(house: Any) -> None:
    first = feed(house, 0.4, day=1).read_bytes()
    loaded(house)
    feed(house, 0.8, day=2)
    loaded(house)
    path = house.raw / "feeds" / "api.json"
    path.write_bytes(first)
    of_day(path, 1)
    loaded(house)
    assert (says(house), said(house, 2)) == ([0.4], [0.8])
    assert rebuilds(house)


def test_the_same_again_is_nothing_new(house: Any) -> None:
    feed(house, 0.4)
    loaded(house)
    of_day(house.raw / "feeds" / "api.json", 5)
    before = house.rows("FROM captures")
    done = json.loads(loaded(house, "--json").stdout)
    assert (done["captures_read"], done["captures_unchanged"], done["rows_written"]) == (0, 1, 0)
    assert house.rows("FROM captures") == before


def test_an_error_page_ends_nothing_and_the_page_after_it_is_read(house: Any) -> None:
    feed(house, 0.4, day=1)
    loaded(house)
    path = house.raw / "feeds" / "api.json"
    path.write_text("<html><title>Sign in</title><body>Sign in to continue</body></html>")
    of_day(path, 2)
    loaded(house)
    assert says(house) == [0.4]
    feed(house, 0.4, day=3)
    done = json.loads(loaded(house, "--json").stdout)
    assert (done["captures_read"], says(house)) == (1, [0.4])
    assert [said(house, day) for day in (1, 2, 3)] == [[0.4], [0.4], [0.4]]
    assert house.values("SELECT status FROM captures ORDER BY captured_at") == ["read", "rejected", "read"]
    assert rebuilds(house)


def test_a_file_that_vanishes_ends_nothing(house: Any) -> None:
    feed(house, 0.4)
    feed(house, 0.4, 3, "feeds/other.json")
    loaded(house)
    (house.raw / "feeds" / "api.json").unlink()
    assert loaded(house).returncode == 0
    assert len(house.values("SELECT DISTINCT model_id FROM prices")) == 12
    assert rebuilds(house)


def test_a_document_is_one_by_whatever_path_it_comes(house: Any) -> None:
    feed(house, 0.4, day=1)
    loaded(house)
    count = len(house.rows("FROM prices"))
    (house.root / "link").symlink_to(house.raw / "feeds")
    for path in (house.raw / "feeds", "raw/feeds", "link", "raw/../raw/feeds/api.json"):
        assert json.loads(loaded(house, str(path), "--json").stdout)["captures_unchanged"] == 1
    feed(house, 0.8, day=2)
    loaded(house, "link")
    assert (says(house), len(house.rows("FROM prices"))) == ([0.8], count)
    assert house.rows("FROM conflicts") == []
    assert rebuilds(house)


@pytest.mark.parametrize("to", ["feeds/gateway/api.json", "archive/api.json", "feeds/list.json"])
def test_a_file_that_moves_stays_one_document(house: Any, to: str) -> None:
    path = feed(house, 0.4, day=1)
    loaded(house)
    target = house.raw / to
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.move(path, target)
    assert loaded(house).returncode == 0
    assert house.values("SELECT status FROM captures ORDER BY captured_at") == ["read", "unchanged"]
    feed(house, 0.8, file=to, day=2)
    loaded(house)
    assert (says(house), said(house, 1), said(house, 2)) == ([0.8], [0.4], [0.8])
    assert house.rows("FROM conflicts") == []
    assert house.cli("history", str(target)).stdout.count("raw") == 0
    assert json.loads(house.cli("history", str(target), "--json").stdout)[0]["event"] == "first seen"
    assert rebuilds(house)


def test_a_copy_of_a_file_is_a_document_of_its_own(house: Any) -> None:
    path = feed(house, 0.4, day=1)
    loaded(house)
    shutil.copyfile(path, house.raw / "feeds" / "copy.json")
    loaded(house)
    feed(house, 0.8, day=2)
    loaded(house)
    assert says(house) == [0.4, 0.8]
    assert rebuilds(house)


def test_a_folder_of_days_that_moves_stays_one_document(house: Any) -> None:
    feed(house, 0.4, file="feeds/2025-11-01/api.json")
    loaded(house)
    shutil.move(house.raw / "feeds" / "2025-11-01", house.raw / "archive" / "2025-11-01")
    loaded(house)
    feed(house, 0.8, file="archive/2025-11-02/api.json")
    loaded(house)
    assert (says(house), said(house, 1), said(house, 2)) == ([0.8], [0.4], [0.8])
    assert rebuilds(house)


@pytest.mark.parametrize("folder", ["2025-11-0{}", "2025/11/0{}", "day=2025110{}T06-00"])
def test_folders_of_days_hold_one_document(house: Any, folder: str) -> None:
    feed(house, 0.4, file=f"feeds/{folder.format(1)}/api.json")
    loaded(house, "raw/feeds")
    feed(house, 0.8, file=f"feeds/{folder.format(2)}/api.json")
    loaded(house, str(house.raw / "feeds"))
    assert (says(house), said(house, 1), len(house.rows("FROM captures"))) == ([0.8], [0.4], 2)
    for day in (1, 2):
        seen = json.loads(house.cli("history", f"raw/feeds/{folder.format(day)}/api.json", "--json").stdout)
        assert [(row["event"], row["location"]) for row in seen] == [
            ("first seen", f"raw/feeds/{folder.format(1)}/api.json"),
            ("changed", f"raw/feeds/{folder.format(2)}/api.json"),
        ]
    assert house.cli("history", f"raw/feeds/{folder.format(1)}/api.json").stdout.count("api.json") > 0
    assert rebuilds(house)


@pytest.mark.parametrize("how", ["renamed", "moved", "linked", "with its project"])
def test_a_warehouse_that_moves_keeps_its_story(house: Any, how: str) -> None:
    feed(house, 0.4, day=1)
    loaded(house)
    target = house.root / "elsewhere" / "other.duckdb"
    target.parent.mkdir()
    if how == "with its project":
        moved = type(house)(house.root.parent / f"{house.root.name}-moved")
        shutil.move(house.root, moved.root)
        house, target = moved, moved.warehouse
    elif how == "linked":
        target.symlink_to(house.warehouse)
    else:
        shutil.move(house.warehouse, target)
    feed(house, 0.8, day=2)
    assert house.cli("run", "--warehouse", target).returncode == 0
    assert house.cli("verify", "--warehouse", target).returncode == 0
    done = house.cli("rebuild", "--warehouse", target)
    assert done.returncode == 0, done.stderr
    asked = house.cli("sql", "SELECT count(*) AS n FROM captures", "--format", "csv", "--warehouse", target)
    assert asked.stdout.split() == ["n", "2"]


def test_a_copy_of_a_warehouse_has_a_story_of_its_own(house: Any) -> None:
    feed(house, 0.4, day=1)
    loaded(house)
    copy = house.root / "copy.duckdb"
    shutil.copyfile(house.warehouse, copy)
    feed(house, 0.8, day=2)
    assert house.cli("run", "--warehouse", copy).returncode == 0
    (house.raw / "feeds" / "api.json").unlink()
    feed(house, 0.4, 3, "feeds/other.json", day=3)
    loaded(house)
    assert says(house) == [0.4], "what was tried on the copy is nothing to the other"


def test_captures_that_were_lost_are_stored_again(house: Any) -> None:
    feed(house, 0.4, day=1)
    house.write("../raw/pages/a.txt")
    loaded(house)
    before = house.digests()
    shutil.rmtree(house.raw / "captures")
    done = loaded(house)
    assert (done.returncode, house.digests()) == (0, before)
    assert "The archive had lost captures" in done.stderr
    assert "2 are stored again, 2 are logged again" in done.stderr
    assert house.cli("verify").returncode == 0
    assert rebuilds(house)
    assert "lost" not in loaded(house).stderr


@pytest.mark.parametrize("left", [0, 20, None])
def test_captures_that_were_damaged_are_stored_again(house: Any, left: int | None) -> None:
    feed(house, 0.4, day=1)
    loaded(house)
    (stored,) = (house.raw / "captures" / "objects").glob("*/*.zst")
    whole = stored.read_bytes()
    stored.write_bytes(whole[:left] if left is not None else whole[:-1] + b"?")
    assert house.cli("verify").returncode == 1
    done = house.cli("rebuild")
    assert (done.returncode, "would lose 1 of 1 captures" in done.stderr) == (1, True)
    assert "1 are stored again" in loaded(house).stderr
    assert stored.read_bytes() == whole
    assert house.cli("verify").returncode == 0
    assert "lost" not in loaded(house).stderr


def test_bytes_that_come_again_are_stored_again_where_they_were_damaged(house: Any) -> None:
    for day, price in enumerate((0.4, 0.8, 0.4), 1):
        for stored in (house.raw / "captures" / "objects").glob("*/*.zst"):
            stored.write_bytes(b"")
        feed(house, price, day=day, models=3)
        loaded(house)
    (sha256,) = house.values("SELECT arg_max(sha256, captured_at) FROM captures")
    assert (house.raw / "captures" / "objects" / sha256[:2] / f"{sha256}.zst").stat().st_size > 0


def test_captures_that_were_lost_are_logged_again_once_their_bytes_come_again(house: Any) -> None:
    for day, price in enumerate((0.4, 0.8, 0.4), 1):
        if day == 2:
            shutil.rmtree(house.raw / "captures")
        feed(house, price, day=day, models=3)
        assert loaded(house).returncode == 0
        assert (house.cli("rebuild").returncode == 0) == (day != 2)
    assert [said(house, day) for day in (1, 2, 3)] == [[0.4], [0.8], [0.4]]
    assert len(house.rows("FROM captures")) == 3


def test_a_log_that_was_lost_is_written_again(house: Any) -> None:
    for day, price in enumerate((0.4, 0.8), 1):
        feed(house, price, day=day)
        loaded(house)
    before = house.digests()
    shutil.rmtree(house.raw / "captures" / "log")
    assert house.cli("verify").returncode == 1
    assert "0 are stored again, 2 are logged again" in loaded(house).stderr
    assert house.cli("verify").returncode == 0
    assert house.cli("rebuild").returncode == 0
    assert (house.digests(), said(house, 1)) == (before, [0.4])


@pytest.mark.parametrize("gone", ["captures", "captures/log", "captures/objects"])
def test_a_rebuild_refuses_to_lose_captures(house: Any, gone: str) -> None:
    feed(house, 0.4)
    loaded(house)
    before = house.warehouse.read_bytes()
    shutil.rmtree(house.raw / gone)
    done = house.cli("rebuild")
    assert (done.returncode, house.warehouse.read_bytes()) == (1, before)
    assert "would lose 1 of 1 captures" in done.stderr
    assert "raw/feeds/api.json" in done.stderr


def test_a_rebuild_that_loses_is_done_where_that_is_accepted(house: Any) -> None:
    feed(house, 0.4)
    house.write("../raw/pages/a.txt")
    loaded(house)
    (sha256,) = house.values("SELECT sha256 FROM captures WHERE source = 'openrouter'")
    (house.raw / "captures" / "objects" / sha256[:2] / f"{sha256}.zst").unlink()
    assert house.cli("rebuild").returncode == 1
    before = house.warehouse.read_bytes()
    assert house.cli("rebuild", "--accept").returncode == 0
    previous = house.warehouse.with_name("models.duckdb.previous")
    assert previous.read_bytes() == before
    assert house.values("SELECT name FROM models") == ["Sparrow 2"]
    feed(house, 0.4)
    assert loaded(house).returncode == 0
    assert not previous.exists()
    assert says(house) == [0.4]


@pytest.mark.parametrize("named", [(), ("--source", "openrouter")])
def test_a_rebuild_refuses_to_lose_a_source_that_was_removed(
    house: Any, monkeypatch: pytest.MonkeyPatch, named: tuple[str, ...]
) -> None:
    feed(house, 0.4)
    assert loaded(house, "raw/feeds", *named).returncode == 0
    left = {name: each for name, each in sources().items() if name != "openrouter"}
    monkeypatch.setattr("ingest.sources._built_in", lambda: left)
    house.write("../raw/pages/a.txt")
    assert loaded(house).returncode == 0, "what it said stays"
    assert says(house) == [0.4]
    before = house.warehouse.read_bytes()
    done = house.cli("rebuild")
    assert (done.returncode, house.warehouse.read_bytes()) == (1, before)
    assert "would lack 12 models ('acme-ai/robin-0', " in done.stderr
    assert "and 7 more) and 1 sources ('openrouter')" in done.stderr
    assert house.cli("rebuild", "--accept").returncode == 0
    assert house.values("SELECT name FROM models") == ["Sparrow 2"]


def test_the_file_before_a_rebuild_is_kept_until_a_run_succeeds(house: Any) -> None:
    feed(house, 0.4)
    loaded(house)
    assert house.cli("rebuild").returncode == 0
    previous = house.warehouse.with_name("models.duckdb.previous")
    feed(house, 0.4, models=3)
    assert (loaded(house).returncode, previous.exists()) == (1, True)
    feed(house, 0.4)
    assert (loaded(house).returncode, previous.exists()) == (0, False)


def test_a_rebuild_without_captures_makes_no_warehouse(house: Any) -> None:
    house.raw.mkdir()
    done = house.cli("rebuild")
    assert (done.returncode, house.warehouse.exists()) == (1, False)
    assert "There are no captures" in done.stderr


def test_a_write_of_somebody_else_is_noticed_before_the_swap(house: Any) -> None:
    feed(house, 0.4, day=1)
    house.run(house.raw / "feeds")
    feed(house, 0.8, day=2)
    found = load_settings(raw=house.raw, warehouse=house.warehouse, workers=1)

    def read(run: Any) -> Iterator[Any]:
        for batch in run.batches([house.raw / "feeds"]):
            yield read_batch(batch)
        with duckdb.connect(str(house.warehouse)) as connection:  # the run has its copy by now
            connection.execute("CREATE TABLE notes AS SELECT 42 AS answer")

    with open_run(found) as run, pytest.raises(IngestError, match="Somebody else wrote"):
        run.load(read(run))
    assert (house.rows("FROM notes"), says(house)) == ([(42,)], [0.4])
    house.run(house.raw / "feeds")
    assert (house.rows("FROM notes"), says(house)) == ([(42,)], [0.8])


def test_a_file_beyond_the_limit_is_named_and_not_read(house: Any) -> None:
    path = feed(house, 0.4, models=3)
    loaded(house)
    with path.open("r+b") as file:
        file.truncate(LARGEST_FILE + 1)
    done = json.loads(loaded(house, "--json").stdout)
    assert done["rejected"] == {"too_large": 1}
    assert says(house) == [0.4]
    assert json.loads(loaded(house, "--json").stdout)["rejected"] == {"too_large": 1}


def test_a_capture_says_what_tells_its_time(house: Any) -> None:
    feed(house, 0.4, file="feeds/api.json", day=3)
    feed(house, 0.4, file="feeds/2025-11-02/other.json", day=3)
    house.write("../raw/pages/a.txt", today="November 1, 2025")
    loaded(house)
    feed(house, 0.4, models=3, file="feeds/stated.json", day=3)
    loaded(house, "raw/feeds/stated.json", "--captured-at", "2025-11-04")
    told = house.rows("SELECT strftime(captured_at, '%d'), captured_at_reason FROM captures ORDER BY captured_at")
    assert told == [("01", "page"), ("02", "path"), ("03", "file"), ("04", "stated")]
    shutil.rmtree(house.raw / "captures" / "log")
    loaded(house)
    assert rebuilds(house)


def test_content_that_is_parsed_is_of_the_day_that_is_named(house: Any) -> None:
    page = house.text(today="November 1, 2025").encode()
    assert str(parse(page).captured_on) == "2025-11-01"
    assert str(parse(page, captured_at=datetime(2025, 11, 3, tzinfo=UTC)).captured_on) == "2025-11-03"
    with pytest.raises(IngestError, match="in the future"):
        parse(page, captured_at=datetime(2100, 1, 1))


def test_the_last_run_is_the_one_that_ran_last_whatever_its_clock_said(house: Any) -> None:
    feed(house, 0.4, models=3)
    loaded(house)
    feed(house, 0.8, models=3, day=2)
    loaded(house)
    with duckdb.connect(str(house.warehouse)) as connection:  # as if its clock had been behind
        connection.execute("UPDATE changes SET run_id = '0' || run_id WHERE run_id = (SELECT max(run_id) FROM runs)")
        connection.execute("UPDATE runs SET run_id = '0' || run_id WHERE run_id = (SELECT max(run_id) FROM runs)")
    assert "0.8" in house.cli("diff").stdout


def test_a_log_that_was_half_written_is_completed(house: Any) -> None:
    feed(house, 0.4, models=3)
    loaded(house)
    (log,) = (house.raw / "captures" / "log").iterdir()
    log.write_bytes(log.read_bytes()[:-40])
    assert house.cli("verify").returncode == 1
    loaded(house)
    assert house.cli("verify").returncode == 0
    assert rebuilds(house)


@pytest.mark.parametrize("command", ["run", "rebuild", "verify"])
def test_a_raw_folder_without_a_name_is_refused(house: Any, command: str) -> None:
    done = house.cli(command, "--raw", "")
    assert (done.returncode, house.warehouse.exists(), (house.root / "captures").exists()) == (2, False, False)


def test_nothing_is_captured_in_the_future(house: Any) -> None:
    path = feed(house, 0.4)
    assert loaded(house, "--captured-at", "2100-01-01").returncode == 2
    os.utime(path, (4_102_444_800, 4_102_444_800))
    house.write("../raw/pages/a.txt", today="March 1, 2100")
    house.write("../raw/pages/2098-01-01/b.txt", name="Robin 2", today=None)
    loaded(house)
    assert house.values("SELECT count(*) FROM captures WHERE captured_at > recorded_at + INTERVAL 1 SECOND") == [0]
    assert len(house.rows("FROM captures")) == 3
    assert house.values("SELECT count(*) FROM checks WHERE name = 'captured_in_future' AND NOT passed") == [2]


def _cut(content: bytes) -> bytes:
    return content[: len(content) * 2 // 3 - 3]


CSV = "Name,EM,Model version,Notes,Source link\n" + "".join(f"Robin {n},0.{n + 10},,a,b\n" for n in range(4))


@pytest.mark.parametrize(
    ("file", "content"),
    [
        ("api.json", None),
        ("page.html", None),
        ("external_benchmark_gsm8k.csv", CSV.encode()),
    ],
)
def test_what_is_cut_off_ends_nothing_and_fails_by_name(house: Any, file: str, content: bytes | None) -> None:
    path = feed(house, 0.4, models=4) if file == "api.json" else house.write(f"../raw/feeds/{file}", content)
    arguments = ("--source", "epoch") if file.endswith(".csv") else ()
    assert loaded(house, *arguments).returncode in (0, 1)
    before = (house.rows("SELECT model_id, amount FROM prices ORDER BY ALL"), house.rows("FROM scores ORDER BY ALL"))
    path.write_bytes(_cut(path.read_bytes()).rstrip(b">\n"))
    done = loaded(house, *arguments)
    assert done.returncode == 1
    assert f"{file}: cut_off" in done.stderr
    after = (house.rows("SELECT model_id, amount FROM prices ORDER BY ALL"), house.rows("FROM scores ORDER BY ALL"))
    assert after == before
    assert house.values("SELECT count(*) FROM captures WHERE reason LIKE 'cut_off%'") == [1]


TABLE = "id,Model version,EM,Notes,Source link\n" + "".join(
    f"r{n},Robin {n},0.{n + 10},,https://a.b/{n}\n" for n in range(9)
)


CUT = {
    "Robin": (TABLE, TABLE[: TABLE.rindex(",") + 1]),  # behind the last comma: the row looks whole
    "Finch": (TABLE, TABLE[:-2]),  # in the last cell
    "Heron": (TABLE, TABLE[:-1]),  # behind the last cell
    "Raven": (TABLE, TABLE.replace("0.1", "0.2")[:-1]),  # another content, without the line break that was there
    "Egret": (TABLE.rstrip(), TABLE[: TABLE.index("\nr6") + 1]),  # behind a line break that was no end before
    "Stork": (TABLE.rstrip(), TABLE.replace("0.1", "0.2")[: TABLE.index("\nr6")]),  # another content, three rows lost
}
"""What a table was and what is left of it, by the name of its models."""


def test_a_table_that_looks_whole_is_held_against_what_it_was(house: Any) -> None:
    def write(name: str, content: str) -> Path:
        file = f"../raw/feeds/{name}/external_benchmark_gsm8k.csv"
        return Path(house.write(file, content.replace("Robin", name).encode()))

    for name, (before, _) in CUT.items():
        of_day(write(name, before), 1)
    assert loaded(house).returncode == 0
    rows = house.rows("FROM scores ORDER BY ALL")
    assert len(rows) == 9 * len(CUT)
    for name, (_, cut) in CUT.items():
        write(name, cut)
    for _ in range(2):  # they are still cut off at the next run
        done = loaded(house)
        assert done.returncode == 1
        assert [name for name in CUT if f"{name}/external_benchmark_gsm8k.csv: cut_off" not in done.stderr] == []
        assert house.rows("FROM scores ORDER BY ALL") == rows
    for name, (before, _) in CUT.items():
        write(name, before.replace("0.1", "0.3"))
    assert loaded(house).returncode == 0
    assert len(house.rows("FROM scores WHERE score >= 30")) == 9 * len(CUT)
    assert rebuilds(house)


@pytest.mark.parametrize("how", ["table", "page"])
def test_a_document_that_ends_in_another_way_for_good_is_accepted(house: Any, how: str) -> None:
    if how == "table":
        path = house.write("../raw/feeds/external_benchmark_gsm8k.csv", TABLE.encode())
        changed = TABLE.replace("0.1", "0.2").rstrip()
    else:
        path = house.write("../raw/pages/a.html", today=None)
        changed = path.read_text().replace("A small", "A tiny").replace("</body></html>", "")
    loaded(house)
    path.write_text(changed)
    assert loaded(house).returncode == 1
    assert "`--accept`" in loaded(house).stderr
    assert loaded(house, "--accept").returncode == 0
    assert house.values("SELECT status FROM captures ORDER BY captured_at") == ["read", "rejected", "read"]
    assert json.loads(loaded(house, "--json").stdout)["captures_unchanged"] == 1
    assert rebuilds(house)


@pytest.mark.parametrize("told_by", ["folder", "option"])
def test_a_shorter_table_of_an_earlier_day_that_arrives_late_is_whole(make_house: Any, told_by: str) -> None:
    """A table that grows was shorter before: a newer file says nothing of whether an older one is whole."""
    digests = []
    for days in ((1, 2), (2, 1)):
        house = make_house()
        for day in days:
            content = TABLE.rstrip() if day == 2 else TABLE[: TABLE.index("\nr6")]
            folder = f"2025-08-0{day}/" if told_by == "folder" else ""
            house.write(f"../raw/feeds/{folder}external_benchmark_gsm8k.csv", content.encode())
            stated = [] if told_by == "folder" else ["--captured-at", f"2025-08-0{day}"]
            done = house.cli("run", "raw/feeds", *stated)
            assert done.returncode == 0, done.stderr
        assert set(house.values("SELECT status FROM captures")) == {"read"}
        digests.append(house.digests() | {"captures": "", "changes": ""})
    assert digests[0] == digests[1]


def test_one_moment_is_not_that_of_two_days_of_one_document(house: Any) -> None:
    """Else the older of two files could be what the source says now."""
    for day in (1, 2):
        feed(house, day / 10, file=f"feeds/2025-08-0{day}/api.json")
    refused = house.cli("run", "raw/feeds", "--captured-at", "2025-08-09")
    assert (refused.returncode, house.warehouse.exists()) == (2, False)
    assert "2025-08-01/api.json" in refused.stderr and "2025-08-02/api.json" in refused.stderr
    assert house.cli("run", "raw/feeds/2025-08-02", "--captured-at", "2025-08-09").returncode == 0
    assert house.cli("run", "raw/feeds").returncode == 0
    assert house.values("SELECT DISTINCT usd_per_million_tokens FROM prices WHERE kind = 'input'") == [0.2]


def test_a_table_may_end_without_a_line_break_and_lose_a_row(house: Any) -> None:
    path = house.write("../raw/feeds/external_benchmark_gsm8k.csv", TABLE.rstrip().encode())
    loaded(house)
    lines = TABLE.rstrip().splitlines()
    path.write_text("\n".join([*lines[:3], *lines[4:]]))
    assert loaded(house).returncode == 0
    assert len(house.rows("FROM scores")) == 8


def test_a_text_that_is_the_beginning_of_what_it_was_is_cut_off(house: Any) -> None:
    path = house.write("../raw/pages/a.txt", today=None)
    loaded(house)
    before = house.rows("FROM scores ORDER BY ALL")
    path.write_text(path.read_text()[:-150])
    done = loaded(house)
    assert (done.returncode, "a.txt: cut_off: it is the beginning of what stood there before" in done.stderr) == (
        1,
        True,
    )
    assert house.rows("FROM scores ORDER BY ALL") == before


def test_a_page_that_breaks_off_behind_a_tag_lacks_the_end_that_it_had(house: Any) -> None:
    path = house.write("../raw/pages/a.html", today=None)
    loaded(house)
    before = house.rows("FROM prices ORDER BY ALL")
    path.write_text(path.read_text().replace("A small model", "A model").partition("<h2>Pricing")[0])
    done = loaded(house)
    assert (done.returncode, "a.html: cut_off: it does not end in </html>" in done.stderr) == (1, True)
    assert house.rows("FROM prices ORDER BY ALL") == before


def test_a_page_behind_an_error_page_need_not_end_as_that_did(house: Any) -> None:
    path = house.write("../raw/pages/a.html", today=None)
    whole = path.read_text().replace("</body></html>", "")
    login = "<html><title>Sign in</title><body>Sign in to continue</body></html>"
    for content, status in ((whole, 0), (login, 1), (whole, 0)):
        path.write_text(content)
        assert loaded(house).returncode == status
    assert house.values("SELECT status FROM captures ORDER BY captured_at") == ["read", "rejected", "read"]


def _warc(
    path: Path, bodies: list[bytes], media_type: str, length: str | None = None, facts: dict[str, str] | None = None
) -> None:
    with path.open("wb") as file:
        writer = WARCWriter(file, gzip=False)
        for number, body in enumerate(bodies):
            headers = [("Content-Type", media_type), *([("Content-Length", length)] if length else [])]
            http = StatusAndHeaders("200 OK", headers, protocol="HTTP/1.1")
            record = writer.create_warc_record(
                f"https://example.com/{number}", "response", payload=io.BytesIO(body), length=len(body),
                http_headers=http, warc_headers_dict={"WARC-Date": "2025-08-02T00:00:00Z", **(facts or {})},
            )  # fmt: skip
            writer.write_record(record)


def test_a_warc_that_is_cut_off_gives_what_is_whole_and_fails_by_name(house: Any) -> None:
    path = house.root / "pages.warc"
    _warc(path, [house.text(name=f"Robin {number}").encode() for number in range(3)], "text/plain")
    whole = path.read_bytes()
    path.write_bytes(whole[:-300])
    done = house.cli("run", path)
    assert done.returncode == 3
    assert "cut_off" in done.stderr
    assert sorted(house.values("SELECT name FROM models")) == ["Robin 0", "Robin 1"]
    path.write_bytes(whole)
    assert house.cli("run", path).returncode == 0
    assert sorted(house.values("SELECT name FROM models")) == ["Robin 0", "Robin 1", "Robin 2"]


@pytest.mark.parametrize("how", ["length", "truncated"])
def test_an_answer_of_which_a_part_was_stored_is_cut_off(house: Any, how: str) -> None:
    path = house.root / "pages.warc"
    body = house.text().encode()
    _warc(path, [body], "text/plain")
    assert house.cli("run", path).returncode == 0
    before = house.rows("FROM prices ORDER BY ALL")
    length, more = (str(len(body)), {}) if how == "length" else (None, {"WARC-Truncated": "disconnect"})
    _warc(path, [body[: len(body) // 2]], "text/plain", length, {"WARC-Date": "2025-08-03T00:00:00Z", **more})
    done = house.cli("run", path)
    assert (done.returncode, "cut_off" in done.stderr) == (1, True)
    assert house.rows("FROM prices ORDER BY ALL") == before


def test_history_shows_the_observations_of_a_document_and_what_each_changed(house: Any) -> None:
    for day, price in enumerate((0.4, 0.8, 0.4), 1):
        feed(house, price, day=day, models=3)
        loaded(house)
    (house.raw / "feeds" / "api.json").write_text("<html><title>Sign in</title><body>Sign in to continue</body></html>")
    loaded(house)
    rows = json.loads(house.cli("history", "raw/feeds/api.json", "--json").stdout)
    assert [row["event"] for row in rows] == ["first seen", "changed", "seen again", "rejected"]
    assert [(row["began"], row["ended"]) for row in rows][1:] == [(3, 3), (3, 3), (0, 0)]
    assert rows[0]["began"] > rows[1]["began"]
    assert rows[3]["reason"] == "login_page"
    assert house.cli("history", house.raw / "feeds" / "api.json").stdout.count("seen again") == 1
    unknown = house.cli("history", "raw/feeds/apo.json")
    assert (
        unknown.returncode,
        "likely ones: 'raw/feeds/api.json'" in unknown.stderr.replace(str(house.root) + "/", ""),
    ) == (1, True)


def test_an_error_page_that_another_file_had_makes_no_document_of_the_two(house: Any) -> None:
    """The file that turned into an error page is gone when the same error page stands in a new place."""
    login = b"<html><title>Sign in</title><body>Sign in to continue</body></html>"
    first = house.write("../raw/pages/a.html", login)
    loaded(house)
    first.unlink()
    house.write("../raw/pages/b.html", login)
    loaded(house)
    assert sorted(house.values("SELECT parse_filename(location) FROM captures")) == ["a.html", "b.html"]


def test_a_folder_of_a_day_that_does_not_exist_fails_a_check(house: Any) -> None:
    house.write("2025-02-30/a.txt")
    house.write("2025-02-28/b.txt", name="Robin 2")
    house.run()
    assert house.rows("SELECT name, actual, passed FROM checks WHERE name = 'impossible_day'") == [
        ("impossible_day", "2025-02-30", False)
    ]


@pytest.mark.parametrize("header", ["text/plain; charset=iso-8859-2", "text/plain"])
def test_a_capture_says_in_which_encoding_it_was_read_and_why(house: Any, header: str) -> None:
    text = house.text(description="Wnioskując o dostęp, użytkownik akceptuje licencję. Źródło jest poniżej, łódź.")
    path = house.root / "pages.warc"
    _warc(path, [text.encode("iso8859-2")], header)
    assert house.cli("run", path).returncode == 0
    assert "użytkownik" in house.values("SELECT description FROM models")[0]
    why = "http_header" if "charset" in header else "detected"
    assert house.rows("SELECT encoding, encoding_reason FROM captures") == [("iso8859-2", why)]
