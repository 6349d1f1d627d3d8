"""URLs: one spelling for each page, and nothing secret in it."""

from __future__ import annotations

import base64
import re
from fnmatch import fnmatchcase
from functools import cache
from typing import NamedTuple
from urllib.parse import SplitResult, quote, unquote, urljoin, urlsplit, urlunsplit

import idna

from ingest.capture.fetch.outcome import FetchError
from ingest.knowledge import KnowledgeEntry, knowledge

LONGEST = 4_000
"""Characters of the longest URL that is fetched; servers refuse longer ones (nginx 8 KB for all headers)."""

_PORTS = {"http": 80, "https": 443}
_ESCAPE = re.compile(r"%([0-9A-Fa-f]{2})")
_UNRESERVED = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")
_CONTROL_OR_SPACE = re.compile(r"[\x00-\x20\x7f]")
_SCHEME = re.compile(r"[a-z][a-z0-9+.-]*:", re.IGNORECASE)


class Origin(NamedTuple):
    """Where a URL leads: scheme, host (lower case, IDNA) and port."""

    scheme: str
    host: str
    port: int

    @property
    def origin(self) -> str:
        """``https://example.com``, with the port where it is not the scheme's own."""
        return f"{self.scheme}://{self.netloc}"

    @property
    def netloc(self) -> str:
        """``example.com`` or ``example.com:8080``."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _PORTS[self.scheme] else f"{host}:{self.port}"


class TrackingParameter(KnowledgeEntry):
    """A query parameter that says where a reader came from and never which page is shown."""

    name: str
    reason: str


def is_url(text: str) -> bool:
    """Whether an argument of the command line means a page on the web rather than a file."""
    return text[:8].lower().startswith(("http://", "https://"))


def canonical(url: str, base: str | None = None) -> str:
    """The one spelling of a URL.

    Scheme and host in lower case, the host in IDNA, default port, fragment, user name and tracking parameters
    dropped, dot segments resolved, percent-escapes as RFC 3986 section 6.2.2 has them. Parameters keep their
    order, since some servers mind it. Raises :class:`FetchError` for what is no http or https URL.

    >>> canonical("HTTP://Example.com:80/a/../b?utm_source=x&q=1#top")
    'http://example.com/b?q=1'
    """
    parts, place = _split(url, base)
    path = _escapes(parts.path) or "/"
    path = _without_dots(path)
    query = "&".join(p for p in _escapes(parts.query).split("&") if p and not _is_tracking(p))
    return urlunsplit((place.scheme, place.netloc, path, query, ""))


def place_of(url: str) -> Origin:
    """The place that a URL leads to. Raises :class:`FetchError` as :func:`canonical` does."""
    return _split(url, None)[1]


def credentials(url: str) -> str | None:
    """The value of an ``Authorization`` header from a URL's user name and password, None where it has none."""
    parts = urlsplit(url)
    if parts.username is None:
        return None
    pair = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
    return "Basic " + base64.b64encode(pair.encode()).decode()


def matches(url: str, pattern: str | None) -> bool:
    """Whether a URL fits ``--only``: a pattern with ``*`` and ``?``, or a part of the URL."""
    if pattern is None:
        return True
    if any(sign in pattern for sign in "*?["):
        return fnmatchcase(url, pattern)
    return pattern in url


def _split(url: str, base: str | None) -> tuple[SplitResult, Origin]:
    text = url.strip().replace("\n", "").replace("\r", "").replace("\t", "")
    if len(text) > LONGEST:
        raise FetchError("url_too_long", f"{len(text)} characters")
    try:
        parts = urlsplit(urljoin(base, text) if base else text)
        scheme, host, port = parts.scheme.lower(), parts.hostname, parts.port
    except ValueError as error:
        raise FetchError("url_malformed", str(error)) from None
    if scheme not in _PORTS:
        named = scheme if _SCHEME.match(text) or scheme else "none"
        raise FetchError("scheme_refused", f"{named!r} is neither http nor https")
    if not host or _CONTROL_OR_SPACE.search(host):
        raise FetchError("url_malformed", "it names no host")
    return parts, Origin(scheme, _host(host), port if port is not None else _PORTS[scheme])


@cache
def _host(host: str) -> str:
    host = host.lower()
    if not host.isascii():
        try:
            host = idna.encode(host, uts46=True).decode()
        except idna.IDNAError:
            raise FetchError("url_malformed", "its host is no domain name") from None
    host = host.rstrip(".")
    if not host:
        raise FetchError("url_malformed", "it names no host")
    return host


def _escapes(text: str) -> str:
    """Escapes in upper case, those of unreserved characters undone, everything else that needs one escaped."""

    def one(found: re.Match[str]) -> str:
        character = chr(int(found[1], 16))
        return character if character in _UNRESERVED else found[0].upper()

    return quote(_ESCAPE.sub(one, text), safe="/%:@!$&'()*+,;=?-._~")


def _without_dots(path: str) -> str:
    if "/." not in path:
        return path
    kept: list[str] = []
    segments = path.split("/")
    for segment in segments:
        if segment == "..":
            if len(kept) > 1:
                kept.pop()
        elif segment != ".":
            kept.append(segment)
    if segments[-1] in (".", ".."):
        kept.append("")
    return "/".join(kept) if len(kept) > 1 else "/"


def _is_tracking(parameter: str) -> bool:
    name = parameter.partition("=")[0].lower()
    exact, beginnings = _tracking()
    return name in exact or name.startswith(beginnings)


@cache
def _tracking() -> tuple[frozenset[str], tuple[str, ...]]:
    names = [entry.name for entry in knowledge("web/tracking", tuple[TrackingParameter, ...])]
    return (
        frozenset(name for name in names if not name.endswith("*")),
        tuple(name[:-1] for name in names if name.endswith("*")),
    )
