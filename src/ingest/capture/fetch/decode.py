"""Decode content codings piece by piece, so that memory stays bounded. Two limits detect a decompression bomb: the size
of the body, and its ratio to the bytes sent.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from typing import Protocol

import brotli
import zstandard

from ingest.capture.fetch.outcome import FetchError

RATIO = 200
"""Pages shrink to a tenth or so, tables of repeated markup to a fiftieth; deflate ends at 1,032."""
RATIO_FROM = 1 << 20
"""Below a megabyte a high ratio harms nobody."""

_STEP = 1 << 16
_ZSTD_STEP = 512
"""Bytes given to zstd at once: four bytes can mean 128 KB, so this means at most 16 MB before a limit is checked."""
_ZSTD_WINDOW = 8 << 20
"""RFC 9659: the window that a client of HTTP has to support, and needs no more."""
_MOST_CODINGS = 2


class _Coding(Protocol):
    def feed(self, data: bytes) -> Iterator[bytes]: ...

    def is_complete(self) -> bool: ...


class Decoder:
    """Undoes the codings of a body as it arrives.

    ``codings`` is the value of ``Content-Encoding``. Raises :class:`FetchError`: ``coding_unknown``,
    ``coding_broken``, ``body_too_large``, ``decompression_bomb``.
    """

    def __init__(self, codings: str | None, most_bytes: int) -> None:
        names = [n for part in (codings or "").lower().split(",") if (n := part.strip()) and n != "identity"]
        unknown = [name for name in names if name not in _CODINGS]
        if unknown or len(names) > _MOST_CODINGS:
            raise FetchError("coding_unknown", ", ".join(unknown or names)[:80])
        self._stages = [_CODINGS[name]() for name in reversed(names)]
        self._most = most_bytes
        self.taken = 0
        self.given = 0

    def feed(self, data: bytes) -> Iterator[bytes]:
        """The decoded pieces that ``data`` completes."""
        self.taken += len(data)
        if self.taken > self._most:
            raise FetchError("body_too_large", f"more than {self._most:,} bytes")
        for piece in self._through(0, data):
            self.given += len(piece)
            if self.given > self._most:
                raise FetchError("body_too_large", f"more than {self._most:,} bytes once decompressed")
            if self.given > RATIO_FROM and self.given > RATIO * self.taken:
                raise FetchError("decompression_bomb", f"more than {RATIO} times what was sent")
            yield piece

    def end(self) -> None:
        """Raises :class:`FetchError` when the body ended in the middle of a coding."""
        if self.taken and not all(stage.is_complete() for stage in self._stages):
            raise FetchError("cut_off", "the compressed body ends too early", retry=True)

    def _through(self, number: int, data: bytes) -> Iterator[bytes]:
        if number == len(self._stages):
            if data:
                yield data
            return
        for piece in self._stages[number].feed(data):
            yield from self._through(number + 1, piece)


def decode(content: bytes, codings: str | None, most_bytes: int) -> bytes:
    """A whole body decoded, with the limits and errors of :class:`Decoder`."""
    decoder = Decoder(codings, most_bytes)
    pieces = [piece for at in range(0, len(content), _STEP) for piece in decoder.feed(content[at : at + _STEP])]
    decoder.end()
    return b"".join(pieces)


class _Gzip:
    def __init__(self) -> None:
        self._member = zlib.decompressobj(wbits=31)

    def feed(self, data: bytes) -> Iterator[bytes]:
        while data:
            if self._member.eof:
                if not data.startswith(b"\x1f"):
                    return  # padding after the last member, which gzip itself ignores
                self._member = zlib.decompressobj(wbits=31)
            try:
                piece = self._member.decompress(data, _STEP)
            except zlib.error as error:
                raise FetchError("coding_broken", f"gzip: {error}") from None
            data = self._member.unused_data if self._member.eof else self._member.unconsumed_tail
            yield piece
            while not data and not self._member.eof and len(piece) == _STEP:  # more may be held back
                piece = self._member.decompress(b"", _STEP)
                data = self._member.unused_data if self._member.eof else b""
                yield piece

    def is_complete(self) -> bool:
        return self._member.eof


class _Brotli:
    def __init__(self) -> None:
        self._error = brotli.error
        self._decoder = brotli.Decompressor()

    def feed(self, data: bytes) -> Iterator[bytes]:
        if self._decoder.is_finished():
            return
        try:
            piece = self._decoder.process(data, output_buffer_limit=_STEP)
            while piece or not self._decoder.can_accept_more_data():
                yield piece
                if self._decoder.is_finished():
                    return
                piece = self._decoder.process(b"", output_buffer_limit=_STEP)
        except self._error as error:
            raise FetchError("coding_broken", f"br: {error}") from None

    def is_complete(self) -> bool:
        return bool(self._decoder.is_finished())


class _Zstd:
    def __init__(self) -> None:
        self._error = zstandard.ZstdError
        self._new = zstandard.ZstdDecompressor(max_window_size=_ZSTD_WINDOW).decompressobj
        self._frame = self._new()

    def feed(self, data: bytes) -> Iterator[bytes]:
        for at in range(0, len(data), _ZSTD_STEP):
            step = data[at : at + _ZSTD_STEP]
            while step:
                if self._frame.eof:
                    self._frame = self._new()
                try:
                    piece = self._frame.decompress(step)
                except self._error as error:
                    raise FetchError("coding_broken", f"zstd: {error}") from None
                step = self._frame.unused_data if self._frame.eof else b""
                yield piece

    def is_complete(self) -> bool:
        return bool(self._frame.eof)


_CODINGS: dict[str, type[_Gzip] | type[_Brotli] | type[_Zstd]] = {
    "gzip": _Gzip,
    "x-gzip": _Gzip,
    "br": _Brotli,
    "zstd": _Zstd,
}
ACCEPTED = "gzip, br, zstd"
