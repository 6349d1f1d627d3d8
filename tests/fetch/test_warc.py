from __future__ import annotations

import contextlib
import gzip
import io
import re
import tempfile
import tracemalloc
from pathlib import Path

import pytest
from fetching import data, fetch_all, records
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from server import Answer, Server, page
from warcio.archiveiterator import ArchiveIterator
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from ingest.capture.archive import Archive, CaptureRecord
from ingest.capture.warc import is_warc, read_warc, write_warc
from ingest.errors import IngestError
from ingest.settings import Settings

DATE = {"WARC-Date": "2026-03-01T12:00:00Z"}


def warc(path: Path, *answers: tuple[str, bytes, dict[str, str]], status: str = "200 OK") -> Path:
    """A WARC file as another crawler writes it."""
    with path.open("wb") as file:
        writer = WARCWriter(file, gzip=path.name.endswith(".gz"))
        writer.write_record(writer.create_warcinfo_record(path.name, {"software": "another crawler"}))
        for url, body, headers in answers:
            http = StatusAndHeaders(status, list(headers.items()), protocol="HTTP/1.1")
            record = writer.create_warc_record(
                url, "response", payload=io.BytesIO(body), length=len(body), http_headers=http, warc_headers_dict=DATE
            )
            writer.write_record(record)
    return path


HTML = {"Content-Type": "text/html", "ETag": '"1"'}


@pytest.mark.parametrize("name", ["a.warc", "a.warc.gz"])
def test_an_archive_that_somebody_else_crawled_is_read(name: str, tmp_path: Path) -> None:
    chunked = b"5\r\nhello\r\n6\r\n there\r\n0\r\n\r\n"
    path = warc(
        tmp_path / name,
        ("http://EXAMPLE.com:80/a#x", b"<p>page</p>", HTML),
        ("http://user:hush@example.com/b", gzip.compress(b"<p>b</p>"), {**HTML, "Content-Encoding": "gzip"}),
        ("http://example.com/c", chunked, {**HTML, "Transfer-Encoding": "chunked"}),
        ("dns:example.com", b"20260301 example.com", {}),
    )
    captures = list(read_warc(path, source="model-page"))
    assert [record.location for record, _ in captures] == [f"http://example.com/{name}" for name in "abc"]
    assert [body for _, body in captures] == [b"<p>page</p>", b"<p>b</p>", b"hello there"]
    record = captures[0][0]
    assert (record.http_status, record.etag, record.media_type) == (200, '"1"', "text/html")
    assert (record.captured_at, record.source) == ("2026-03-01T12:00:00.000000+00:00", "model-page")
    assert [r.capture_id for r, _ in read_warc(path)] == [r.capture_id for r, _ in captures]
    assert is_warc(path)
    assert not is_warc(tmp_path / "page.html")


def test_what_is_no_data_says_so(tmp_path: Path) -> None:
    path = warc(tmp_path / "a.warc", ("http://example.com/a", b"gone", HTML), status="404 Not Found")
    ((record, _),) = read_warc(path)
    assert record.extra["not_data"] == "http_status: 404"
    path = warc(tmp_path / "b.warc", ("http://example.com/a", b"<input type=password>", HTML))
    ((record, _),) = read_warc(path)
    assert record.extra["not_data"] == "login_page"


def test_a_bomb_in_a_record_is_no_page_and_the_next_record_is(tmp_path: Path) -> None:
    bomb = gzip.compress(bytes(200 << 20))
    path = warc(
        tmp_path / "a.warc",
        ("http://example.com/bomb", bomb, {**HTML, "Content-Encoding": "gzip"}),
        ("http://example.com/b", b"<p>b</p>", HTML),
    )
    tracemalloc.start()
    (first, _), (second, body) = read_warc(path)
    assert tracemalloc.get_traced_memory()[1] < 30 << 20
    tracemalloc.stop()
    assert first.extra["not_data"].startswith("decompression_bomb")
    assert ("not_data" in second.extra, body) == (False, b"<p>b</p>")


def test_what_goes_out_comes_in_again(server: Server, settings: Settings, tmp_path: Path) -> None:
    for number in range(20):
        server.routes[f"/m/{number}"] = Answer(page(f"model {number}").body, headers={"ETag": f'"{number}"'})
    server.routes["/gone"] = Answer(b"gone", status=410)
    urls = [*(f"{server.url}/m/{number}" for number in range(20)), f"{server.url}/gone"]
    fetch_all(urls, settings)
    server.routes["/m/3"] = lambda request: Answer(status=304)
    fetch_all([f"{server.url}/m/3"], settings)
    archive = Archive(settings.raw)
    out = tmp_path / "out.warc.gz"
    counts = write_warc(archive, out)
    assert counts == {"response": len(records(settings)) - 1, "revisit": 1}
    again = list(read_warc(out))
    pages = [(record, body) for record, body in again if "not_modified" not in record.extra]
    assert {record.capture_id for record, _ in again} == {record.capture_id for record in records(settings)}
    for record, body in pages:
        assert archive.load(record.sha256) == body
    (revisit,) = [record for record, _ in again if record.extra.get("not_modified")]
    before = next(record for record in data(settings) if record.location.endswith("/m/3"))
    assert (revisit.extra["same_as"], revisit.sha256) == (before.capture_id, before.sha256)
    first = out.read_bytes()
    write_warc(archive, out)
    assert out.read_bytes() == first


