"""What a hostile or broken server tries, and the clear refusal that it gets."""

from __future__ import annotations

import asyncio
import datetime
import functools
import gzip
import ipaddress
import logging
import ssl
import time
import tracemalloc
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import brotli
import pytest
import zstandard
from fetching import fetch_one
from h2.config import H2Configuration
from h2.connection import H2Connection
from h2.events import RequestReceived
from server import Answer, Server, page

from ingest.capture.fetch.outcome import FetchError, Response
from ingest.capture.fetch.policy import Policy

Get = Callable[..., Response]
MB = 1 << 20
_brotli = functools.partial(brotli.compress, quality=4)


def reason_of(get: Get, path: str, **policy: Any) -> str:
    with pytest.raises(FetchError) as caught:
        get(path, **policy)
    return caught.value.reason


def test_a_page_comes_whole_with_what_matters(server: Server, get: Get) -> None:
    server.routes["/a"] = Answer(b"<p>page</p>", headers={"ETag": '"1"', "X-Two": "a"}, media_type="text/html")
    response = get("/a", contact="mailto:ops@example.org")
    assert (response.status, response.body, response.url) == (200, b"<p>page</p>", f"{server.url}/a")
    assert (response.headers["etag"], response.media_type) == ('"1"', "text/html")
    sent = server.requests[0].headers
    assert sent["user-agent"].startswith("ingest/")
    assert "mailto:ops@example.org" in sent["user-agent"]
    assert sent["accept-encoding"] == "gzip, br, zstd"


@pytest.mark.parametrize(
    ("coding", "code"),
    [("gzip", gzip.compress), ("br", _brotli), ("zstd", zstandard.ZstdCompressor().compress)],
)
def test_codings_are_undone(coding: str, code: Callable[[bytes], bytes], server: Server, get: Get) -> None:
    server.routes["/a"] = Answer(code(b"<p>page</p>" * 50), headers={"Content-Encoding": coding})
    assert get("/a").body == b"<p>page</p>" * 50


def test_redirects_are_followed_and_recorded(server: Server, get: Get) -> None:
    server.routes["/a"] = Answer(status=301, headers={"Location": "b?utm_source=x"})
    server.routes["/b"] = Answer(status=302, headers={"Location": f"{server.url}/c#part"})
    server.routes["/c"] = page("c")
    response = get("/a")
    assert response.url == f"{server.url}/c"
    assert response.redirects == ((301, f"{server.url}/b"), (302, f"{server.url}/c"))


def test_endless_redirects_end(server: Server, get: Get) -> None:
    server.routes["/a"] = Answer(status=302, headers={"Location": "/b"})
    server.routes["/b"] = Answer(status=302, headers={"Location": "/a"})
    assert reason_of(get, "/a") == "redirect_loop"
    server.fallback = lambda request: Answer(status=302, headers={"Location": request.path + "x"})
    server.requests.clear()
    assert reason_of(get, "/endless") == "too_many_redirects"
    assert len(server.requests) == 11


def test_a_body_that_never_ends_ends(server: Server, get: Get) -> None:
    async def pieces() -> AsyncIterator[bytes]:
        while True:
            yield b"x" * 65536

    server.routes["/endless"] = Answer(pieces=pieces)
    server.routes["/declared"] = Answer(b"x", length=10**12)
    assert reason_of(get, "/endless", most_bytes=4 * MB) == "body_too_large"
    assert reason_of(get, "/declared", most_bytes=4 * MB) == "body_too_large"


def test_a_slow_drip_meets_the_limit_of_the_page_and_silence_that_of_a_read(server: Server, get: Get) -> None:
    async def drip() -> AsyncIterator[bytes]:
        while True:
            yield b"x"
            await asyncio.sleep(0.05)

    server.routes["/drip"] = Answer(pieces=drip)
    server.routes["/silent"] = Answer(b"x", delay=30)
    began = time.monotonic()
    assert reason_of(get, "/drip", page_seconds=0.5) == "page_timeout"
    assert reason_of(get, "/silent", read_seconds=0.3) == "read_timeout"
    assert time.monotonic() - began < 25


def test_a_drip_of_redirects_meets_the_limit_of_the_page(server: Server, get: Get) -> None:
    def slow(request: Any) -> Answer:
        return Answer(status=302, headers={"Location": request.path + "x"}, delay=0.2)

    server.fallback = slow
    assert reason_of(get, "/slow", page_seconds=0.5, most_redirects=100) == "page_timeout"


