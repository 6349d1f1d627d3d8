"""The flow does what `ingest run` does, in tasks, and leaves behind what it did."""

from __future__ import annotations

import json
import logging
import re
import signal
import subprocess
import sys
from typing import Any

import pytest
from hook import Hook

from ingest.errors import IngestError
from ingest.publish import writer_lock
from ingest.settings import load_settings

RUN = "from ingest_flows.ingest_pages import ingest_pages; ingest_pages({})"

BOUNDED = """
from prefect import flow
from ingest.capture.archive import Work
from ingest.capture.archive import CaptureRecord, sha256_of
from ingest.settings import load_settings
from ingest_flows.reading import read_all

pulled = []

def batches():
    for number in range(7):
        pulled.append(number)
        yield [Work(CaptureRecord(str(number), "page.txt", sha256_of(b""), 0, "2025-01-01T00:00:00+00:00"), b"")]

@flow
def bounded():
    order = []
    for given, columns in enumerate(read_all(batches(), ".", load_settings(runner="threads", workers=1))):
        assert len(pulled) - given <= 3, (pulled, given)
        order += columns["captures"]["capture_id"]
    assert order == [str(number) for number in range(7)], order

bounded()
"""

KILLED = """
import os, signal, threading, time
from contextlib import suppress
from pathlib import Path
from ingest.pipeline import open_run

def children():
    for task in Path("/proc/self/task").iterdir():
        with suppress(OSError):  # a thread that ended meanwhile
            yield from map(int, (task / "children").read_text().split())

def kill_first():
    while not (found := list(children())):
        time.sleep(0.05)
    os.kill(found[0], signal.SIGKILL)

@flow
def killed():
    settings = load_settings(runner="processes", workers=1, batch_pages=61)
    with open_run(settings) as run:
        threading.Thread(target=kill_first).start()
        run.load(read_all(run.batches([Path("pages")]), run.archive.address, settings))

killed()
"""


def _python(house: Any, server: Any, code: str, **environment: str) -> subprocess.CompletedProcess[str]:
    options = house.process_options()
    options["env"] |= {**server.environment, **environment}
    return subprocess.run([sys.executable, "-c", code], **options, timeout=300, check=False)


def test_the_flow_loads_pages_and_leaves_its_outcome(sampled: Any, server: Any) -> None:
    done = _python(sampled, server, RUN.format(""), INGEST_BATCH_PAGES="2")
    assert done.returncode == 0, done.stderr

    ((flow_run_id, read),) = sampled.rows("SELECT flow_run_id, captures_read FROM runs")
    assert read == 5
    assert sampled.values("SELECT count(*) FROM models") == [5]

    run = server.flow_run(flow_run_id)
    assert run["state_type"] == "COMPLETED"
    assert re.fullmatch(rf"ingest {re.escape(str(sampled.raw))}/pages \d{{4}}-\d\d-\d\dT\d\d:\d\d", run["name"])

    of_run = {"flow_runs": {"id": {"any_": [flow_run_id]}}}
    tasks = server.ask("/task_runs/filter", **of_run)
    sizes = sorted(task["name"].split(" from ")[0] for task in tasks)
    assert sizes == ["read 1", "read 2", "read 2"], "a task is a batch, never a page"

    (artifact,) = server.ask("/artifacts/filter", artifacts={"key": {"any_": ["ingest-pages"]}}, **of_run)
    assert artifact["type"] == "table"
    outcome = {row["outcome"]: row["count"] for row in json.loads(artifact["data"])}
    written = sampled.values("SELECT rows_written FROM runs")[0]
    assert outcome["pages read"] == 5
    assert outcome["models in the warehouse"] == 5
    assert outcome["rows written"] == written > 0

    before = sampled.digests()
    summary = sampled.run(sampled.raw / "pages")
    assert (summary.captures_read, summary.captures_unchanged) == (0, 5), "a run by hand leaves alone what it read"
    assert sampled.digests() == before


def test_what_a_run_changed_refused_and_holds_back_is_left_as_tables(sampled: Any, server: Any) -> None:
    first, *_ = sorted((sampled.raw / "pages").iterdir())
    assert sampled.run(sampled.raw / "pages").captures_read == 5
    first.write_text("<html><title>Sign in</title><form><input type=password></form></html>")
    sampled.write("../raw/pages/new.txt", name="Wren 2", input="$5000.00")
    done = _python(sampled, server, RUN.format(""))
    assert done.returncode == 0, done.stderr

    (flow_run_id,) = sampled.values("SELECT flow_run_id FROM runs WHERE flow_run_id IS NOT NULL")
    assert server.flow_run(flow_run_id)["state_name"] == "Held back"
    left = server.ask("/artifacts/filter", flow_runs={"id": {"any_": [flow_run_id]}})
    said = {artifact["key"]: artifact["data"].replace("\\", "") for artifact in left}
    assert said.keys() == {"ingest-pages", "changes", "quarantine", "held-back"}
    assert "acme-ai/wren-2" in said["changes"]
    assert "price_out_of_range" in said["quarantine"] and "new.txt" in said["quarantine"]
    assert first.name in said["held-back"]


