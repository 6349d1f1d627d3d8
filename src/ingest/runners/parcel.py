"""What goes to a worker and what comes back: records of captures out, columns and versions in.

The readers are imported where something is read: a flow has others read, and begins without them.

A parcel to another machine has no bytes of pages. Its worker loads them from the archive by their SHA-256, which also
checks them. Where a worker does not reach the archive, it says so, and the parcel is sent again with the bytes. On one
machine they go along: to hand them over takes a tenth of the time that loading them takes.
"""

from __future__ import annotations

import hashlib
import pickle
import traceback
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

import zstandard

from ingest.capture.archive import Archive, CaptureRecord, Work
from ingest.errors import IngestError
from ingest.rules import code_version, knowledge_version

if TYPE_CHECKING:
    from ingest.batch import Columns

_LEVEL = 9
"""zstd level of a parcel: 250 records take 2 ms, and a level of 3 gives a tenth more bytes."""


_MOST_ALONG = 4 << 20
"""Bytes of captures that go along to a worker on the same machine."""


class LostBatchError(IngestError):
    """The worker that read a batch was lost, or it took too long. The batch can be read again, by any worker."""


class Versions(NamedTuple):
    """What a batch was read with: digests of the code, of the knowledge files and of the sources in use."""

    code: str
    knowledge: str
    sources: str


@cache
def versions() -> Versions:
    """What this process reads with. It stays as it is while the process lives, and so do the imported modules."""
    from ingest.sources import sources

    readers = "\0".join(sorted(f"{name} {source.reader}" for name, source in sources().items()))
    return Versions(code_version(), knowledge_version(), hashlib.blake2b(readers.encode(), digest_size=5).hexdigest())


@dataclass(frozen=True, slots=True)
class Parcel:
    """A batch as it is sent to a worker. ``first`` is the location of its first page, for people.

    ``archive`` is where its captures lie. ``contents`` has their bytes, where the worker does not reach it, or is near.
    """

    pages: int
    first: str
    archive: str
    packed: bytes
    contents: tuple[bytes, ...] | None = None

    @classmethod
    def of(cls, batch: Sequence[Work], archive: str, *, is_near: bool = False) -> Parcel:
        """The parcel of a batch whose bytes are stored in the archive. They go along where the worker ``is_near``,
        unless they are many: parcels that wait for their turn would fill the memory."""
        rows = [_row(work.record) for work in batch]
        packed = zstandard.ZstdCompressor(level=_LEVEL).compress(pickle.dumps(rows, pickle.HIGHEST_PROTOCOL))
        pages = [work.record.location for work in batch if "not_data" not in work.record.extra]
        first = pages[0] if pages else batch[0].record.location
        is_small = is_near and sum(len(work.content) for work in batch) <= _MOST_ALONG
        return cls(len(pages), first, archive, packed, tuple(work.content for work in batch) if is_small else None)

    def records(self) -> list[CaptureRecord]:
        """The records of the batch."""
        return [_record(row) for row in pickle.loads(zstandard.ZstdDecompressor().decompress(self.packed))]

    def with_contents(self) -> Parcel:
        """The same parcel with the bytes of its captures. Raises :class:`IngestError` where some are damaged."""
        archive = Archive.at(self.archive)
        return replace(self, contents=tuple(archive.load_all(record.sha256 for record in self.records())))


class ReadAnswer(NamedTuple):
    """What a worker says of a parcel: ``columns``, or why there are none.

    ``unreached`` says why the captures could not be loaded there, ``failed`` what else went wrong.
    """

    worker: str
    versions: Versions
    columns: Columns | None = None
    unreached: str = ""
    failed: str = ""


def read_parcel(parcel: Parcel, worker: str = "") -> ReadAnswer:
    """Read a parcel on a worker, which is called ``worker``. Raises nothing: the answer says what went wrong."""
    from ingest.batch import read_batch

    try:
        records = parcel.records()
        contents: Sequence[bytes]
        if parcel.contents is None:
            try:
                contents = tuple(Archive.at(parcel.archive).load_all(record.sha256 for record in records))
            except IngestError as error:
                return ReadAnswer(worker, versions(), unreached=str(error))
        else:
            contents = parcel.contents
        works = [Work(record, content) for record, content in zip(records, contents, strict=True)]
        return ReadAnswer(worker, versions(), read_batch(works))
    except IngestError as error:
        return ReadAnswer(worker, versions(), failed=str(error))
    except Exception:
        return ReadAnswer(worker, versions(), failed=traceback.format_exc())


def columns_of(answer: ReadAnswer) -> Columns | None:
    """The columns of an answer; None where the parcel must be sent again with its bytes.

    Raises :class:`IngestError` where the worker reads with something else than this process, or failed.
    """
    if answer.versions != versions():
        theirs, ours = (_said(each) for each in (answer.versions, versions()))
        raise IngestError(
            f"The worker {answer.worker} reads with {theirs}, and this machine with {ours}: install the same version "
            "of ingest and of its sources there and start the worker again, then run again."
        )
    if answer.failed:
        raise IngestError(f"The worker {answer.worker} failed: {answer.failed}")
    return answer.columns


def _said(found: Versions) -> str:
    return f"code {found.code}, knowledge {found.knowledge} and sources {found.sources}"


_FIELDS = tuple(CaptureRecord.__dataclass_fields__)


def _row(record: CaptureRecord) -> tuple[object, ...]:
    """A record as plain values, hexadecimal digests as bytes: these are most of what cannot be compressed."""
    values = {name: getattr(record, name) for name in _FIELDS}
    return tuple(_packed(value) if name in _DIGESTS else value for name, value in values.items())


def _record(row: Sequence[object]) -> CaptureRecord:
    values = {
        name: value.hex() if isinstance(value, bytes) else value for name, value in zip(_FIELDS, row, strict=True)
    }
    return CaptureRecord(**values)  # type: ignore[arg-type]


_DIGESTS = ("capture_id", "sha256")


def _packed(digest: str) -> bytes | str:
    """A digest as bytes, where it is one: an id of another form stays a text."""
    try:
        found = bytes.fromhex(digest)
    except ValueError:
        return digest
    return found if found.hex() == digest else digest