@pytest.mark.parametrize(
    ("coding", "code"),
    [
        ("gzip", gzip.compress),
        ("br", _brotli),
        ("zstd", zstandard.ZstdCompressor(level=19).compress),
        ("gzip, gzip", lambda body: gzip.compress(gzip.compress(body))),
    ],
)
def test_a_decompression_bomb_is_refused_without_filling_memory(
    coding: str, code: Callable[[bytes], bytes], server: Server, get: Get
) -> None:
    server.routes["/bomb"] = Answer(code(bytes(100 * MB)), headers={"Content-Encoding": coding})
    tracemalloc.start()
    assert reason_of(get, "/bomb", most_bytes=1000 * MB) in ("decompression_bomb", "body_too_large")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 60 * MB


def test_headers_of_megabytes_are_refused(server: Server, get: Get) -> None:
    server.routes["/one"] = Answer(b"x", headers={"X-Long": "x" * 2 * MB})
    server.routes["/many"] = Answer(b"x", headers={f"X-{number}": "y" * 100 for number in range(20_000)})
    assert reason_of(get, "/one") == "headers_too_large"
    assert reason_of(get, "/many") == "headers_too_large"


def test_what_is_cut_off_is_no_page(server: Server, get: Get) -> None:
    async def cut_in_chunk(writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\nff\r\nhal")
        await writer.drain()

    async def cut_at_once(writer: asyncio.StreamWriter) -> None:
        writer.close()

    async def no_http(writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 mail.example.com ESMTP\r\n\r\n")
        await writer.drain()

    server.routes |= {"/chunk": cut_in_chunk, "/close": cut_at_once, "/smtp": no_http}
    server.routes["/short"] = Answer(b"only this", length=5000, cut=True)
    server.routes["/gzip"] = Answer(gzip.compress(b"page" * 999)[:40], headers={"Content-Encoding": "gzip"})
    for path in ("/chunk", "/close", "/smtp", "/short", "/gzip"):
        assert reason_of(get, path) == "cut_off", path


def test_a_stated_length_that_is_too_small_bounds_the_page(server: Server, get: Get) -> None:
    server.routes["/long"] = Answer(b"page and more", length=4)
    assert get("/long").body == b"page"


def test_media_is_refused_and_a_page_that_is_called_media_is_not(server: Server, get: Get) -> None:
    server.routes["/film"] = Answer(b"\x00\x00\x00 ftypisom", media_type="video/mp4")
    server.routes["/page"] = Answer(b"\n <!DOCTYPE html><p>x", media_type="image/png")
    server.routes["/charset"] = Answer(b"<p>\xff\xfe", media_type="text/html; charset=no-such-thing\xe9")
    assert reason_of(get, "/film") == "media_refused"
    assert get("/page").body.endswith(b"<p>x")
    assert get("/charset").body == b"<p>\xff\xfe"


def test_nobody_there_and_no_such_name(get: Get) -> None:
    with Server() as gone:
        port = gone.port
    allow = frozenset({("127.0.0.1", port), ("no-such-name.invalid", 80)})
    assert reason_of(get, f"http://127.0.0.1:{port}/", allow=allow) == "connect_failed"
    assert reason_of(get, "http://no-such-name.invalid/", allow=allow) == "dns_failed"


def test_cookies_are_off_unless_a_source_wants_them(server: Server) -> None:
    server.routes["/a"] = Answer(status=302, headers={"Location": "/b", "Set-Cookie": "id=1"})
    server.routes["/b"] = page("b")
    policy = Policy(allow=frozenset({("127.0.0.1", server.port)}))
    fetch_one(f"{server.url}/a", policy)
    assert "cookie" not in server.requests[-1].headers
    fetch_one(f"{server.url}/a", Policy(allow=policy.allow, cookies=True))
    assert server.requests[-1].headers["cookie"] == "id=1"


def test_secret_headers_go_to_their_host_alone(server: Server) -> None:
    with Server({"/b": page("b")}) as other:
        server.routes["/a"] = Answer(status=302, headers={"Location": f"{other.url}/b"})
        pairs = frozenset({("127.0.0.1", server.port), ("127.0.0.1", other.port)})
        policy = Policy(allow=pairs, headers={server.host: {"Authorization": "Bearer hush"}})
        assert fetch_one(f"{server.url}/a", policy).status == 200
        assert server.requests[0].headers["authorization"] == "Bearer hush"
        assert "authorization" not in other.requests[0].headers
        assert "hush" not in repr(policy)


@pytest.fixture
def certificate(tmp_path: Path) -> Callable[[str], tuple[ssl.SSLContext, Path]]:
    """Makes a self-signed certificate for a name: a server's context, and the file a client would trust."""
    pytest.importorskip("cryptography")
    from cryptography import x509  # noqa: PLC0415
    from cryptography.hazmat.primitives import hashes, serialization  # noqa: PLC0415
    from cryptography.hazmat.primitives.asymmetric import ec  # noqa: PLC0415

    def make(name: str) -> tuple[ssl.SSLContext, Path]:
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
        try:
            alternative: x509.GeneralName = x509.IPAddress(ipaddress.ip_address(name))
        except ValueError:
            alternative = x509.DNSName(name)
        now = datetime.datetime.now(datetime.UTC)
        made = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(subject)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - datetime.timedelta(days=1))
            .not_valid_after(now + datetime.timedelta(days=1))
            .add_extension(x509.SubjectAlternativeName([alternative]), critical=False)
            .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
            .sign(key, hashes.SHA256())
        )
        public, private = tmp_path / f"{name}.pem", tmp_path / f"{name}.key"
        public.write_bytes(made.public_bytes(serialization.Encoding.PEM))
        private.write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
        )
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(public, private)
        return context, public

    return make


