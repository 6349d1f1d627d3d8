"""A batch is read anywhere and gives the same; what is lost with a worker is read again; another version is refused."""

from __future__ import annotations

import os
import pickle
import signal
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from ingest.batch import read_batch
from ingest.capture.archive import Archive, CaptureRecord, Work, capture_id_of, sha256_of
from ingest.errors import IngestError
from ingest.runners import LostBatchError, Parcel, ReadAnswer, Sender, columns_of, on_dask, opened_runner, read_parcel
from ingest.runners.local import Processes, Threads
from ingest.settings import load_settings


def works(house: Any, count: int) -> list[Work]:
    """So many pages, stored in the archive of a house."""
    found = []
    for number in range(count):
        content = house.text(name=f"Robin {number}").encode()
        location, sha256 = f"raw/pages/2025-09-11/robin-{number}.html", sha256_of(content)
        record = CaptureRecord(
            capture_id=capture_id_of(location, sha256, None),
            location=location,
            sha256=sha256,
            bytes=len(content),
            recorded_at="2025-09-11T06:00:00.000000+00:00",
            place=location,
            modified_at=f"2025-09-11T05:59:{number % 60:02}.{number * 997 % 1000000:06}+00:00",
        )
        found.append(Work(record, content))
    Archive(house.raw).write([(work.record, work.content) for work in found], set())
    return found


def parcel(house: Any, count: int = 3) -> Parcel:
    return Parcel.of(works(house, count), Archive(house.raw).address)


def test_a_parcel_has_less_than_200_bytes_a_page_and_all_that_a_worker_needs(house: Any) -> None:
    batch = works(house, 250)
    sent = Parcel.of(batch, Archive(house.raw).address)
    assert len(pickle.dumps(sent)) / len(batch) < 200
    assert sent.records() == [work.record for work in batch]
    assert columns_of(read_parcel(sent)) == read_batch(batch)


def test_on_one_machine_the_bytes_go_along_unless_they_are_many(house: Any) -> None:
    batch, address = works(house, 3), Archive(house.raw).address
    near = Parcel.of(batch, address, is_near=True)
    for path in (house.raw / "captures" / "objects").rglob("*.zst"):
        path.unlink()
    assert columns_of(read_parcel(near)) == read_batch(batch)
    large = Work(batch[0].record, batch[0].content * 10_000)
    assert Parcel.of([large], address, is_near=True).contents is None


def test_a_process_that_is_killed_or_hangs_costs_its_batch_alone(house: Any) -> None:
    sent = parcel(house)
    runner = Processes(1, 300, few=0)
    try:
        first = runner.read(sent)
        (pid,) = (int(word) for word in first.worker.split() if word.isdigit())
        os.kill(pid, signal.SIGKILL)
        with pytest.raises(LostBatchError, match="was ended from outside"):
            runner.read(sent)
        second = runner.read(sent)
        assert columns_of(second) == columns_of(first)

        (pid,) = (int(word) for word in second.worker.split() if word.isdigit())
        os.kill(pid, signal.SIGSTOP)
        runner.seconds = 0.1
        with pytest.raises(LostBatchError, match=r"took longer than the 0\.1 seconds"):
            runner.read(sent)
        assert not alive(pid), "it is ended, since nobody waits for it"

        runner.seconds = 300
        third = runner.read(sent)
        (pid,) = (int(word) for word in third.worker.split() if word.isdigit())
        nursery = int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
        os.kill(nursery, signal.SIGKILL)
        assert runner.read(sent) == third, "readers live on where the process is killed that made them"
        os.kill(pid, signal.SIGKILL)
        with pytest.raises(LostBatchError, match="was ended from outside"):
            runner.read(sent)
        assert columns_of(runner.read(sent)) == columns_of(first)
    finally:
        runner.close()


def alive(pid: int) -> bool:
    """Whether a process is there, after it had a moment to end."""
    for _ in range(100):
        if not Path(f"/proc/{pid}").exists():
            return False
        time.sleep(0.05)
    return True


