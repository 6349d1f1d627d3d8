"""How this project fetches: limits, patience and manners, from the settings."""

from __future__ import annotations

from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

from ingest.capture.fetch.addresses import allowed_pairs
from ingest.capture.fetch.robots import PRODUCT
from ingest.errors import IngestError

if TYPE_CHECKING:
    from ingest.settings import Settings


@dataclass(frozen=True, slots=True)
class Policy:
    """What a fetcher keeps to. Times in seconds, sizes in bytes.

    ``headers`` holds what the operator wants sent to a host (``host:port``, lower case), secrets among it: it is
    left out of every representation, and sent to no other host.
    """

    contact: str = ""
    per_second: float = 1.0
    concurrency: int = 16
    host_concurrency: int = 8
    attempts: int = 5
    backoff_seconds: float = 1.0
    connect_seconds: float = 10.0
    read_seconds: float = 20.0
    page_seconds: float = 120.0
    longest_wait_seconds: float = 300.0
    most_bytes: int = 32 << 20
    most_redirects: int = 10
    most_pages: int = 200_000
    allow: frozenset[tuple[str, int]] = frozenset()
    ca_file: Path | None = None
    cookies: bool = False
    headers: dict[str, dict[str, str]] = field(default_factory=dict, repr=False)

    @property
    def user_agent(self) -> str:
        """The one user agent: product, version and, where the operator set one, the contact."""
        contact = f" (+{self.contact})" if self.contact else ""
        return f"{PRODUCT}/{version('ingest')}{contact}"


def policy_from(settings: Settings, per_second: float | None = None, cookies: bool = False) -> Policy:
    """The policy that settings ask for. A source may ask for a lower rate, never for a higher one.

    Raises :class:`IngestError` for a contact that cannot stand in a header, or a pair that is none.
    """
    contact = settings.fetch_contact.strip()
    if not contact.isascii() or not contact.isprintable() or set("()\\") & set(contact):
        raise IngestError("INGEST_FETCH_CONTACT must be a plain mail address or a URL.")
    rate = settings.fetch_rate
    if per_second is not None and per_second > 0:
        rate = min(rate, per_second) if rate > 0 else per_second
    return Policy(
        contact=contact,
        per_second=rate,
        concurrency=settings.fetch_concurrency,
        host_concurrency=min(settings.fetch_host_concurrency, settings.fetch_concurrency),
        attempts=settings.fetch_attempts,
        backoff_seconds=settings.fetch_backoff_seconds,
        connect_seconds=settings.fetch_connect_seconds,
        read_seconds=settings.fetch_read_seconds,
        page_seconds=settings.fetch_page_seconds,
        longest_wait_seconds=settings.fetch_longest_wait_seconds,
        most_bytes=settings.fetch_most_bytes,
        allow=allowed_pairs(settings.fetch_allow_hosts),
        ca_file=settings.fetch_ca_file,
        cookies=cookies,
        headers={
            host.lower(): {name: value.get_secret_value() for name, value in headers.items()}
            for host, headers in settings.fetch_headers.items()
        },
    )
