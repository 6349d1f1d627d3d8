"""robots.txt (RFC 9309): what a site's owner does not want fetched, and how slowly the rest."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import NamedTuple

from protego import Protego

from ingest.capture.fetch.outcome import FetchError, Response

PRODUCT = "ingest"
"""The product token that stands in the user agent, and that a site's owner names in robots.txt."""
MOST_BYTES = 500 * 1024
"""RFC 9309 section 2.5: at least so much has to be read; what follows is left out."""
MOST_REDIRECTS = 5
"""RFC 9309 section 2.3.1.2."""

_AGENT_LINE = re.compile(r"[ \t]{0,99}user[ -]?agent[ \t]{0,99}:?[ \t]{0,99}([^#\r\n]{0,200})", re.IGNORECASE)
_NO_CONNECTION = ("connect_", "dns_", "tls_")
_TOKEN = re.compile(r"[a-z_-]+")


class RobotsRules(NamedTuple):
    """What robots.txt of a site says to this fetcher."""

    parsed: Protego | None
    """None: nothing is known, and nothing may be fetched for now."""
    because: str = ""
    reason: str = "robots_unreachable"

    def check(self, url: str) -> None:
        """Raises :class:`FetchError` for a URL that must not be fetched."""
        if self.parsed is None:
            raise FetchError(self.reason, self.because, retry=False)
        if not self.parsed.can_fetch(url, PRODUCT):
            raise FetchError("robots_disallowed", "robots.txt of the site asks not to fetch it")

    def seconds_between(self) -> float:
        """Crawl-delay, or the interval that a request rate means; 0 where neither is asked for."""
        if self.parsed is None:
            return 0.0
        rate = self.parsed.request_rate(PRODUCT)
        return max(self.parsed.crawl_delay(PRODUCT) or 0.0, rate.seconds / rate.requests if rate else 0.0)

    def sitemaps(self) -> Iterable[str]:
        """The sitemaps that it names."""
        return self.parsed.sitemaps if self.parsed else ()


def rules_from(response: Response) -> RobotsRules:
    """Rules from an answer (RFC 9309 section 2.3.1).

    4xx: there are none, everything may be fetched. 5xx, and 429 as the large search engines read it: nothing may
    be fetched for now.
    """
    if response.status == 429 or response.status >= 500:
        return RobotsRules(None, f"robots.txt answers {response.status}")
    if response.status != 200:
        return RobotsRules(Protego.parse(""))
    return parse_rules(response.body)


def unreachable(error: FetchError) -> RobotsRules:
    """Rules of a site whose robots.txt cannot be fetched: nothing may be fetched for now.

    Where no connection was made, that is the reason: the site is down, and has nothing against being read.
    """
    if error.reason.startswith(_NO_CONNECTION):
        return RobotsRules(None, f"asked for robots.txt: {error.detail}", error.reason)
    return RobotsRules(None, f"robots.txt cannot be fetched ({error})")


def parse_rules(content: bytes) -> RobotsRules:
    """Rules from the bytes of robots.txt, whatever they are."""
    text = content[:MOST_BYTES].decode("utf-8-sig", "replace")
    return RobotsRules(Protego.parse("\n".join(_for_us(text))))


def _for_us(text: str) -> Iterable[str]:
    """The lines, with the names of other robots made one: thousands of names before thousands of rules would
    otherwise be as many rule sets, each with all of the rules."""
    for line in text.splitlines():
        found = _AGENT_LINE.match(line)
        if found is None:
            yield line
            continue
        name = found[1].strip().lower()
        token = _TOKEN.match(name)
        ours = token is not None and token[0] == PRODUCT
        yield "User-agent: " + ("*" if name == "*" else PRODUCT if ours else "another-robot")
