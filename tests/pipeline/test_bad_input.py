"""What bad input gets: a clear outcome, and nothing lost. The page is kept and says why; the others load."""

from __future__ import annotations

import os
import random
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

import ingest
from ingest.capture.archive import Archive
from ingest.errors import IngestError
from ingest.records import Document

CASES = yaml.safe_load(Path(__file__).with_name("bad_pages.yaml").read_text("utf-8"))
PNG = bytes.fromhex("89504e470d0a1a0a0000000d4948445200000001000000010806000000") + bytes(range(256)) * 8


def _noise(size: int) -> bytes:
    return random.Random(7).randbytes(size)


# Content


@pytest.fixture(scope="module")
def read(make_house: Callable[[], Any]) -> Any:
    """Bad pages of all kinds beside one good one, in one run."""
    house = make_house()
    house.write("good.txt", name="Good 1")
    for case in CASES["rejected"]:
        house.write(f"{case['file']}", case["text"].encode())
    house.write("empty.txt", b"")
    house.write("blank.txt", b"\n \t\r\n" * 50)
    house.write("nulls.txt", bytes(4096))
    house.write("picture.png", PNG)
    house.write("picture.txt", PNG)
    house.write("noise.txt", _noise(5 * 2**20))
    house.write("nameless.txt", name=None)
    house.write(
        "latin.txt", house.text(name="Latin 1", description="Tiré à quatre épingles, garçon.").encode("latin-1")
    )
    deep = "<div>" * 100_000
    house.write(
        "deep.html", house.text(name="Deep 1").encode().join([b"<html><body>" + deep.encode() + b"<pre>", b"</pre>"])
    )
    house.write("deep-empty.html", deep.encode())
    house.summary = house.run()
    return house.settled()


def test_the_good_page_loads_beside_all_the_bad_ones(read: Any) -> None:
    assert "Good 1" in read.values("SELECT name FROM models")
    assert read.summary.status == "succeeded"


REASONS = {
    **{case["file"]: case["reason"] for case in CASES["rejected"]},
    "empty.txt": "empty", "blank.txt": "empty", "nulls.txt": "empty", "picture.png": "binary", "picture.txt": "binary",
    "noise.txt": "noise", "nameless.txt": "no_name",
}  # fmt: skip


@pytest.mark.parametrize("file", REASONS)
def test_a_page_that_is_none_is_kept_and_says_why(read: Any, file: str) -> None:
    capture = read.one("SELECT * FROM captures WHERE location LIKE ?", f"%/{file}")
    assert (capture["status"], capture["reason"].partition(":")[0]) == ("rejected", REASONS[file])
    assert Archive(read.raw).load(capture["sha256"]) == (read.pages / file).read_bytes()
    assert read.rows("FROM claims WHERE capture_id = ?", capture["capture_id"]) == []
    assert read.summary.rejected[REASONS[file]] >= 1


def test_a_page_in_latin_1_is_read(read: Any) -> None:
    assert read.one("SELECT description FROM models WHERE name = 'Latin 1'") == {
        "description": "Tiré à quatre épingles, garçon."
    }


def test_html_nested_a_hundred_thousand_levels_deep_ends_with_a_reason_or_rows(read: Any) -> None:
    outcome = dict(read.rows("SELECT parse_filename(location), status FROM captures WHERE location LIKE '%deep%'"))
    assert outcome["deep-empty.html"] == "rejected"
    assert outcome["deep.html"] in ("read", "rejected")
    if outcome["deep.html"] == "read":
        assert read.values("SELECT name FROM models WHERE name = 'Deep 1'") == ["Deep 1"]


def test_fifty_megabytes_of_noise_are_kept_and_rejected(house: Any) -> None:
    house.write("noise.bin", _noise(50 * 2**20))
    house.run()
    ((status, reason, size, sha256),) = house.rows("SELECT status, reason, bytes, sha256 FROM captures")
    assert (status, size) == ("rejected", 50 * 2**20)
    assert reason in ("noise", "too_large")
    assert (house.raw / "captures" / "objects" / sha256[:2] / f"{sha256}.zst").is_file()


