"""Find pages in sitemaps, list pages and canonical links. Their content is untrusted data."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from bs4 import BeautifulSoup
from lxml import etree, html
from soupsieve import SelectorSyntaxError

from ingest.capture.fetch.decode import decode
from ingest.capture.fetch.outcome import FetchError
from ingest.capture.fetch.urls import canonical

MOST_IN_SITEMAP = 50_000
"""sitemaps.org: a sitemap holds no more URLs, and is no larger than 50 MB."""
_STEP = 1 << 16
_HEAD = 1 << 17
"""Bytes of a page in which its head stands."""


class Sitemap(NamedTuple):
    """What a sitemap names: pages, or further sitemaps."""

    pages: list[str]
    sitemaps: list[str]


@dataclass(frozen=True, slots=True)
class ListPage:
    """A page that lists pages: where it is, which links count (CSS), which leads to the next page of the list."""

    url: str
    select: str
    following: str | None = None
    most_pages: int = 100


def is_sitemap_url(url: str) -> bool:
    """Whether a URL given to fetch is a sitemap by its name."""
    path = url.partition("?")[0].lower()
    return "sitemap" in path.rpartition("/")[2] and path.endswith((".xml", ".xml.gz", ".txt", ".gz"))


def read_sitemap(body: bytes, url: str, most_bytes: int) -> Sitemap:
    """The URLs of a sitemap or an index of them: XML, gzipped or not, or text with a URL in each line.

    Raises :class:`FetchError`: ``sitemap_doctype`` for one that declares a document type (no sitemap has one, and
    entity bombs need it), ``sitemap_broken``, ``sitemap_too_large``, and those of decompression.
    """
    if body.startswith(b"\x1f\x8b"):
        body = decode(body, "gzip", most_bytes)
    head = body[:1024].lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n\x00")
    if not head.startswith(b"<"):
        lines = body.decode("utf-8-sig", "replace").splitlines()
        return Sitemap(_urls((line for line in lines if line.strip()), url), [])
    target = _SitemapTarget()
    # Entities are not resolved, nothing is loaded, depth and sizes keep libxml2's limits.
    parser = etree.XMLParser(target=target, resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        for at in range(0, len(body), _STEP):
            parser.feed(body[at : at + _STEP])
        parser.close()
    except etree.XMLSyntaxError as error:
        if target.has_doctype:
            raise FetchError("sitemap_doctype", "it declares entities or a document type") from None
        raise FetchError("sitemap_broken", str(error)[:200]) from None
    return Sitemap(_urls(target.pages, url), _urls(target.sitemaps, url))


def links(body: bytes, page: ListPage, url: str) -> tuple[list[str], str | None]:
    """The pages that a list page links to, and the next page of the list.

    A selector picks elements; the link is the ``href`` of each, or of the first link inside it. Raises
    :class:`FetchError` (``selector_wrong``) for a selector that is none.
    """
    soup = BeautifulSoup(body, "lxml")
    base = soup.find("base", href=True)
    root = canonical(str(base["href"]), url) if base and _is_fine(str(base["href"]), url) else url
    try:
        found = [_href(element) for element in soup.select(page.select)]
        following = [_href(element) for element in soup.select(page.following)] if page.following else []
    except SelectorSyntaxError as error:
        raise FetchError("selector_wrong", str(error).splitlines()[0][:200]) from None
    pages = _urls((href for href in found if href), root)
    after = _urls((href for href in following if href), root)
    return pages, after[0] if after else None


class Head(NamedTuple):
    """What a page says of itself: its title with its first heading, and the URL that it wants to be known by."""

    title: str
    canonical: str | None


def head_of(body: bytes, url: str) -> Head:
    """Title and ``<link rel=canonical>`` of a page: only of the same host, since it is the page that claims it."""
    text = body[:_HEAD].decode("latin-1")
    lower = text.lower()
    title = _between(text, lower, "<title", "</title")
    if heading := _between(text, lower, "<h1", "</h1"):
        title = f"{title}\n{heading}"  # some sites give all pages one title
    at = 0
    while (at := lower.find("<link", at)) >= 0:
        end = lower.find(">", at, at + 4096)
        if end < 0:
            break
        tag = text[at : end + 1]
        at = end
        if "canonical" in tag.lower():
            href = _canonical_link(tag)
            if href and _is_fine(href, url):
                found = canonical(href, url)
                same_host = found.split("/", 3)[2] == url.split("/", 3)[2]
                return Head(title, found if same_host and found != url else None)
    return Head(title, None)


def _canonical_link(tag: str) -> str | None:
    try:
        element = html.fragment_fromstring(tag)
    except (etree.LxmlError, ValueError):
        return None
    is_canonical = "canonical" in str(element.get("rel", "")).lower().split()
    href = element.get("href")
    return str(href) if is_canonical and href else None


def _between(text: str, lower: str, opening: str, closing: str) -> str:
    start = lower.find(opening)
    start = lower.find(">", start) if start >= 0 else -1
    end = lower.find(closing, start) if start >= 0 else -1
    return " ".join(text[start + 1 : end].split())[:500] if end >= 0 else ""


def _href(element: object) -> str | None:
    href = element.get("href")  # type: ignore[attr-defined]
    if href is None:
        inner = element.find("a", href=True)  # type: ignore[attr-defined]
        href = inner["href"] if inner is not None else None
    return str(href) if href else None


def _urls(found: Iterator[str] | list[str], base: str) -> list[str]:
    """Canonical URLs, each once, in order; what is none (mailto, javascript, file) is left out."""
    urls: dict[str, None] = {}
    for text in found:
        try:
            urls.setdefault(canonical(text, base))
        except FetchError:
            continue
    return list(urls)


def _is_fine(href: str, base: str) -> bool:
    try:
        canonical(href, base)
    except FetchError:
        return False
    return True


class _SitemapTarget:
    """Takes ``loc`` of ``url`` and of ``sitemap``, whatever the namespace."""

    def __init__(self) -> None:
        self.pages: list[str] = []
        self.sitemaps: list[str] = []
        self.has_doctype = False
        self._path: list[str] = []
        self._text: list[str] | None = None

    def doctype(self, *_: str | None) -> None:
        self.has_doctype = True
        raise FetchError("sitemap_doctype", "it declares a document type")

    def start(self, tag: str, _: object) -> None:
        name = tag.rpartition("}")[2]
        self._path.append(name)
        if name == "loc" and self._path[-2:-1] in (["url"], ["sitemap"]):
            self._text = []

    def data(self, text: str) -> None:
        if self._text is not None:
            self._text.append(text)

    def end(self, _: str) -> None:
        name = self._path.pop()
        if name == "loc" and self._text is not None:
            into = self.pages if self._path[-1] == "url" else self.sitemaps
            into.append("".join(self._text))
            self._text = None
            if len(into) > MOST_IN_SITEMAP:
                raise FetchError("sitemap_too_large", f"more than {MOST_IN_SITEMAP:,} URLs")

    def close(self) -> None:
        return None