def test_a_worker_with_another_version_is_refused_in_one_sentence(house: Any) -> None:
    answer = read_parcel(parcel(house), "tcp://10.0.0.7:41")
    for part in ("code", "knowledge", "sources"):
        other = answer._replace(versions=answer.versions._replace(**{part: "0123456789"}))
        with pytest.raises(IngestError, match=rf"^The worker tcp://10.0.0.7:41 reads with .*{part} 0123456789.*\.$"):
            columns_of(other)


def test_bytes_are_sent_where_a_worker_does_not_reach_the_archive(house: Any) -> None:
    sent, taken = parcel(house), []

    class Elsewhere(Threads):
        def read(self, parcel: Parcel) -> ReadAnswer:
            taken.append(parcel.contents is not None)
            return super().read(parcel if parcel.contents else replace(parcel, archive="/nowhere"))

    sender = Sender(Elsewhere(1, 300))
    assert sender.read(sent) == sender.read(sent) == columns_of(read_parcel(sent))
    assert taken == [False, True, True], "it is tried once"


def test_a_damaged_capture_is_named(house: Any) -> None:
    sent = parcel(house)
    for path in (house.raw / "captures" / "objects").rglob("*.zst"):
        path.write_bytes(b"damaged")
    with pytest.raises(IngestError, match="`ingest verify` lists all that is damaged"):
        Sender(Threads(1, 300)).read(sent)


@pytest.mark.parametrize("wrong", ["spark", "dask:", "processes:2", "ray: x"])
def test_an_unknown_runner_is_named(wrong: str) -> None:
    with pytest.raises(IngestError, match="dask:ADDRESS"):
        load_settings(runner=wrong)


def test_the_name_of_a_warehouse_is_no_path() -> None:
    with pytest.raises(IngestError, match="'warehouse_name' is wrong"):
        load_settings(warehouse_name="birds/../wrens")


@pytest.fixture(scope="module")
def dask() -> Any:
    """A scheduler of Dask without workers."""
    distributed = pytest.importorskip("distributed", reason="the extra [dask] is not installed")
    with distributed.LocalCluster(
        n_workers=0, threads_per_worker=1, dashboard_address=None, silence_logs=40
    ) as cluster:
        yield cluster


def test_a_cluster_of_dask_loses_workers_and_reads_on(house: Any, dask: Any) -> None:
    """One of two workers is killed while it reads, and in the end there is none."""
    distributed = pytest.importorskip("distributed")
    sent = parcel(house, 80)
    settings = load_settings(runner=f"dask:{dask.scheduler_address}", cluster_wait_seconds=300)
    with opened_runner(settings) as runner, ThreadPoolExecutor(4) as threads:
        assert runner.slots() == 0
        dask.scale(2)
        answers = [threads.submit(Sender(runner).read, sent) for _ in range(4)]
        with distributed.Client(dask) as client:
            client.wait_for_workers(2, timeout=300)
            os.kill(next(iter(client.run(os.getpid).values())), signal.SIGKILL)
        assert all(answer.result() == answers[0].result() for answer in answers)
    dask.scale(0)
    quick = load_settings(runner=f"dask:{dask.scheduler_address}", cluster_wait_seconds=0.5)
    with opened_runner(quick) as runner, pytest.raises(IngestError, match="has had no worker for"):
        while True:  # the last worker may still read one
            runner.read(sent)


def test_a_scheduler_that_does_not_answer_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("distributed", reason="the extra [dask] is not installed")
    settings = load_settings(runner="dask:tcp://127.0.0.1:1", cluster_wait_seconds=0)
    monkeypatch.setattr(on_dask, "_ANSWER_SECONDS", 0.2)
    with pytest.raises(IngestError, match="does not answer"), opened_runner(settings):
        pass


def test_a_cluster_of_ray_gives_the_same(house: Any) -> None:
    pytest.importorskip("ray", reason="the extra [ray] is not installed")
    sent = parcel(house)
    with opened_runner(load_settings(runner="ray", workers=1)) as runner:
        assert Sender(runner).read(sent) == columns_of(read_parcel(sent))
