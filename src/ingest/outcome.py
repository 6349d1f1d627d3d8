"""How a run came out, in one place: for exit statuses, for states of flow runs, for ``--json``.

A run is *all well*, or *published with sources or inputs held back*, or *nothing was published*. What is held back is
named with its source, the place it came from, the kind of reason, and the reason itself.
"""

from __future__ import annotations

from collections.abc import Mapping, Set
from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class Outcome(StrEnum):
    """The three ways in which a run can come out."""

    ALL_WELL = "all_well"
    HELD_BACK = "held_back"
    NOTHING_PUBLISHED = "nothing_published"


EXIT_STATUS = {Outcome.ALL_WELL: 0, Outcome.NOTHING_PUBLISHED: 1, Outcome.HELD_BACK: 3}
"""The exit status of ``ingest run`` by outcome. Status 2 is wrong usage, and 130 a run that was stopped."""

STATE_OF = {
    Outcome.ALL_WELL: ("COMPLETED", "Completed"),
    Outcome.HELD_BACK: ("COMPLETED", "Held back"),
    Outcome.NOTHING_PUBLISHED: ("FAILED", "Failed"),
}
"""The type and the name of the state of a flow run at a Prefect API, by outcome."""


Accept = bool | Set[str]
"""Whether what is held back is accepted: all of it, nothing, or that of the sources in the set."""


class Kind(StrEnum):
    """Why something is held back, in one word: where an operator looks first."""

    TRANSPORT = "transport"
    ROBOTS = "robots"
    FLOOR = "floor"
    READER = "reader"
    BROKEN = "broken"
    FILE = "file"
    NO_DATA = "no data"


@dataclass(frozen=True, slots=True)
class HeldBack:
    """A source or an input that is held back. What it said before stands.

    ``source`` is None where nobody knows which source it is of. ``what`` is a location, or the name of the source.
    """

    source: str | None
    what: str
    kind: Kind
    reason: str

    def __str__(self) -> str:
        """``openrouter feeds/models.json: cut_off: …``."""
        return f"{self.source} {self.what}: {self.reason}" if self.source else f"{self.what}: {self.reason}"


BROKEN = ("cut_off", "damaged", "invalid_json", "invalid_csv", "invalid_toml", "invalid_yaml")
"""Reasons for which a capture is not a whole file of its format. Its source has to be fetched again."""

FAR_LESS = "states_far_less"
"""Reason why a capture is no data after all: a floor held it back until a later one took its place."""

_FILE = ("unreadable_file", "too_large")
_READER = ("reader_failed",)
_TRANSPORT = (
    "http_", "dns_", "tls_", "transport_", "coding_", "body_", "headers_", "host_", "address_", "redirect_", "media_",
    "too_many_", "scheme_", "url_", "sitemap_", "decompression_", "selector_", "robots_unreachable", "connect_",
    "read_timeout", "write_timeout", "page_timeout", "request_", "no_contact",
)  # fmt: skip
_GONE = ("http_status: 404", "http_status: 410", "http_404", "http_410")


def kind_of(reason: str) -> Kind:
    """The kind of a reason for a rejection or of a failure to fetch.

    >>> [kind_of(reason).value for reason in ("cut_off: 3 of 9 bytes came", "http_status: 500", "login_page")]
    ['broken', 'transport', 'no data']
    """
    name = reason.partition(":")[0]
    if name in BROKEN:
        return Kind.BROKEN
    if name == FAR_LESS:
        return Kind.FLOOR
    if name in _FILE:
        return Kind.FILE
    if name in _READER:
        return Kind.READER
    if name == "robots_disallowed":
        return Kind.ROBOTS
    return Kind.TRANSPORT if name.startswith(_TRANSPORT) else Kind.NO_DATA


def not_fetched(source: str | None, report: Mapping[str, Any], *, is_asked_for: bool) -> list[HeldBack]:
    """What a crawl could not fetch, told as plain data. ``is_asked_for``: the caller named the addresses.

    A page of a list that its server says is gone is not held back, unless nothing of the list came.
    """
    all_count = is_asked_for or not report["fetched"]
    return [
        HeldBack(
            source,
            failure["url"],
            kind_of(failure["reason"]),
            f"{failure['reason']}: {failure['detail']}" if failure["detail"] else failure["reason"],
        )
        for failure in report["failures"]
        if all_count or not failure["reason"].startswith(_GONE)
    ]


def is_held_back(reason: str, *, was_read: bool, is_expected: bool = False) -> bool:
    """Whether a rejected input is held back. Else it never was data, and is counted as rejected only.

    A file that is broken, cannot be read, or that a reader fails on is held back in any case. Other content is where
    its document ``was_read`` before, or ``is_expected`` to be data. A page that its server says is gone is not, and
    neither is a capture that a floor held back before a later one was published.

    >>> is_held_back("login_page", was_read=False), is_held_back("login_page", was_read=True)
    (False, True)
    """
    if kind_of(reason) in (Kind.BROKEN, Kind.FILE, Kind.READER):
        return True
    return is_expected or (was_read and not reason.startswith((*_GONE, FAR_LESS)))