def test_a_run_that_hangs_is_ended_and_told(sampled: Any, server: Any) -> None:
    """Another process holds the lock for ever; the limit is five seconds."""
    hours = 5 / 3600
    with Hook() as hook, writer_lock(sampled.warehouse, 0, lambda _: None):
        done = _python(sampled, server, RUN.format(""), INGEST_RUN_HOURS=f"{hours:.6f}", INGEST_ALERT_TO=hook.url)
        (message,) = hook.taken()
    assert done.returncode != 0
    (run,) = server.flow_runs(state={"name": {"any_": ["TimedOut"]}})
    assert run["state_type"] == "FAILED"
    assert "the longest that a run may take" in message["text"]
    assert "`run_hours`" in message["text"]


def test_a_run_that_fails_fails_the_flow_in_one_sentence(house: Any, server: Any) -> None:
    missing = house.root / "nowhere"
    done = _python(house, server, RUN.format(f"paths=[{str(missing)!r}]"))
    assert done.returncode != 0
    (run,) = server.flow_runs(name={"like_": "nowhere"})
    assert run["state_type"] == "FAILED"
    message = run["state"]["message"]
    assert str(missing) in message
    assert "\n" not in message
    assert done.stderr.count("Traceback") <= 1, "the log of a run fits a screen"
    assert not house.warehouse.exists()


def test_a_run_that_says_why_it_failed_has_no_trace_in_its_log() -> None:
    """What Prefect logs of its own exception, and of one that is a defect of the program."""
    from ingest_flows.frame import log_no_trace_of_failures
    from prefect.exceptions import FailedRun

    log_no_trace_of_failures()
    log = logging.getLogger("prefect.flow_runs")
    for error, is_logged in ((FailedRun("1 input is held back"), False), (ValueError("a defect"), True)):
        record = log.makeRecord(log.name, logging.ERROR, "", 0, "", (), (type(error), error, None))
        assert bool(log.filter(record)) == is_logged


def test_a_run_has_a_name_where_its_settings_are_wrong(house: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Else Prefect crashes the run before it can say what is wrong."""
    from ingest_flows.ingest_pages import flow_run_name

    (house.root / "ingest.toml").write_text('shedule = "0 6 * * *"')
    monkeypatch.chdir(house.root)
    with pytest.raises(IngestError):
        load_settings()
    assert flow_run_name().startswith("ingest pages 20")


def test_a_run_that_is_stopped_is_no_failure(house: Any) -> None:
    """DuckDB makes an error of its own of the exception that a signal raises."""
    from ingest_flows.frame import watched
    from prefect.exceptions import TerminationSignal

    def stop(number: int, _: object) -> None:  # as Prefect's engine does
        raise TerminationSignal(signal=number)

    def work(_: Any) -> Any:
        try:
            signal.raise_signal(signal.SIGTERM)
        except TerminationSignal as stop:
            raise RuntimeError("Query interrupted") from stop

    settings = load_settings(raw=house.raw, warehouse=house.warehouse)
    before = signal.signal(signal.SIGTERM, stop)
    try:
        with pytest.raises(TerminationSignal):
            watched(settings, "ingest-pages", work)
    finally:
        signal.signal(signal.SIGTERM, before)
    assert not list(house.warehouse.parent.glob(".*alerts*")), "nothing is told"


def test_few_batches_are_under_way_at_once_in_order_and_one_whose_process_is_killed_is_read_again(
    house: Any, server: Any
) -> None:
    for number in range(61):
        house.write(f"{number:02}.txt", name=f"Robin {number}")
    done = _python(house, server, BOUNDED + KILLED)
    assert done.returncode == 0, done.stderr
    assert "was ended from outside" in done.stderr
    assert house.values("SELECT count(*) FROM models") == [61]


def test_a_cluster_without_workers_ends_the_run_and_frees_the_lock(sampled: Any, server: Any) -> None:
    distributed = pytest.importorskip("distributed", reason="the extra [dask] is not installed")
    with distributed.LocalCluster(n_workers=0, dashboard_address=None, silence_logs=40) as cluster:
        setting = {"INGEST_RUNNER": f"dask:{cluster.scheduler_address}", "INGEST_CLUSTER_WAIT_SECONDS": "0.5"}
        done = _python(sampled, server, RUN.format(""), **setting)
    assert done.returncode != 0
    assert "has had no worker for" in done.stderr and "so nothing was published" in done.stderr
    with writer_lock(sampled.warehouse, 0, print):
        pass
    assert sampled.run(sampled.raw / "pages").models == 5, "the next run is whole"
