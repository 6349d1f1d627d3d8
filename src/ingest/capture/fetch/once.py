"""Fetch each page once: find its canonical URL, and whether the same page already came.

A page may say by which URL it wants to be known, a redirect may say so, and some sites say it wrongly (every page
calls the start page its canonical one). So such a claim counts only while nothing contradicts it, and two pages count
as one only when their bytes or headings agree too. A site's mistake loses no page.
"""

from __future__ import annotations

import hashlib
from collections.abc import Container
from typing import NamedTuple
from urllib.parse import urlsplit

from ingest.capture.archive import SAME_BODY
from ingest.capture.fetch.find import head_of
from ingest.capture.fetch.outcome import Response
from ingest.capture.fetch.state import Done
from ingest.read.reject import is_page, not_data_reason

SAME_BODY_URLS = 3
"""One body for so many URLs is no page of any of them (two are an alias: the second adds nothing)."""
_PERMANENT = frozenset({301, 308})


class Verdict(NamedTuple):
    """What a page is: where it stands, why it is no data (None: it is), and what it takes back."""

    location: str
    not_data: str | None
    canonical: str | None = None
    title: str = ""
    is_page: bool = False
    revokes: tuple[str, ...] = ()


class Once:
    """Judges the pages of a crawl, one after another. ``frontier`` holds the URLs that it will fetch."""

    def __init__(self, done: Done, frontier: Container[str]) -> None:
        self._done = done
        self._frontier = frontier
        self._claims: dict[str, tuple[str, str]] = {}
        self._owners = {last.location: url for url, last in done.last.items() if last.location != url}

    def judge(self, url: str, response: Response, sha256: str) -> Verdict:
        """The verdict on a page that came with a status of success. Notes nothing but the page's claim."""
        if reason := not_data_reason(response.body, response.url):
            return Verdict(url, reason)
        if not is_page(response.body, response.media_type):
            return Verdict(self._moved(url, response), None)
        head = head_of(response.body, response.url)
        title = hashlib.sha256(head.title.encode()).hexdigest()[:12] if head.title else ""
        location, is_duplicate = self._place(url, head.canonical or self._moved(url, response), (sha256, title))
        verdict = Verdict(location, None, head.canonical, title, is_page=True)
        if is_duplicate:
            return verdict._replace(location=url, not_data=f"duplicate: of {location}")
        others = self._done.bodies.get(sha256, [])
        if len(others) + 1 >= SAME_BODY_URLS:
            return verdict._replace(location=url, not_data=SAME_BODY, revokes=tuple(others))
        because = "duplicate: another URL gave the same body" if others else None
        return verdict._replace(not_data=because, location=url if others else location)

    def _moved(self, url: str, response: Response) -> str:
        is_permanent = response.redirects and all(status in _PERMANENT for status, _ in response.redirects)
        return response.url if is_permanent else url

    def _place(self, url: str, claimed: str, page: tuple[str, str]) -> tuple[str, bool]:
        """Where a page stands, and whether the page of that place has already come."""
        if claimed == url:
            others = (self._done.titles.get(url), self._claims.get(url))
            return url, any(self._is_same(other, page) for other in others)
        own_path, path = urlsplit(url).path, urlsplit(claimed).path
        if path == "/" and own_path != "/":
            return url, False
        if (taken := self._done.titles.get(claimed)) is not None:
            return (claimed, True) if self._is_same(taken, page) else (url, False)
        if self._owners.get(claimed, url) != url or claimed in self._done.urls:
            return url, False
        if claimed in self._frontier and path != own_path:
            self._claims.setdefault(claimed, page)
            return url, False
        return claimed, False

    @staticmethod
    def _is_same(one: tuple[str, str] | None, other: tuple[str, str]) -> bool:
        return one is not None and (one[0] == other[0] or (bool(one[1]) and one[1] == other[1]))