def test_html_that_breaks_off_gives_what_it_has(house: Any) -> None:
    whole = house.text(name="Torn 1")
    house.write("whole.html", name="Torn 1")
    content = (house.pages / "whole.html").read_bytes()
    cut = content.index(b"GSM8K")
    for number, end in enumerate((cut, cut + 3, len(content) - 20)):
        house.write(f"torn-{number}.html", content[:end])
    (house.pages / "whole.html").unlink()
    house.run()
    assert "GSM8K" in whole
    assert house.values("SELECT DISTINCT status FROM captures") == ["read"]
    assert house.values("SELECT name FROM models") == ["Torn 1"]
    assert house.rows("SELECT benchmark_id, score FROM scores WHERE benchmark_id = 'mmlu'") == [("mmlu", 80.1)]


def test_a_description_of_five_megabytes_is_read(house: Any) -> None:
    note = 'Diamond (5 of 25 marks) "quoted" AI: let me think [4], ' * 90_000
    house.write(scores=[["Reasoning", "GPQA", note, "65.0%"]], description="word " * 1_000_000)
    house.run()
    assert house.rows("SELECT score FROM scores") == [(65.0,)]
    assert house.values("SELECT length(description_raw) FROM scores")[0] > 4_000_000


@given(
    content=st.one_of(st.binary(max_size=2000), st.text(max_size=500).map(lambda t: t.encode("utf-8", "surrogatepass")))
)
@settings(max_examples=60)
def test_any_bytes_give_a_document_or_an_ingest_error(content: bytes) -> None:
    try:
        document = ingest.parse(content)
    except IngestError:
        return
    assert isinstance(document, Document)
    assert document.rejected or document.entries


# Files and folders


def test_a_folder_without_pages_is_an_empty_warehouse(house: Any) -> None:
    house.pages.mkdir()
    summary = house.run()
    assert (summary.status, summary.captures_read) == ("succeeded", 0)
    assert house.rows("FROM models") == []
    assert house.values("SELECT status FROM runs") == ["succeeded"]


def test_a_path_that_is_not_there_says_so(house: Any) -> None:
    with pytest.raises(IngestError, match=r"no file or folder at '.*nowhere\.txt'"):
        house.run(house.root / "nowhere.txt")
    assert not house.warehouse.exists()


def test_what_cannot_be_opened_is_a_capture_with_its_reason(house: Any) -> None:
    house.write("good.txt", name="Good 1")
    (house.pages / "dangling.txt").symlink_to(house.root / "nowhere")
    (house.pages / "itself.txt").symlink_to(house.pages / "itself.txt")
    os.mkfifo(house.pages / "pipe.txt")
    os.mkfifo(house.root / "pipe.warc")
    assert "Not a regular file" in house.cli("run", house.root / "pipe.warc").stderr
    for _ in range(2):
        house.run()
        found = dict(house.rows("SELECT parse_filename(location), reason FROM captures"))
        assert found["good.txt"] is None
        assert found["dangling.txt"].startswith("unreadable_file: No such file")
        assert found["itself.txt"].startswith("unreadable_file: Too many levels")
        assert found["pipe.txt"].startswith("unreadable_file: ")
        assert house.values("SELECT name FROM models") == ["Good 1"]
    again = house.run()
    assert (again.captures_unchanged, again.captures_rejected, again.rejected) == (1, 3, {"unreadable_file": 3})
    assert [name.partition(": ")[0].rpartition("/")[2] for name in again.rejected_files] == [
        "dangling.txt", "itself.txt", "pipe.txt",
    ]  # fmt: skip


@pytest.mark.skipif(os.geteuid() == 0, reason="the superuser may read everything")
def test_files_and_folders_without_permission_are_captures_with_their_reason(house: Any) -> None:
    house.write("good.txt", name="Good 1")
    house.write("closed.txt").chmod(0)
    house.write("room/inside.txt")
    (house.pages / "room").chmod(0)
    house.run()
    (house.pages / "room").chmod(0o755)
    found = dict(house.rows("SELECT parse_filename(location), reason FROM captures WHERE status = 'rejected'"))
    assert found == {
        "closed.txt": "unreadable_file: Permission denied", "room": "unreadable_file: Permission denied",
    }  # fmt: skip