def test_other_tools_read_what_goes_out(server: Server, settings: Settings, tmp_path: Path) -> None:
    server.routes["/a"] = Answer(gzip.compress(page("a").body), headers={"Content-Encoding": "gzip"})
    fetch_all([f"{server.url}/a"], settings)
    out = tmp_path / "out.warc"
    write_warc(Archive(settings.raw), out, chosen=lambda record: record.location.endswith("/a"))
    with out.open("rb") as file:
        (found,) = [
            (r.rec_headers.get_header("WARC-Target-URI"), r.content_stream().read(), r.digest_checker.passed)
            for r in ArchiveIterator(file, check_digests=True)
        ]
    assert found == (f"{server.url}/a", page("a").body, True)


def test_captures_of_local_files_stay_at_home(tmp_path: Path) -> None:
    archive = Archive(tmp_path / "raw")
    local = CaptureRecord("x", "/home/somebody/page.html", "0" * 64, 0, "2026-03-01T12:00:00+00:00")
    archive.keep("20260301T120000Z", [(local, b"")], {"0" * 64})
    assert write_warc(archive, tmp_path / "out.warc") == {"local": 1}


def test_damage_is_found(tmp_path: Path) -> None:
    pages = [(f"http://example.com/{number}", b"<p>page %d</p>" % number * 50, HTML) for number in range(10)]
    whole = warc(tmp_path / "a.warc", *pages).read_bytes()
    cut = tmp_path / "cut.warc"
    cut.write_bytes(whole[: whole.index(b"page 9") + 20])
    found = list(read_warc(cut))
    assert [r.extra.get("not_data") for r, _ in found] == [None] * 9 + [
        "cut_off: the file ends within the record, in cut.warc"
    ]
    flipped = tmp_path / "flipped.warc"
    flipped.write_bytes(whole.replace(b"page 4</p><p>page 4", b"page 4</p><p>pagE 4", 1))
    reasons = [r.extra.get("not_data") for r, _ in read_warc(flipped)]
    assert reasons == [None] * 4 + ["damaged: the record's digest is of other bytes, in flipped.warc"] + [None] * 5
    for content in (b"", b"<html>", b"\x1f\x8b\x08broken", gzip.compress(b"no warc"), bytes(100)):
        wrong = tmp_path / "wrong.warc.gz"
        wrong.write_bytes(content)
        with pytest.raises(IngestError, match="no WARC file"):
            list(read_warc(wrong))
    with pytest.raises(IngestError, match="cannot be read"):
        list(read_warc(tmp_path / "missing.warc"))


@given(st.integers(0, 3000), st.binary(min_size=1, max_size=20))
@hypothesis_settings(max_examples=60)
def test_any_damage_gives_captures_or_one_clear_error(at: int, noise: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = warc(Path(folder) / "a.warc", *[(f"http://example.com/{n}", b"<p>x</p>" * 20, HTML) for n in range(5)])
        content = path.read_bytes()
        path.write_bytes(content[:at] + noise + content[at + len(noise) :])
        with contextlib.suppress(IngestError):
            for record, body in read_warc(path):
                assert record.bytes == len(body)


@pytest.mark.parametrize("digest", ["\0sha1:AAAA", "sha1:", ":", "md5:AAAA", "sha1:AAAA:B", "\0", "shake_128:AAAA"])
def test_an_odd_digest_in_a_header_is_damage_or_none(digest: str, tmp_path: Path) -> None:
    content = warc(tmp_path / "a.warc", ("http://example.com/a", b"<p>a</p>", HTML)).read_bytes()
    (tmp_path / "b.warc").write_bytes(re.sub(rb"(WARC-Block-Digest:) [^\r]*", rb"\1 " + digest.encode(), content))
    try:
        ((record, _),) = read_warc(tmp_path / "b.warc")
        assert record.location == "http://example.com/a"
    except IngestError as error:
        assert "is damaged" in str(error)


def test_a_file_that_cannot_be_written_leaves_nothing_behind(tmp_path: Path) -> None:
    with pytest.raises(IngestError, match="cannot be written"):
        write_warc(Archive(tmp_path), tmp_path / "no" / "such" / "folder.warc")
    assert list(tmp_path.iterdir()) == []


def test_what_warcio_prints_of_a_file_names_the_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A record whose Content-Length is too small: its rest stands where the next record should."""
    path = tmp_path / "odd.warc"
    body = b"HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\n\r\nfirst line\nsecond line\n"
    head = (
        b"WARC/1.0\r\nWARC-Type: response\r\nWARC-Target-URI: http://example.org/%d\r\n"
        b"WARC-Record-ID: <urn:uuid:0000000%d-0000-0000-0000-000000000000>\r\nWARC-Date: 2025-09-11T06:00:00Z\r\n"
        b"Content-Length: %d\r\n\r\n"
    )
    path.write_bytes(head % (1, 1, len(body) - 8) + body + b"\r\n\r\n" + head % (2, 2, len(body)) + body + b"\r\n\r\n")
    told: list[str] = []
    list(read_warc(path, notice=told.append))
    assert [said.startswith(f"In {str(path)!r} a record is not what it says: ") for said in told] == [True]
    assert capsys.readouterr().err == ""