def test_certificates_are_verified_and_an_authority_can_be_added(
    certificate: Callable[[str], tuple[ssl.SSLContext, Path]],
) -> None:
    context, public = certificate("127.0.0.1")
    with Server({"/a": page("a")}, context) as server:
        allow = frozenset({("127.0.0.1", server.port)})
        with pytest.raises(FetchError) as caught:
            fetch_one(f"{server.url}/a", Policy(allow=allow))
        assert (caught.value.reason, caught.value.retry) == ("tls_failed", False)
        assert server.paths() == []
        assert fetch_one(f"{server.url}/a", Policy(allow=allow, ca_file=public)).status == 200

        server.routes["/down"] = Answer(status=302, headers={"Location": f"http://{server.host}/a"})
        with pytest.raises(FetchError, match="redirect_insecure"):
            fetch_one(f"{server.url}/down", Policy(allow=allow, ca_file=public))


def test_the_name_of_a_certificate_counts_although_the_address_is_pinned(
    certificate: Callable[[str], tuple[ssl.SSLContext, Path]],
) -> None:
    context, public = certificate("other.example")
    with Server({"/a": page("a")}, context) as server:
        policy = Policy(allow=frozenset({("127.0.0.1", server.port)}), ca_file=public)
        with pytest.raises(FetchError, match="tls_failed"):
            fetch_one(f"{server.url}/a", policy)


def test_http_2_is_spoken_where_a_server_does(
    certificate: Callable[[str], tuple[ssl.SSLContext, Path]], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    context, public = certificate("127.0.0.1")
    context.set_alpn_protocols(["h2"])
    with Server(context=context) as server:
        server.speaks = speak_http_2
        secret = {server.host: {"Authorization": "Bearer hush"}}
        policy = Policy(allow=frozenset({("127.0.0.1", server.port)}), ca_file=public, headers=secret)
        response = fetch_one(f"{server.url}/a", policy)
        assert "hush" not in caplog.text
        assert (response.http_version, response.status, response.body) == ("HTTP/2", 200, b"<p>/a</p>")
        for path in ("/headers", "/cut"):
            with pytest.raises(FetchError) as caught:
                fetch_one(server.url + path, policy)
            assert caught.value.reason in ("cut_off", "headers_too_large"), path


async def speak_http_2(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Answers each request with its path; says too much, or hangs up, where the path asks for it."""
    connection = H2Connection(H2Configuration(client_side=False, header_encoding="utf-8"))
    connection.initiate_connection()
    writer.write(connection.data_to_send())
    while received := await reader.read(65536):
        for event in connection.receive_data(received):
            if not isinstance(event, RequestReceived):
                continue
            path = dict(event.headers)[":path"]
            more = [(f"x-{number}", "y" * 1000) for number in range(200)] if path == "/headers" else []
            connection.send_headers(event.stream_id, [(":status", "200"), ("content-type", "text/html"), *more])
            if path == "/cut":
                writer.write(connection.data_to_send())
                await writer.drain()
                return
            connection.send_data(event.stream_id, f"<p>{path}</p>".encode(), end_stream=True)
        writer.write(connection.data_to_send())
        await writer.drain()
