"""Read the pages of other crawlers from WARC files (ISO 28500), and write captures of this archive to them.

Reading streams: one record is in memory at a time. Bodies are stored without transfer and content codings, as the
fetcher stores them, so a page has the same bytes whether it was fetched or read from a WARC file.
"""

from __future__ import annotations

import gzip
import io
import uuid
import zlib
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import redirect_stderr
from datetime import UTC, datetime
from http import HTTPStatus
from pathlib import Path
from typing import Any, BinaryIO

from warcio.archiveiterator import ArchiveIterator
from warcio.bufferedreaders import ChunkedDataReader
from warcio.exceptions import ArchiveLoadFailed
from warcio.recordloader import ArcWarcRecord
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from ingest.capture.archive import Archive, CaptureRecord, capture_id_of, sha256_of, utc_text
from ingest.capture.fetch.decode import Decoder
from ingest.capture.fetch.keep import kept_headers
from ingest.capture.fetch.outcome import FetchError
from ingest.capture.fetch.urls import canonical, is_url
from ingest.errors import IngestError
from ingest.read.reject import not_data_reason
from ingest.records.limits import LARGEST_PAGE

_STEP = 1 << 16
_ODD_HEADERS = (ValueError, TypeError, AttributeError, IndexError)
"""The exceptions that warcio raises for unexpected headers of a record. It has none of its own for them."""
_ENDINGS = (".warc", ".warc.gz")
_CODED = frozenset({"content-encoding", "content-length", "transfer-encoding"})


def is_warc(path: Path) -> bool:
    """Whether a file is a WARC by its name."""
    return path.name.lower().endswith(_ENDINGS)


def read_warc(
    path: Path,
    source: str | None = None,
    recorded_at: datetime | None = None,
    notice: Callable[[str], None] = lambda _: None,
) -> Iterator[tuple[CaptureRecord, bytes]]:
    """Yield the captures of a WARC file in its order: responses and resources of http and https.

    The time of a capture is that of its record, so reading the file again gives the same captures. A page that its
    crawler saw unchanged (``revisit``) has ``not_modified`` in ``extra`` and no bytes. A record that is not data has
    the reason in ``extra["not_data"]``: a status of failure, another kind of page, a body that is cut off, damaged or
    too large. Raises :class:`IngestError` for a file that is not a WARC, or at the point after which nothing can be
    read.
    """
    now = recorded_at or datetime.now(UTC)
    seen: dict[tuple[str, str], tuple[str, str, int]] = {}
    try:
        with path.open("rb") as file:
            _check_beginning(file, path)
            for record in _records(file, path, notice):
                if record.format == "warc" and record.rec_type in ("response", "resource", "revisit"):
                    capture = _capture(record, source, now, seen, path.name)
                    if capture is not None:
                        yield capture
    except OSError as error:
        raise IngestError(f"{str(path)!r} cannot be read: {error.strerror or error}.") from None
    except (ArchiveLoadFailed, EOFError, zlib.error, *_ODD_HEADERS) as error:
        is_told = isinstance(error, ArchiveLoadFailed | EOFError | zlib.error)
        text = " ".join(str(error).split())[:200] if is_told else "the headers of a record cannot be read"
        raise IngestError(f"{str(path)!r} is damaged, and ends for a reader where it is: {text}.") from None


def _records(file: BinaryIO, path: Path, notice: Callable[[str], None]) -> Iterator[ArcWarcRecord]:
    """The records of a file. What warcio prints of it is told through ``notice``, with the name of the file, once."""
    records = ArchiveIterator(file, check_digests=True)
    told = False
    while True:
        said = io.StringIO()
        with redirect_stderr(said):
            record = next(records, None)
        if said.getvalue() and not told:
            told = True
            notice(f"In {str(path)!r} a record is not what it says: {' '.join(said.getvalue().split())[:200]}")
        if record is None:
            return
        yield record


