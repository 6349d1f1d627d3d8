from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from ingest.capture.archive import Archive, CaptureRecord, sha256_of


def test_threads_that_come_upon_the_same_bytes_all_keep_them(tmp_path: Path) -> None:
    archive = Archive(tmp_path)

    def keep(number: int) -> None:
        content = b"the same body " * 50_000
        record = CaptureRecord(f"capture-{number}", f"/{number}", sha256_of(content), len(content), "2026-01-01")
        archive.keep("run", [(record, content)], set())

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(keep, range(64)))
    records = list(archive.records())
    assert {record.location for record in records} == {f"/{number}" for number in range(64)}
    assert archive.load(records[0].sha256).startswith(b"the same body")
    assert len(list((tmp_path / "captures" / "objects").rglob("*"))) == 2  # a folder and an object, nothing left over
