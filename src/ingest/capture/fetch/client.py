"""One GET over HTTP, with limits on the address, the time and the size.

It follows redirects itself, so that each hop is checked. robots.txt and rates are the business of
:mod:`ingest.capture.fetch.polite`, which calls it.
"""

from __future__ import annotations

import asyncio
import contextlib
import ssl
import time
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime
from typing import NamedTuple

import certifi
import httpcore
import httpx

from ingest.capture.archive import utc_text
from ingest.capture.fetch.addresses import PinnedBackend
from ingest.capture.fetch.decode import ACCEPTED, Decoder
from ingest.capture.fetch.outcome import FetchError, Response
from ingest.capture.fetch.policy import Policy
from ingest.capture.fetch.urls import canonical, place_of
from ingest.errors import IngestError
from ingest.process import keep_headers_out_of_logs

_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_MEDIA = ("image/", "audio/", "video/", "font/")
_TEXT_BEGINS = (b"<", b"{", b"[")
_KEEP_ALIVE_SECONDS = 30.0

_ERRORS: tuple[tuple[type[Exception], str, bool], ...] = (
    (httpx.ConnectTimeout, "connect_timeout", True),
    (httpx.ReadTimeout, "read_timeout", True),
    (httpx.WriteTimeout, "write_timeout", True),
    (httpx.PoolTimeout, "connect_timeout", True),
    (httpx.ConnectError, "connect_failed", True),
    (httpx.RemoteProtocolError, "cut_off", True),
    (httpx.ReadError, "cut_off", True),
    (httpx.WriteError, "cut_off", True),
    (httpx.CloseError, "cut_off", True),
    (httpx.LocalProtocolError, "request_malformed", False),
)
"""Errors of the transport, the reason each is named by, and whether another attempt may succeed."""


class Hop(NamedTuple):
    """One request on the way to a page, as it went: for whoever keeps the host's limit."""

    url: str
    began_at: float
    status: int
    seconds: float
    retry_after: str | None


Before = Callable[[str], Awaitable[None]]
After = Callable[[Hop], None]


async def _at_once(_: str) -> None:
    return None


class Client:
    """A pool of connections that keeps to a :class:`Policy`. An asynchronous context manager."""

    def __init__(self, policy: Policy) -> None:
        self._policy = policy
        self._transport = _Transport(policy)
        self._cookies = httpx.Cookies() if policy.cookies else None
        self._headers = {
            "user-agent": policy.user_agent,
            "accept": "text/html,application/xhtml+xml,application/json;q=0.9,text/plain;q=0.9,*/*;q=0.5",
            "accept-encoding": ACCEPTED,
        }
        self._timeouts = {
            "connect": policy.connect_seconds,
            "read": policy.read_seconds,
            "write": policy.read_seconds,
            "pool": policy.page_seconds,
        }

    async def __aenter__(self) -> Client:
        keep_headers_out_of_logs()
        await self._transport.__aenter__()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._transport.aclose()

    async def get(
        self,
        url: str,
        headers: Mapping[str, str] | None = None,
        *,
        before: Before = _at_once,
        after: After = lambda _: None,
        most_redirects: int | None = None,
    ) -> Response:
        """Fetch a canonical URL, through redirects, to the end of its body.

        ``before`` is awaited before each hop and may refuse it; ``after`` is told how each hop went. Waiting in
        ``before`` does not count towards the page's time. Raises :class:`FetchError` for everything that is no
        whole response.
        """
        most = self._policy.most_redirects if most_redirects is None else most_redirects
        left = self._policy.page_seconds
        redirects: list[tuple[int, str]] = []
        seen = {url}
        while True:
            await before(url)
            began = time.perf_counter()
            try:
                async with asyncio.timeout(left):
                    response, target = await self._hop(url, headers or {}, after, tuple(redirects))
            except TimeoutError:
                raise FetchError(
                    "page_timeout", f"more than {self._policy.page_seconds:g} seconds", retry=True
                ) from None
            left -= time.perf_counter() - began
            if target is None:
                return response
            following = _redirected(url, target)
            redirects.append((response.status, following))
            if following in seen:
                raise FetchError("redirect_loop", following)
            if len(redirects) > most:
                raise FetchError("too_many_redirects", f"more than {most}")
            seen.add(following)
            url = following

    async def _hop(
        self, url: str, headers: Mapping[str, str], after: After, redirects: tuple[tuple[int, str], ...]
    ) -> tuple[Response, str | None]:
        """One request; with the value of Location where the answer is a redirect."""
        request = self._request(url, headers)
        began_at, began = time.time(), time.perf_counter()
        try:
            answer = await self._transport.handle_async_request(request)
            try:
                seconds = time.perf_counter() - began
                received = _headers(answer)
                status = answer.status_code
                after(Hop(url, began_at, status, seconds, received.get("retry-after")))
                if self._cookies is not None:
                    answer.request = request
                    self._cookies.extract_cookies(answer)
                target = received.get("location") if status in _REDIRECTS else None
                body = b"" if target is not None or status == 304 else await self._body(answer, received)
            finally:
                await answer.aclose()
        except httpx.TransportError as error:
            raise _named(error) from None
        version = answer.extensions.get("http_version", b"HTTP/1.1").decode("ascii", "replace")
        response = Response(url, status, received, body, utc_text(datetime.now(UTC)), seconds, version, redirects)
        return response, target

    async def _body(self, answer: httpx.Response, received: dict[str, str]) -> bytes:
        declared = received.get("content-length", "")
        if declared.isdecimal() and int(declared[:19]) > self._policy.most_bytes:
            raise FetchError("body_too_large", f"{declared[:19]} bytes are declared")
        decoder = Decoder(received.get("content-encoding"), self._policy.most_bytes)
        is_media = received.get("content-type", "").lower().lstrip().startswith(_MEDIA)
        pieces: list[bytes] = []
        stream = answer.stream
        assert isinstance(stream, httpx.AsyncByteStream)
        async for data in stream:
            for piece in decoder.feed(data):
                if is_media and not pieces and not piece.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(_TEXT_BEGINS):
                    raise FetchError("media_refused", received["content-type"][:80])
                pieces.append(piece)
        decoder.end()
        return pieces[0] if len(pieces) == 1 else b"".join(pieces)

    def _request(self, url: str, headers: Mapping[str, str]) -> httpx.Request:
        place = place_of(url)
        own = self._policy.headers
        secret = own.get(place.netloc) or own.get(f"{place.host}:{place.port}") or {}
        merged = {**self._headers, **headers, **secret}
        try:
            request = httpx.Request("GET", url, headers=merged, extensions={"timeout": self._timeouts})
        except httpx.InvalidURL as error:
            raise FetchError("url_malformed", str(error)) from None
        if self._cookies is not None:
            self._cookies.set_cookie_header(request)
        return request