def write_warc(
    archive: Archive, path: Path, *, chosen: Callable[[CaptureRecord], bool] = lambda _: True
) -> dict[str, int]:
    """Write the captures that came over HTTP as a WARC 1.1 file, gzipped where the name ends in ``.gz``.

    The same captures give exactly the same file. It is written under another name and renamed once it is whole. Returns
    the number of records by kind, and the number of captures that were left out because they did not come over HTTP
    (``local``). Raises :class:`IngestError` if the file cannot be written or a capture is damaged.
    """
    counts: Counter[str] = Counter()
    temporary = path.with_name(f"{path.name}.part")
    places: dict[str, tuple[str, str]] = {}
    try:
        with temporary.open("wb") as file:
            writer = _Writer(file, path.name.endswith(".gz"))
            for record in archive.records():
                if not is_url(record.location) or record.http_status is None:
                    counts["local"] += 1
                elif chosen(record):
                    counts[writer.write(record, archive, places)] += 1
        temporary.replace(path)
    except OSError as error:
        temporary.unlink(missing_ok=True)
        raise IngestError(f"{str(path)!r} cannot be written: {error.strerror or error}.") from None
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    return dict(counts)


def _check_beginning(file: BinaryIO, path: Path) -> None:
    head = file.read(4)
    file.seek(0)
    if head[:2] == b"\x1f\x8b":
        with gzip.open(io.BytesIO(file.read(_STEP))) as member:
            try:
                head = member.read(4)
            except (EOFError, zlib.error, OSError):
                head = b""
        file.seek(0)
    if head != b"WARC":
        raise IngestError(f"{str(path)!r} is no WARC file: it does not begin with a WARC record.")


def _capture(
    record: ArcWarcRecord,
    source: str | None,
    now: datetime,
    seen: dict[tuple[str, str], tuple[str, str, int]],
    file: str,
) -> tuple[CaptureRecord, bytes] | None:
    headers = record.rec_headers
    uri, moment = headers.get_header("WARC-Target-URI") or "", _moment(headers.get_header("WARC-Date"))
    try:
        location = canonical(uri)
    except FetchError:
        return None  # dns: and the like, written by crawlers for themselves
    status, fields = _http(record)
    extra: dict[str, Any] = {"warc_record": headers.get_header("WARC-Record-ID") or ""}
    body, problem = b"", None
    known: tuple[str, str, int] | None = None
    if record.rec_type == "revisit":
        known = seen.get(_reference(record, location, moment))
        extra["not_modified"] = True
        if known is None:
            extra["not_data"] = "revisit: what it refers to is not in the file"
        else:
            extra["same_as"] = known[1]
    else:
        body, problem = _body(record, fields)
        if problem is not None and ":" in problem:
            problem += f", in {file}"  # where somebody has to look
    sha256 = known[0] if known else sha256_of(body)
    media_type = fields.get("content-type") or (record.content_type if record.http_headers is None else None)
    if problem is None and record.rec_type != "revisit":
        problem = _not_data(status, body, location)
    if problem is not None:
        extra["not_data"] = problem
    if kept := kept_headers(fields):
        extra["headers"] = kept
    if "last-modified" in fields:
        extra["last_modified"] = fields["last-modified"][:500]
    capture = CaptureRecord(
        capture_id=capture_id_of(location, sha256, moment),
        location=location,
        sha256=sha256,
        bytes=known[2] if known else len(body),
        recorded_at=utc_text(now),
        source=source,
        captured_at=moment,
        media_type=(media_type or "")[:200] or None,
        http_status=status,
        etag=fields.get("etag", "")[:500] or None,
        extra=extra,
    )
    if record.rec_type != "revisit" and moment is not None:
        seen[location, moment] = (sha256, capture.capture_id, capture.bytes)
    return capture, body


def _not_data(status: int | None, body: bytes, location: str) -> str | None:
    if status is not None and not 200 <= status < 300:
        return f"http_status: {status}"
    return not_data_reason(body, location)


def _reference(record: ArcWarcRecord, location: str, moment: str | None) -> tuple[str, str]:
    headers = record.rec_headers
    try:
        place = canonical(headers.get_header("WARC-Refers-To-Target-URI") or location)
    except FetchError:
        place = location
    return place, _moment(headers.get_header("WARC-Refers-To-Date")) or moment or ""


def _http(record: ArcWarcRecord) -> tuple[int | None, dict[str, str]]:
    if record.http_headers is None:
        return (200 if record.rec_type == "resource" else None), {}
    code = record.http_headers.get_statuscode()
    fields = {name.lower(): value for name, value in record.http_headers.headers}
    return (int(code) if code.isascii() and code.isdecimal() and len(code) == 3 else None), fields