def test_linked_folders_are_walked_once(house: Any) -> None:
    house.write("inner/page.txt", name="Good 1")
    (house.pages / "inner" / "up").symlink_to(house.pages, target_is_directory=True)
    elsewhere = house.root / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "page.txt").write_text(house.text(name="Good 2"))
    (house.pages / "linked").symlink_to(elsewhere, target_is_directory=True)
    house.run()
    assert house.values("SELECT name FROM models ORDER BY name") == ["Good 1", "Good 2"]
    assert len(house.rows("FROM captures")) == 2


def test_a_file_name_of_any_bytes_is_read(house: Any) -> None:
    house.pages.mkdir()
    name = os.fsdecode(b"caf\xe9 \n\x1b[31m.txt")
    (house.pages / name).write_bytes(house.text(name="Good 1").encode())
    house.run()
    assert house.values("SELECT name FROM models") == ["Good 1"]
    assert house.run().captures_unchanged == 1


def test_the_raw_archive_below_the_pages_is_not_read_as_pages(house: Any) -> None:
    house.write("page.txt")
    house.run(raw=house.pages / "raw")
    assert house.run(raw=house.pages / "raw").captures_unchanged == 1
    assert len(house.rows("FROM captures")) == 1


# The place to write to


def test_a_warehouse_below_a_file_says_what_to_do(house: Any) -> None:
    house.write()
    (house.root / "file").write_text("no folder")
    with pytest.raises(IngestError, match="Make the folder writable, or name another file with --warehouse"):
        house.run(warehouse=house.root / "file" / "models.duckdb")


@pytest.mark.skipif(os.geteuid() == 0, reason="the superuser may write everywhere")
def test_a_read_only_folder_says_what_to_do_and_keeps_what_is_there(house: Any) -> None:
    house.write()
    house.run()
    before = house.warehouse.read_bytes()
    house.write(input="$9.00")
    house.warehouse.parent.chmod(0o555)
    try:
        with pytest.raises(IngestError, match="Make the folder writable"):
            house.run()
    finally:
        house.warehouse.parent.chmod(0o755)
    assert house.warehouse.read_bytes() == before


def test_an_archive_that_cannot_be_written_says_what_to_do(house: Any) -> None:
    house.write()
    (house.root / "raw").write_text("no folder")
    with pytest.raises(IngestError, match="Cannot store captures"):
        house.run()
    assert not house.warehouse.exists()
    (house.root / "raw").unlink()
    assert house.run().captures_read == 1


FULL = """
import resource, signal, sys
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[1]), int(sys.argv[1])))
from ingest.cli import main
main(sys.argv[2:])
"""


def _run_on_a_full_disk(house: Any, pages: Path, kilobytes: int) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", FULL, str(kilobytes * 1024), "run", str(pages)]
    # Coverage could not write its own file on the full disk, and would say so among the words of the command.
    options = house.process_options(is_measured=False)
    return subprocess.run(command, **options, timeout=300, check=False)


@pytest.fixture(scope="module")
def of_two_runs(make_house: Callable[[], Any]) -> tuple[Any, dict[str, str]]:
    """A house after its first run, with the page of the second, and the digests that a run of both gives."""
    house, undisturbed = make_house(), make_house()
    house.write("first.txt", name="First 1")
    house.run()
    house.write("second.txt", name="Second 1", description=_noise(50_000).hex())
    undisturbed.run(house.pages)
    return house, undisturbed.digests()


@pytest.mark.parametrize("kilobytes", [0, 40, 1500])
def test_a_full_disk_loses_nothing(of_two_runs: tuple[Any, dict[str, str]], tmp_path: Path, kilobytes: int) -> None:
    """No file may grow beyond a size, as if the disk were full there: in the lock, the archive, the warehouse."""
    pages, house = of_two_runs[0].pages, of_two_runs[0].copy_to(tmp_path / "copy")
    before = house.digests()
    done = _run_on_a_full_disk(house, pages, kilobytes)
    assert done.returncode == 1
    assert done.stderr.startswith("error: ")
    assert done.stderr.count("\n") <= 2
    assert "Traceback" not in done.stderr
    assert house.digests() == before
    assert house.leftovers() == []
    assert house.run(pages).captures_read == 1
    assert house.digests() == of_two_runs[1]


