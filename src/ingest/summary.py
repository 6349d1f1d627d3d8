"""What a run did, for people, programs and the table ``runs``."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any


@dataclass(slots=True)
class Summary:
    """What a run did. ``quarantined`` and ``rejected`` count by reason; ``seconds`` by step.

    ``rejected_files`` names the first of the rejected captures, each by its location and the reason. ``sources_off``
    has the sources of other packages that cannot be used, each with the reason.
    """

    run_id: str
    status: str = "succeeded"
    captures_read: int = 0
    captures_unchanged: int = 0
    captures_rejected: int = 0
    rows_written: int = 0
    rows_quarantined: int = 0
    quarantined: dict[str, int] = field(default_factory=dict)
    rejected: dict[str, int] = field(default_factory=dict)
    rejected_files: list[str] = field(default_factory=list)
    checks_passed: int = 0
    checks_failed: dict[str, int] = field(default_factory=dict)
    unread_lines: int = 0
    models: int = 0
    scores: int = 0
    prices: int = 0
    seconds: dict[str, float] = field(default_factory=dict)
    warehouse: str = ""
    sources_off: dict[str, str] = field(default_factory=dict)
    error: str | None = None

    def as_dict(self) -> dict[str, Any]:
        """The summary as plain data, for JSON."""
        return asdict(self)