def _body(record: ArcWarcRecord, fields: dict[str, str]) -> tuple[bytes, str | None]:
    """A record's body without codings, and what is wrong with it, or None."""
    if (record.payload_length or 0) > LARGEST_PAGE or (record.length or 0) > 2 * LARGEST_PAGE:
        return b"", "body_too_large"
    stream = record.raw_stream
    if "chunked" in fields.get("transfer-encoding", "").lower():
        stream = ChunkedDataReader(stream, decomp_type=None)
    pieces: list[bytes] = []
    try:
        decoder = Decoder(fields.get("content-encoding"), LARGEST_PAGE)
        while data := stream.read(_STEP):
            pieces.extend(decoder.feed(data))
        decoder.end()
    except FetchError as error:
        return b"".join(pieces), str(error)
    return b"".join(pieces), _what_is_missing(record, fields, decoder.taken)


def _what_is_missing(record: ArcWarcRecord, fields: dict[str, str], came: int) -> str | None:
    """What says that a body is not the whole that was sent; None where nothing does. ``came`` are its bytes."""
    if getattr(record.raw_stream, "limit", 0) > 0:
        return "cut_off: the file ends within the record"
    if why := record.rec_headers.get_header("WARC-Truncated"):
        return f"cut_off: the crawler stored a part of it ({' '.join(why.split())[:40]})"
    declared = fields.get("content-length", "").strip()
    if declared.isascii() and declared.isdecimal() and not _is_coded(fields) and came < int(declared[:19]):
        return f"cut_off: {came:,} of {int(declared[:19]):,} bytes came"
    if any("block digest" in problem for problem in record.digest_checker.problems):
        return "damaged: the record's digest is of other bytes"
    return None


def _is_coded(fields: dict[str, str]) -> bool:
    """Whether the length of a body is not the one that its header declares: crawlers undo codings and keep the
    headers. Whether a coded body is whole, its coding says."""
    codings = (fields.get("content-encoding", ""), fields.get("transfer-encoding", ""))
    return any(coding.strip().lower() not in ("", "identity") for coding in codings)


def _moment(text: str | None) -> str | None:
    try:
        moment = datetime.fromisoformat((text or "").strip())
    except ValueError:
        return None
    return utc_text(moment if moment.tzinfo else moment.replace(tzinfo=UTC))


class _Writer:
    def __init__(self, file: BinaryIO, is_gzip: bool) -> None:
        self._writer = WARCWriter(file, gzip=is_gzip, warc_version="1.1")

    def write(self, record: CaptureRecord, archive: Archive, places: dict[str, tuple[str, str]]) -> str:
        """Write one capture. Returns the kind of record. ``places`` collects where earlier records stand."""
        status = record.http_status or 200
        fields = [(n, v) for n, v in record.extra.get("headers", {}).items() if n not in _CODED]
        is_revisit = bool(record.extra.get("not_modified"))
        body = b"" if is_revisit else archive.load(record.sha256)
        if not is_revisit:
            fields.append(("content-length", str(len(body))))
        http = StatusAndHeaders(f"{status} {_phrase(status)}", fields, protocol="HTTP/1.1")
        facts = {
            "WARC-Record-ID": f"<urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, record.capture_id)}>",
            "WARC-Date": _warc_date(record.captured_at or record.recorded_at),
        }
        location = str(record.extra.get("requested", record.location))
        if is_revisit:
            of, when = places.get(str(record.extra.get("same_as")), (location, facts["WARC-Date"]))
            facts |= {"WARC-Refers-To-Target-URI": of, "WARC-Refers-To-Date": when}
            facts["WARC-Profile"] = "http://netpreserve.org/warc/1.1/revisit/server-not-modified"
            made = self._writer.create_warc_record(location, "revisit", http_headers=http, warc_headers_dict=facts)
        else:
            made = self._writer.create_warc_record(
                location, "response", payload=io.BytesIO(body), length=len(body), http_headers=http,
                warc_headers_dict=facts,
            )  # fmt: skip
        self._writer.write_record(made)
        places[record.capture_id] = (location, facts["WARC-Date"])
        return "revisit" if is_revisit else "response"


def _warc_date(moment: str) -> str:
    return moment.replace("+00:00", "Z")


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Unknown"
