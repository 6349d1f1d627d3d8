"""The records that :func:`ingest.describe.describe` returns."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from ingest.records import CONDITIONS, Check

__all__ = ["CONDITIONS", "Described", "Part"]


@dataclass(slots=True, frozen=True)
class Part:
    """One stretch of a description. ``start`` and ``end`` count characters of the original text.

    ``kind`` is ``note`` (a statement of method), ``about`` (what the benchmark tests) or a kind of leak, as
    ``signs.yaml`` names it. ``rule`` says why the stretch has this kind.
    """

    kind: str
    text: str
    start: int
    end: int
    rule: str


@dataclass(slots=True, frozen=True)
class Described:
    """A benchmark's description turned into facts.

    ``conditions`` has a key of :data:`CONDITIONS` only if the note or the benchmark's name states it;
    ``condition_sources`` says which of the two (``note`` or ``name``). ``conditions_confidence`` is between 0 and 1,
    or None if there is no text and the name states no condition. ``checks`` lists the conditions on which name and note
    contradict each other; these are left out of ``conditions``.
    """

    description: str | None
    description_raw: str | None
    description_status: str
    description_issues: tuple[str, ...] = ()
    conditions: dict[str, Any] = field(default_factory=dict)
    condition_sources: dict[str, str] = field(default_factory=dict)
    conditions_confidence: float | None = None
    checks: tuple[Check, ...] = ()
    rules: tuple[str, ...] = ()
