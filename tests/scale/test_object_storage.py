"""An archive in object storage gives what one in a folder gives, also to a machine with other folders."""

from __future__ import annotations

import os
import socket
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from ingest.capture.archive import Archive, CaptureRecord, Work, capture_id_of, key_of, sha256_of
from ingest.capture.fetch import Options, open_crawl
from ingest.errors import IngestError
from ingest.publish import writer_lock
from ingest.replay import rebuild
from ingest.runners import Parcel, columns_of, read_parcel
from ingest.settings import Settings, load_settings
from ingest.targets import target_of
from ingest.verify import faults


@pytest.fixture
def bucket(in_storage: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> str:
    """An archive that holds nothing yet."""
    monkeypatch.chdir(tmp_path)  # what belongs to this machine lies in raw/ of the working folder
    return f"{in_storage}/{sha256_of(str(tmp_path).encode())[:12]}"


def _settings(house: Any, bucket: str) -> Settings:
    return load_settings(raw=bucket, warehouse=house.warehouse, workers=1)


def test_a_run_on_object_storage_gives_what_one_on_a_folder_gives(
    house: Any, make_house: Callable[[], Any], bucket: str
) -> None:
    for name in ("Robin", "Wren", "Tit"):
        house.write(f"{name}.txt", name=name)
    on_folder = make_house()
    on_folder.run(house.pages)
    assert house.run(raw=bucket).captures_read == 3
    assert house.run(raw=bucket).captures_unchanged == 3
    assert house.digests() == on_folder.digests()
    assert not (Path("raw") / "captures" / "objects").exists(), "no bytes lie on this machine"
    assert faults(_settings(house, bucket)) == []

    elsewhere = make_house()  # another machine, which has neither the pages nor the warehouse
    assert rebuild(_settings(elsewhere, bucket)).is_first
    assert elsewhere.digests() == on_folder.digests()

    (sha256,) = house.values("SELECT sha256 FROM captures WHERE location LIKE '%Wren.txt'")
    Archive.of(_settings(house, bucket)).store(sha256, b"other bytes")
    (fault,) = {fault.kind for fault in faults(_settings(house, bucket))}
    assert fault == "capture"
    with pytest.raises(IngestError, match=r"would lose 1 of 3 captures.*s3://models/.*Wren\.txt"):
        rebuild(_settings(house, bucket))
    (house.pages / "Wren.txt").touch()  # a file that changed is read, and found to be the same
    assert house.run(raw=bucket).captures_read == 0
    assert faults(_settings(house, bucket)) == [], "its bytes are stored again"


def _kept(archive: Archive, log: str, name: str, text: str) -> CaptureRecord:
    """A capture that is stored and logged, as by a run that was killed before it loaded anything."""
    content = text.encode()
    sha256 = sha256_of(content)
    record = CaptureRecord(
        capture_id_of(name, sha256, None), name, sha256, len(content), "2025-09-11T06:00:00.000000+00:00"
    )
    archive.keep(log, [(record, content)], set())
    return record


def test_what_a_killed_run_left_another_machine_reads(house: Any, make_house: Callable[[], Any], bucket: str) -> None:
    """The key of a warehouse's logs follows from its name: that of its file, or the setting ``warehouse_name``."""
    archive = Archive.of(_settings(house, bucket))
    key = key_of(archive.place_of(house.warehouse))
    _kept(archive, f"20250911T060000000000Z-aaaaaa.{key}", "robin.txt", house.text(name="Robin"))
    named = key_of(archive.place_of(house.warehouse, "birds"))
    _kept(archive, f"20250911T060000000000Z-bbbbbb.{named}", "wren.txt", house.text(name="Wren"))
    house.write("tit.txt", name="Tit")

    here, there, birds = make_house(), make_house(), make_house()
    assert here.run(house.pages, raw=bucket).captures_read == 2
    assert there.run(house.pages, raw=bucket).models == 2, "it has the captures of the other machine too"
    assert sorted(here.values("SELECT name FROM models")) == ["Robin", "Tit"]
    birds.run(house.pages, raw=bucket, warehouse_name="birds")
    assert sorted(birds.values("SELECT name FROM models")) == ["Tit", "Wren"]
    birds.warehouse.rename(birds.warehouse.with_name("other.duckdb"))
    settings = load_settings(raw=bucket, warehouse=birds.warehouse.with_name("other.duckdb"), workers=1)
    assert rebuild(settings).differs_in == [], "a file keeps its name"


def test_machines_that_log_at_once_lose_nothing(house: Any, bucket: str) -> None:
    settings = _settings(house, bucket)
    machines = [Archive.of(settings) for _ in range(4)]

    def log(number: int) -> str:
        return _kept(machines[number % 4], "20250911T060000000000Z-aaaaaa", f"{number}.txt", f"{number}").capture_id

    with ThreadPoolExecutor(4) as threads:
        logged = list(threads.map(log, range(12)))
    found = [record.capture_id for record in machines[0].records()]
    assert sorted(found) == sorted(logged)
    put = import_module("obstore").put
    put(
        import_module("obstore.store").from_url(bucket), "captures/log/notes.txt", b""
    )  # what somebody puts beside them
    assert len(machines[0].logs()) == 12 and machines[0].has_crawls()


def test_a_worker_loads_from_object_storage_itself(house: Any, bucket: str) -> None:
    archive = Archive.of(_settings(house, bucket))
    content = house.text(name="Robin")
    record = _kept(archive, "20250911T060000000000Z-aaaaaa", "robin.txt", content)
    parcel = Parcel.of([Work(record, b"")], archive.address)
    columns = columns_of(read_parcel(parcel))
    assert columns is not None and columns["entries"]["name"] == ["Robin"]


def test_object_storage_that_does_not_answer_or_is_not_installed_is_named(
    house: Any, bucket: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = load_settings(raw=f"{bucket}/", warehouse=house.warehouse)
    assert settings.archive == bucket
    missing = load_settings(raw="s3://no-such-bucket/captures", warehouse=house.warehouse)
    with pytest.raises(IngestError, match="The archive 's3://no-such-bucket/captures' cannot be read"):
        Archive.of(missing).logs()
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://me:secret@127.0.0.1:1")
    with pytest.raises(IngestError, match=r"http://me:…@127\.0\.0\.1:1/models"):
        Archive.of(settings).logs()
    monkeypatch.setitem(sys.modules, "obstore", None)
    with pytest.raises(IngestError, match=r"pip install -e '\.\[s3\]'"):
        Archive.of(settings)


@pytest.mark.parametrize("name", ["a b", "ä/ö", "it's", "a+b&c=d", "*[a]", "2025.09", "a\\b"])
def test_a_prefix_may_have_any_letters(house: Any, bucket: str, name: str) -> None:
    archive = Archive.of(load_settings(raw=f"{bucket}/{name}/", warehouse=house.warehouse))
    record = _kept(archive, "20250911T060000000000Z-aaaaaa", "robin.txt", "text")
    assert [each.capture_id for each in archive.records()] == [record.capture_id]
    assert archive.load(record.sha256) == b"text"
    assert Archive.of(_settings(house, bucket)).logs() == [], "it is a place of its own"


@pytest.mark.parametrize(
    "wrong",
    ["models/a?b", "models/a#b", "models/a%20b", "models/a//b", "models/a/../b", "models/..", "models/a/.",
     "me:secret@models/a", "mod els/a", "", "/models?", "m"],
)  # fmt: skip
@pytest.mark.parametrize("scheme", ["s3://", "S3://"])
def test_a_place_that_would_be_another_one_is_refused(scheme: str, wrong: str) -> None:
    with pytest.raises(IngestError, match="The setting 'raw' is wrong: s3://bucket/prefix names") as refused:
        load_settings(raw=f"{scheme}{wrong}")
    assert "secret" not in str(refused.value)


def test_fetching_says_what_stays_on_this_machine(house: Any, bucket: str) -> None:
    said: list[str] = []
    target = target_of(["http://127.0.0.1:9/page"], None)
    with open_crawl(target, _settings(house, bucket), Options(), notice=said.append) as crawl:
        assert crawl.todo == ["http://127.0.0.1:9/page"]
    assert any(bucket in sentence and "let no other one fetch" in sentence for sentence in said)


def test_the_lock_says_on_which_machine_its_holder_runs(house: Any) -> None:
    lock = writer_lock(house.warehouse, 0, print)
    with lock, pytest.raises(IngestError) as refused, writer_lock(house.warehouse, 0, print):
        pass
    assert f"process {os.getpid()} on {socket.gethostname()} since" in str(refused.value)
