"""Publishing: kill -9 at any moment, readers at any moment, two runs at once. The processes are real."""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest

from ingest.capture.archive import Archive
from ingest.errors import IngestError
from ingest.publish import writer_lock

KILLS = 6
"""Passed by hand with 200."""


def _python(house: Any, code: str, *arguments: object, **options: Any) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", code, *map(str, arguments)]
    return subprocess.Popen(
        command, **{**house.process_options(is_measured=False), "stdin": subprocess.PIPE, **options}
    )


@contextmanager
def _holding(house: Any, code: str, *, waits: bool = True) -> Iterator[subprocess.Popen[str]]:
    """A process that says so when it holds the warehouse, and (if it ``waits``) lets go when its input ends."""
    code += "\nprint('held', flush=True)\nimport sys\nsys.stdin.read()\n" if waits else ""
    process = _python(house, code, house.warehouse)
    try:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        yield process
    finally:
        process.kill()
        process.wait()
        for pipe in (process.stdin, process.stdout, process.stderr):
            with suppress(OSError, ValueError):
                pipe.close()  # type: ignore[union-attr]


WRITER = "import sys, duckdb\nconnection = duckdb.connect(sys.argv[1])"
READER = """
import atexit, sys, duckdb
connection = duckdb.connect(sys.argv[1], read_only=True)
question = "SELECT usd_per_million_tokens FROM prices WHERE kind = 'input'"
atexit.register(lambda: print(connection.execute(question).fetchall()))
"""
LOCK = """
import sys
from pathlib import Path
from ingest.publish import writer_lock
lock = writer_lock(Path(sys.argv[1]), 0, print)
lock.__enter__()
"""


# kill -9


FORKS = """
import os, signal, sys, time
from pathlib import Path
import pandas, pandera.pandas
import ingest.batch, ingest.load.loader, ingest.load.warehouse, ingest.publish, ingest.validate
from ingest.pipeline import run
from ingest.settings import load_settings
for line in sys.stdin:
    delay, path = line.strip().split(" ", 1)
    child = os.fork()
    if not child:
        try:
            run(load_settings(), [Path(path)])
        except BaseException as error:
            print(repr(error), file=sys.stderr, flush=True)
            os._exit(1)
        os._exit(0)
    until, status = time.monotonic() + float(delay), (0, 0)
    while time.monotonic() < until and status[0] == 0:
        time.sleep(0.001)
        status = os.waitpid(child, os.WNOHANG)
    if status[0] == 0:
        os.kill(child, signal.SIGKILL)
        status = os.waitpid(child, 0)
    print(os.waitstatus_to_exitcode(status[1]), flush=True)
"""
"""Runs in forks of a process that has imported all it needs: the moments of a kill fall into the run itself."""


def test_runs_that_are_killed_end_like_one_that_was_not(house: Any, make_house: Callable[[], Any]) -> None:
    """Each page is of another model or another day, so that every run has something to do."""
    chance = random.Random(20250414)
    forks = _python(house, FORKS)
    assert forks.stdin is not None
    assert forks.stdout is not None

    def run_for(seconds: float) -> int:
        forks.stdin.write(f"{seconds} {house.pages}\n")
        forks.stdin.flush()
        return int(forks.stdout.readline())

    house.write("start.txt", name="Robin 0")
    assert run_for(60) == 0
    house.write("second.txt", name="Robin 0", today="August 2, 2025")
    start = time.monotonic()
    assert run_for(60) == 0
    longest = time.monotonic() - start
    killed = 0
    for number in range(KILLS):
        name = "page.html" if number % 2 else "page.txt"
        day = date(2025, 8, 3) + timedelta(number)
        house.write(
            f"{number}/{name}", name=f"Robin {number % 4}", today=f"{day:%B %d, %Y}", input=f"${number}.50",
            average="-3%" if number % 3 == 0 else None,
        )  # fmt: skip
        status = run_for(chance.uniform(0, longest))
        assert status in (0, -signal.SIGKILL)
        killed += status != 0
        assert house.values("SELECT count(*) FROM models")[0] >= 1  # what is published opens and is whole
        archive = Archive(house.raw)
        for record in archive.records():
            assert len(archive.load(record.sha256)) == record.bytes
    forks.communicate("")
    assert killed
    assert house.run().status == "succeeded"
    assert house.leftovers() == []
    undisturbed = make_house()
    undisturbed.run(house.pages)
    assert house.digests() == undisturbed.digests()
    captures = house.values("SELECT location FROM captures")
    assert len(captures) == len(set(captures)) == KILLS + 2


