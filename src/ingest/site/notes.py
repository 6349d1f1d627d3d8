"""The captures that a page refers to, numbered in the order in which it names them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ingest.site.content import Row


class CaptureNotes:
    """Gives each capture that a page names a number, and lists them for its end."""

    def __init__(self, captures: Mapping[str, Row]) -> None:
        self._captures = captures
        self._numbers: dict[str, int] = {}

    def number(self, capture_id: str | None) -> int | None:
        """The number of a capture on this page; None for one that the warehouse does not have."""
        if capture_id is None or capture_id not in self._captures:
            return None
        return self._numbers.setdefault(capture_id, len(self._numbers) + 1)

    def day(self, capture_id: str | None) -> Any:
        """When the source served that capture."""
        capture = self._captures.get(capture_id or "")
        return capture and capture["captured_at"]

    @property
    def listed(self) -> list[tuple[int, Row]]:
        """The captures that have a number."""
        return [(number, self._captures[capture_id]) for capture_id, number in self._numbers.items()]
