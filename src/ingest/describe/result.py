"""What describing one note gives: plain records."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from ingest.records import CONDITIONS, Check

__all__ = ["CONDITIONS", "Described", "Part"]


@dataclass(slots=True, frozen=True)
class Part:
    """One stretch of a description. ``start`` and ``end`` count characters of the text as it was given.

    ``kind`` is ``note`` (a statement of method), ``about`` (words on what the benchmark tests) or the kind of
    leak (a name of the detectors). ``rule`` says why it was taken for that.
    """

    kind: str
    text: str
    start: int
    end: int
    rule: str


@dataclass(slots=True, frozen=True)
class Described:
    """A benchmark's description turned into facts.

    ``conditions`` holds a key of :data:`CONDITIONS` only where the note or the benchmark's name states it;
    ``condition_sources`` says which of the two (``note`` or ``name``) for each. ``conditions_confidence`` is
    between 0 and 1, and None where there was neither a text nor a condition in the name. ``checks`` holds
    what name and note contradict each other on; such a condition is left out.
    """

    description: str | None
    description_raw: str | None
    description_status: str
    description_issues: tuple[str, ...] = ()
    conditions: dict[str, Any] = field(default_factory=dict)
    condition_sources: dict[str, str] = field(default_factory=dict)
    conditions_confidence: float | None = None
    checks: tuple[Check, ...] = ()
    parts: tuple[Part, ...] = ()
    rules: tuple[str, ...] = ()