CHILDREN = """
import os, signal, sys, time
from pathlib import Path
from ingest.publish import writer_lock
from ingest.workers import read_all
def batches():
    yield []
    yield []
    print("held", flush=True)
    time.sleep(600)
with writer_lock(Path(sys.argv[1]), 0, print):
    list(read_all(batches(), 2))
"""


def test_the_processes_that_read_for_a_run_end_with_it_and_hold_nothing(house: Any) -> None:
    with _holding(house, CHILDREN, waits=False) as run:
        children = [int(child) for child in Path(f"/proc/{run.pid}/task/{run.pid}/children").read_text().split()]
        assert children
        run.kill()
        run.wait()
        with writer_lock(house.warehouse, 0, print):
            pass
        until = time.monotonic() + 10
        while time.monotonic() < until and any(_runs(child) for child in children):
            time.sleep(0.02)
        assert [child for child in children if _runs(child)] == []


def _runs(process: int) -> bool:
    try:
        return Path(f"/proc/{process}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


# Readers


LOOP = """
import json, sys, duckdb
from pathlib import Path
path, stop = sys.argv[1], Path(sys.argv[2])
questions = [
    "SELECT count(*), min(context_tokens) / 1000, max(context_tokens) / 1000 FROM models",
    "SELECT count(*), min(amount), max(amount) FROM prices WHERE kind = 'input'",
    "SELECT count(*), min(number) / 1000, max(number) / 1000 FROM claims WHERE field = 'context_tokens' AND chosen",
]
loops, states, errors = 0, set(), []
print("reading", flush=True)
while not stop.exists():
    try:
        with duckdb.connect(path, read_only=True) as db:
            answers = {db.execute(question).fetchone() for question in questions}
        (state,) = answers
        count, least, most = state
        assert least == most, state
        states.add(least)
    except Exception as error:
        errors.append(repr(error))
    loops += 1
print(json.dumps({"loops": loops, "states": sorted(states), "errors": errors[:3]}))
"""


def test_readers_see_whole_states_and_no_errors_while_runs_publish(house: Any) -> None:
    runs, models = 4, 4

    def publish(number: int) -> None:
        for model in range(models):
            today = f"August {number}, 2025"
            house.write(
                f"{model}.txt", name=f"Robin {model}", today=today, input=f"${number}.00", context=f"{number},000"
            )
        house.run()

    publish(1)
    stop = house.root / "stop"
    reader = _python(house, LOOP, house.warehouse, stop)
    assert reader.stdout is not None
    assert reader.stdout.readline() == "reading\n"
    for number in range(2, runs + 1):
        publish(number)
    stop.touch()
    said = json.loads(reader.communicate(timeout=300)[0])
    assert said["errors"] == []
    assert said["loops"] > runs
    assert len(said["states"]) > 1
    assert house.values("SELECT DISTINCT usd_per_million_tokens FROM prices WHERE kind = 'input'") == [float(runs)]


def test_a_process_that_reads_does_not_stop_a_run_and_keeps_what_it_had(house: Any) -> None:
    house.write(input="$1.00")
    house.run()
    with _holding(house, READER) as reader:
        house.write(input="$2.00", today="August 2, 2025")
        assert house.run().status == "succeeded"
        assert reader.communicate("")[0] == "[(1.0,)]\n"
    assert house.values("SELECT usd_per_million_tokens FROM prices WHERE kind = 'input'") == [2.0]


def test_a_notebook_that_reads_and_runs_in_one_process(house: Any) -> None:
    house.write(input="$1.00")
    house.run()
    with duckdb.connect(str(house.warehouse), read_only=True) as notebook:
        for day in (2, 3):
            house.write(input=f"${day}.00", today=f"August {day}, 2025")
            assert house.run().status == "succeeded"
        assert notebook.execute("SELECT amount FROM prices WHERE kind = 'input'").fetchall() == [(1.0,)]
    assert house.values("SELECT amount FROM prices WHERE kind = 'input'") == [3.0]


def test_a_process_that_writes_is_named_and_nothing_is_lost(house: Any) -> None:
    house.write()
    house.run()
    before = house.digests()
    house.write("second.txt", name="Robin 1")
    with _holding(house, WRITER):
        done = house.cli("run", house.pages)
        assert done.returncode == 1
        assert done.stderr.startswith("error: Another process has")
        assert "close it and try again" in done.stderr
        assert done.stderr.count("\n") == 1
    assert house.digests() == before
    assert house.run().captures_read == 1


# Two runs at once


def test_the_second_of_two_runs_waits_with_a_notice(house: Any) -> None:
    house.write()
    with _holding(house, LOCK) as holder:
        second = house.start("run", house.pages)
        assert second.stderr is not None
        notice = second.stderr.readline()
        assert notice.startswith("Waiting for another run on")
        assert f"process {holder.pid} on " in notice
        assert second.poll() is None
        assert not house.warehouse.exists()
        holder.communicate("")
        assert second.wait(300) == 0
        second.communicate()
    assert len(house.rows("FROM models")) == 1


def test_a_run_that_may_not_wait_says_who_holds_the_lock(house: Any) -> None:
    house.write()
    with _holding(house, LOCK) as holder, pytest.raises(IngestError, match=rf"process {holder.pid} on .* try again"):
        house.run(lock_wait_seconds=0)


def test_the_lock_of_a_killed_run_is_free(house: Any) -> None:
    house.write()
    with _holding(house, LOCK) as holder:
        holder.kill()
        holder.wait()
        assert house.run(lock_wait_seconds=0).captures_read == 1


def test_two_runs_at_once_both_load_what_they_were_given(house: Any) -> None:
    house.write("a.txt", name="Robin 1")
    house.write("b.txt", name="Robin 2")
    runs = [house.start("run", house.pages / name) for name in ("a.txt", "b.txt")]
    for process in runs:
        process.communicate(timeout=300)
    assert [process.returncode for process in runs] == [0, 0]
    assert house.values("SELECT name FROM models ORDER BY name") == ["Robin 1", "Robin 2"]
    assert len(house.rows("FROM runs")) == 2


# The published file


def test_a_link_to_the_warehouse_stays_a_link(house: Any) -> None:
    house.write()
    store = house.root / "store"
    store.mkdir()
    house.warehouse.parent.mkdir()
    house.warehouse.symlink_to(store / "real.duckdb")
    house.run()
    house.write(input="$9.00", today="August 2, 2025")
    house.run()
    assert house.warehouse.is_symlink()
    assert house.values("SELECT usd_per_million_tokens FROM prices WHERE kind = 'input'") == [9.0]
    assert {p.name for p in store.iterdir()} <= {"real.duckdb", ".real.duckdb.lock"}


def test_the_mode_of_the_file_is_kept(house: Any) -> None:
    house.write()
    house.run()
    house.warehouse.chmod(0o640)
    house.write(input="$9.00", today="August 2, 2025")
    house.run()
    assert house.warehouse.stat().st_mode & 0o777 == 0o640


def test_changes_of_a_writer_that_was_cut_off_are_not_lost(house: Any) -> None:
    """Somebody opened the file for writing and was killed before DuckDB put its log into the file."""
    house.write()
    house.run()
    code = (
        "import os, sys, duckdb\nc = duckdb.connect(sys.argv[1])\nc.execute('SET checkpoint_threshold = \\'1TB\\'')\n"
        "c.execute('CREATE TABLE notes AS SELECT 42 AS answer')\nos._exit(9)"
    )
    _python(house, code, house.warehouse).communicate(timeout=300)
    log = Path(f"{house.warehouse}.wal")
    assert log.exists()
    house.write(input="$9.00", today="August 2, 2025")
    house.run()
    assert not log.exists()
    assert house.rows("FROM notes") == [(42,)]
    assert house.values("SELECT usd_per_million_tokens FROM prices WHERE kind = 'input'") == [9.0]


def _damage_the_only_capture(house: Any) -> None:
    """Bytes that were archived and never loaded, since the warehouse is gone, and that the disk then changed."""
    house.warehouse.unlink()
    (kept,) = (house.raw / "captures" / "objects").rglob("*.zst")
    kept.write_bytes(kept.read_bytes()[:-9] + b"\0" * 9)


def test_a_damaged_capture_does_not_stop_the_runs_after_it(house: Any) -> None:
    page = house.write("a.txt", name="Robin 1")
    house.run()
    _damage_the_only_capture(house)
    page.unlink()
    house.write("b.txt", name="Robin 2")
    house.run()
    assert house.values("SELECT name FROM models") == ["Robin 2"]
    assert house.values("SELECT status FROM captures ORDER BY location") == ["rejected", "read"]
    assert house.run().captures_read == 0


def test_a_damaged_capture_is_stored_again_when_its_page_is_given_again(house: Any) -> None:
    house.write("a.txt", name="Robin 1")
    house.run()
    _damage_the_only_capture(house)
    house.run()
    assert house.rows("SELECT status FROM captures") == [("read",)]
    assert house.values("SELECT name FROM models") == ["Robin 1"]
    archive = Archive(house.raw)
    assert [len(archive.load(record.sha256)) for record in archive.records()] == [
        (house.pages / "a.txt").stat().st_size
    ]


def test_a_new_file_is_the_same_whatever_became_of_the_empty_one_in_the_cache(
    house: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    cache = tmp_path / "cache" / "ingest"
    house.write()

    def layout_and_models() -> tuple[list[tuple[str, ...]], list[tuple[Any, ...]]]:
        house.warehouse.unlink(missing_ok=True)
        house.run()
        layout = house.rows(
            "SELECT table_name, column_name, data_type, comment FROM duckdb_columns() WHERE NOT internal ORDER BY ALL"
        )
        return layout, house.rows("SELECT model_id, name, context_tokens FROM models")

    made = layout_and_models()
    (kept,) = cache.glob("empty-*")
    whole = kept.read_bytes()
    assert layout_and_models() == made
    kept.write_bytes(whole[: len(whole) // 2])
    assert layout_and_models() == made
    (again,) = cache.glob("empty-*")
    assert len(again.read_bytes()) == len(whole)
    shutil.rmtree(cache)
    cache.write_text("a file where the folder would be")
    assert layout_and_models() == made


WITHOUT_PRIVILEGES = ["setpriv", "--bounding-set=-dac_override,-dac_read_search,-fowner,-chown"]
"""What begins a process of the superuser that may do with files what another user may."""


@pytest.mark.skipif(os.geteuid() == 0 and shutil.which("setpriv") is None, reason="the superuser may write every file")
@pytest.mark.parametrize(("mode", "held"), [(0o444, True), (0o000, False)], ids=["readable", "closed"])
def test_a_lock_of_another_user_is_used_or_named(house: Any, mode: int, held: bool) -> None:
    """The holder of the lock tries it in a process that may not write the file, with a folder that it may write."""
    house.warehouse.parent.mkdir()
    lock = house.warehouse.parent / f".{house.warehouse.name}.lock"
    lock.touch()
    lock.chmod(mode)
    code = """
import sys
from pathlib import Path
from ingest.publish import writer_lock
with writer_lock(Path(sys.argv[1]), 0, print):
    try:
        with writer_lock(Path(sys.argv[1]), 0, print):
            pass
    except Exception as error:
        print(error)
"""
    command = [*(WITHOUT_PRIVILEGES if os.geteuid() == 0 else []), sys.executable, "-c", code, str(house.warehouse)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if held:
        assert (done.returncode, "Another run is writing" in done.stdout) == (0, True), done.stderr
    else:
        assert str(lock) in done.stderr and "Another user made it" in done.stderr
