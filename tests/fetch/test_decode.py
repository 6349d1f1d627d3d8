from __future__ import annotations

import functools
import gzip
import zlib

import brotli
import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from ingest.capture.fetch.decode import Decoder, decode
from ingest.capture.fetch.outcome import FetchError

MB = 1 << 20
_brotli = functools.partial(brotli.compress, quality=4)  # the default takes seconds for what tests send
CODERS = {"gzip": gzip.compress, "br": _brotli, "zstd": zstandard.ZstdCompressor().compress}


@given(st.binary(max_size=5000), st.sampled_from(sorted(CODERS)), st.integers(1, 999))
def test_bodies_come_back_however_they_are_cut(body: bytes, coding: str, step: int) -> None:
    sent = CODERS[coding](body)
    decoder = Decoder(coding, MB)
    pieces = [piece for at in range(0, len(sent), step) for piece in decoder.feed(sent[at : at + step])]
    decoder.end()
    assert b"".join(pieces) == body


@pytest.mark.parametrize("coding", CODERS)
def test_large_bodies_come_back(coding: str) -> None:
    body = b"".join(b"<li>model %d</li>" % number for number in range(100_000))
    assert decode(CODERS[coding](body), coding, 8 * MB) == body


def test_codings_in_a_row_and_members_in_a_row() -> None:
    assert decode(_brotli(gzip.compress(b"page")), "gzip, br", MB) == b"page"
    assert decode(gzip.compress(b"one") + gzip.compress(b"two") + b"\0\0", "gzip", MB) == b"onetwo"
    assert decode(CODERS["zstd"](b"one") + CODERS["zstd"](b"two"), "zstd", MB) == b"onetwo"
    assert decode(b"plain", "identity", MB) == b"plain"


@pytest.mark.parametrize("coding", CODERS)
def test_a_bomb_is_stopped_early(coding: str) -> None:
    bomb = CODERS[coding](bytes(64 * MB))
    decoder = Decoder(coding, 1024 * MB)
    with pytest.raises(FetchError) as caught:
        for at in range(0, len(bomb), 4096):
            for _ in decoder.feed(bomb[at : at + 4096]):
                pass
    assert caught.value.reason == "decompression_bomb"
    assert decoder.given < 18 * MB


@pytest.mark.parametrize("coding", CODERS)
def test_size_is_limited_once_decompressed(coding: str) -> None:
    noise = b"".join(zlib.compress(b"%d" % number) for number in range(100_000))
    with pytest.raises(FetchError, match="body_too_large"):
        decode(CODERS[coding](noise), coding, len(noise) - 1)


@pytest.mark.parametrize("coding", CODERS)
def test_a_body_that_is_cut_off_or_broken_says_so(coding: str) -> None:
    sent = CODERS[coding](b"a page that has some length, so that half of it is not enough " * 20)
    with pytest.raises(FetchError) as caught:
        decode(sent[: len(sent) // 2], coding, MB)
    assert caught.value.reason == "cut_off"
    with pytest.raises(FetchError):
        decode(b"\xff\x00 no such thing", coding, MB)


def test_codings_nobody_asked_for_are_refused() -> None:
    for codings in ("compress", "gzip, gzip, gzip", "x" * 5000):
        with pytest.raises(FetchError) as caught:
            Decoder(codings, MB)
        assert caught.value.reason == "coding_unknown"