def test_what_was_captured_before_the_disk_was_full_is_loaded_by_the_next_run(house: Any) -> None:
    """The page may be gone by then: what was stored is enough."""
    house.write("first.txt", name="First 1")
    house.run()
    page = house.write("second.txt", name="Second 1")
    assert _run_on_a_full_disk(house, house.pages, 500).returncode == 1
    page.unlink()
    house.run()
    assert house.values("SELECT name FROM models ORDER BY name") == ["First 1", "Second 1"]


def test_a_warehouse_of_a_newer_version_is_left_alone(house: Any) -> None:
    house.write()
    house.run()
    with duckdb.connect(str(house.warehouse)) as connection:
        connection.execute("UPDATE internal.meta SET value = '999' WHERE key = 'format'")
    before = house.warehouse.read_bytes()
    with pytest.raises(IngestError, match=r"written by a newer version .*upgrade, or name another"):
        house.run()
    assert house.warehouse.read_bytes() == before


def test_a_duckdb_file_of_something_else_is_left_alone(house: Any) -> None:
    house.write()
    house.warehouse.parent.mkdir()
    with duckdb.connect(str(house.warehouse)) as connection:
        connection.execute("CREATE TABLE invoices (id INTEGER)")
    before = house.warehouse.read_bytes()
    with pytest.raises(IngestError, match="something else; name another with --warehouse"):
        house.run()
    assert house.warehouse.read_bytes() == before


@pytest.mark.parametrize("content", [b"notes of mine\n", b"", b"\x00" * 20_000], ids=["text", "empty", "zeros"])
def test_a_file_that_is_no_warehouse_is_left_alone(house: Any, content: bytes) -> None:
    house.write()
    house.warehouse.parent.mkdir()
    house.warehouse.write_bytes(content)
    with pytest.raises(IngestError, match=r"models\.duckdb"):
        house.run()
    assert house.warehouse.read_bytes() == content


def test_a_warehouse_that_is_a_folder_is_left_alone(house: Any) -> None:
    house.write()
    house.warehouse.mkdir(parents=True)
    with pytest.raises(IngestError, match=r"models\.duckdb"):
        house.run()
    assert house.warehouse.is_dir()


def test_files_of_the_kernel_downloads_under_way_and_copies_of_editors_hold_no_run_up(house: Any) -> None:
    house.write("good.txt", name="Good 1")
    (house.pages / "kernel.txt").symlink_to("/proc/kmsg")  # of no size; reading it waits for the next message
    for name in ("page.html.crdownload", "page.html~", "page.txt.swp"):
        house.write(name, house.text(name="Half 1").encode()[:200])
    done = house.cli("run", house.pages)
    assert (done.returncode, done.stdout.splitlines()[0]) == (0, "pages      1 read, 0 unchanged, 1 rejected (empty 1)")
    assert "page.html.crdownload" in done.stderr and house.values("SELECT name FROM models") == ["Good 1"]


def test_a_document_that_is_met_twice_in_one_run_counts_once(house: Any) -> None:
    """By two paths, and through a link; what is stored in this run is nothing that the archive had lost."""
    house.write("good.txt", name="Good 1")
    (house.pages / "empty.warc").touch()
    (house.root / "link").symlink_to(house.pages)
    done = house.cli("run", house.pages, house.root / "link", house.pages / "good.txt")
    assert done.stdout.splitlines()[0] == "pages      1 read, 0 unchanged, 1 rejected (cut_off 1)"
    assert "had lost" not in done.stderr
    again = house.cli("run", house.root / "link")
    assert again.stdout.splitlines()[0] == "pages      0 read, 1 unchanged, 1 rejected (cut_off 1)"
    assert house.values("SELECT count(*) FROM captures") == [2]