class _Transport(httpx.AsyncHTTPTransport):
    """httpx's transport over a pool whose connections go to checked addresses, through no proxy."""

    def __init__(self, policy: Policy) -> None:
        self._pool = httpcore.AsyncConnectionPool(
            ssl_context=_trust(policy),
            max_connections=policy.concurrency + 8,
            max_keepalive_connections=policy.concurrency + 8,
            keepalive_expiry=_KEEP_ALIVE_SECONDS,
            http1=True,
            http2=True,
            network_backend=PinnedBackend(policy.allow, bool(policy.contact)),
        )


def _trust(policy: Policy) -> ssl.SSLContext:
    """Certificates are always verified: there is no setting that turns it off, only one that adds authorities."""
    context = ssl.create_default_context(cafile=certifi.where())
    context.set_alpn_protocols(["h2", "http/1.1"])
    if policy.ca_file is not None:
        try:
            context.load_verify_locations(policy.ca_file)
        except OSError as error:
            raise IngestError(f"INGEST_FETCH_CA_FILE {str(policy.ca_file)!r} cannot be used: {error}.") from None
    return context


def _headers(answer: httpx.Response) -> dict[str, str]:
    """Headers by lower-case name; those that repeat are joined, as RFC 9110 section 5.3 has it."""
    found: dict[str, str] = {}
    for raw_name, raw_value in answer.headers.raw:
        name, value = raw_name.decode("latin-1").lower(), raw_value.decode("latin-1")
        found[name] = f"{found[name]}, {value}" if name in found else value
    return found


def _redirected(url: str, target: str) -> str:
    """Where a redirect leads. Raises :class:`FetchError` for a scheme or place that is refused."""
    with contextlib.suppress(UnicodeError):  # servers send UTF-8 in Location although headers are Latin-1
        target = target.encode("latin-1").decode("utf-8")
    following = canonical(target, base=url)
    if url.startswith("https:") and following.startswith("http:"):
        raise FetchError("redirect_insecure", f"from https to {following[:200]}")
    return following


def _named(error: httpx.TransportError) -> FetchError:
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ssl.SSLError):
            verify = getattr(cause, "verify_message", None) or cause.reason or "handshake failed"
            return FetchError("tls_failed", str(verify))
        cause = cause.__cause__ or cause.__context__
    text = str(error)
    if "too long" in text or "header list" in text.lower():
        return FetchError("headers_too_large", "more than the fetcher reads")
    for kind, reason, retry in _ERRORS:
        if isinstance(error, kind):
            return FetchError(reason, text[:200], retry=retry)
    return FetchError("transport_failed", f"{type(error).__name__}: {text[:200]}", retry=True)
