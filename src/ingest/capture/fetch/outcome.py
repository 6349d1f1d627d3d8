"""What comes of a request: a response that was read to its end, or an error with a named reason."""

from __future__ import annotations

from dataclasses import dataclass, field

from ingest.errors import IngestError


class FetchError(IngestError):
    """A page did not come. ``reason`` is a name to count by, ``detail`` is for people.

    ``retry`` says that another attempt may succeed; ``wait`` is how many seconds the server asked for.
    """

    def __init__(self, reason: str, detail: str = "", *, retry: bool = False, wait: float | None = None) -> None:
        super().__init__(f"{reason}: {detail}" if detail else reason)
        self.reason = reason
        self.detail = detail
        self.retry = retry
        self.wait = wait


@dataclass(slots=True, frozen=True)
class Response:
    """A response whose body arrived whole, decoded. ``redirects`` holds (status, where to) in order."""

    url: str
    status: int
    headers: dict[str, str]
    body: bytes
    received_at: str
    seconds: float
    http_version: str
    redirects: tuple[tuple[int, str], ...] = field(default=())

    @property
    def media_type(self) -> str | None:
        """The declared media type, such as ``text/html; charset=utf-8``."""
        return self.headers.get("content-type")
