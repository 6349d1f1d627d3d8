"""What to crawl, how, and what came of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import timedelta
from typing import Any

from ingest.capture.fetch.find import ListPage, is_sitemap_url
from ingest.capture.fetch.outcome import FetchError
from ingest.capture.fetch.urls import canonical, credentials, place_of
from ingest.errors import IngestError


@dataclass(frozen=True, slots=True)
class Target:
    """What to crawl: single pages, sitemaps, list pages. ``source`` names the source that reads the pages."""

    urls: tuple[str, ...] = ()
    sitemaps: tuple[str, ...] = ()
    lists: tuple[ListPage, ...] = ()
    hosts: tuple[str, ...] = ()
    only: str | None = None
    source: str | None = None
    per_second: float | None = None
    cookies: bool = False
    secrets: Mapping[str, Mapping[str, str]] = field(default_factory=dict, repr=False, compare=False)

    @classmethod
    def of(cls, urls: Iterable[str], source: str | None = None) -> Target:
        """The target that URLs mean. A sitemap is told by its name; a user name in a URL is sent to its host alone,
        and stands nowhere else. Raises :class:`IngestError` for what cannot be fetched."""
        pages: list[str] = []
        sitemaps: list[str] = []
        own: dict[str, Mapping[str, str]] = {}
        for url in urls:
            try:
                clean, secret = canonical(url), credentials(url)
            except FetchError as error:
                raise IngestError(f"This URL cannot be fetched ({error.reason}): {error.detail}.") from None
            if secret:
                own[place_of(clean).netloc] = {"authorization": secret}
            (sitemaps if is_sitemap_url(clean) else pages).append(clean)
        return cls(tuple(dict.fromkeys(pages)), tuple(dict.fromkeys(sitemaps)), source=source, secrets=own)

    @classmethod
    def from_settings(cls, name: str, find: Mapping[str, Any]) -> Target:
        """The target of a source's ``find`` settings: ``urls``, ``sitemaps``, ``lists`` (each with ``url``,
        ``select``, ``next``, ``pages``), ``hosts`` (further hosts that sitemaps may name), ``only``, ``rate``,
        ``cookies``. Raises :class:`IngestError`."""
        known = {"urls", "sitemaps", "lists", "hosts", "only", "rate", "cookies"}
        if unknown := set(find) - known:
            raise IngestError(f"The source {name!r} has unknown settings under find: {', '.join(sorted(unknown))}.")
        try:
            return cls(
                urls=tuple(canonical(url) for url in find.get("urls", ())),
                sitemaps=tuple(canonical(url) for url in find.get("sitemaps", ())),
                lists=tuple(
                    ListPage(canonical(each["url"]), each["select"], each.get("next"), int(each.get("pages", 100)))
                    for each in find.get("lists", ())
                ),
                hosts=tuple(str(host).lower() for host in find.get("hosts", ())),
                only=find.get("only"),
                source=name,
                per_second=find.get("rate"),
                cookies=bool(find.get("cookies", False)),
            )
        except FetchError as error:
            raise IngestError(f"The source {name!r} names a URL that cannot be fetched: {error}.") from None
        except (KeyError, TypeError, ValueError) as error:
            raise IngestError(f"The settings under find of the source {name!r} are wrong: {error!r}.") from None


@dataclass(frozen=True, slots=True)
class Options:
    """How to crawl. ``limit``: most pages to fetch now; ``only``: those whose URL fits; ``max_age``: not those
    that were fetched more recently; ``refresh``: anew, whatever the server says has not changed; ``dry_run``: find
    the pages, fetch and keep none."""

    limit: int | None = None
    only: str | None = None
    max_age: timedelta | None = None
    refresh: bool = False
    dry_run: bool = False


@dataclass(slots=True)
class Failure:
    """A page that did not come, and why."""

    url: str
    reason: str
    detail: str = ""


@dataclass(slots=True)
class CrawlReport:
    """What a crawl did. ``found`` counts pages that fit; the others count what became of them.

    ``fetched`` came whole with a status of success; ``unchanged`` of them have the bytes of the time before
    (``not_modified``: the server said so); ``soft_failures`` and ``failed`` count by reason.
    """

    crawl_id: str = ""
    goes_on: bool = False
    found: int = 0
    done_before: int = 0
    fresh: int = 0
    fetched: int = 0
    unchanged: int = 0
    not_modified: int = 0
    duplicates: int = 0
    soft_failures: dict[str, int] = field(default_factory=dict)
    failed: dict[str, int] = field(default_factory=dict)
    failures: list[Failure] = field(default_factory=list)
    tried: int = 0
    left: int = 0
    requests: int = 0
    bytes: int = 0
    seconds: float = 0.0
    stopped: bool = False
    would_fetch: list[str] = field(default_factory=list)

    def as_dict(self) -> dict[str, Any]:
        """The report as plain data, for JSON."""
        return asdict(self)

    def add(self, other: CrawlReport) -> None:
        """Take in what another task of the same crawl did."""
        for name in ("tried", "fetched", "unchanged", "not_modified", "duplicates", "requests", "bytes"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.soft_failures = dict(Counter(self.soft_failures) + Counter(other.soft_failures))
        self.failed = dict(Counter(self.failed) + Counter(other.failed))
        self.failures += other.failures
        self.stopped = self.stopped or other.stopped
