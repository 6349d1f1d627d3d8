"""What a run did, for people, programs and the table ``runs``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from ingest.outcome import HeldBack, Kind, Outcome, not_fetched

_NAMED = 20
"""A message names at most so many inputs; ``held_back`` has all of them."""


@dataclass(slots=True)
class Summary:
    """What a run did. ``quarantined`` and ``rejected`` count by reason; ``seconds`` by step.

    ``feeds_…`` says how many of the captures are feed files; the others are pages. ``rejected_files`` names the first
    of the rejected captures, each by its location and the reason, ``encoded_files`` the first of the feed files that
    are not UTF-8, each with its encoding. ``held_back`` has the sources and inputs of which
    nothing was published, although they stated something before or were to. ``sources_off`` has the sources of other
    packages that cannot be used, each with the reason.
    """

    run_id: str
    status: str = "succeeded"
    captures_read: int = 0
    captures_unchanged: int = 0
    captures_rejected: int = 0
    feeds_read: int = 0
    feeds_unchanged: int = 0
    feeds_rejected: int = 0
    rows_written: int = 0
    rows_quarantined: int = 0
    quarantined: dict[str, int] = field(default_factory=dict)
    rejected: dict[str, int] = field(default_factory=dict)
    rejected_files: list[str] = field(default_factory=list)
    encoded_files: list[str] = field(default_factory=list)
    held_back: list[HeldBack] = field(default_factory=list)
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

    @property
    def outcome(self) -> Outcome:
        """How the run came out. Where no input was well, nothing was published."""
        is_any_well = self.captures_read or self.captures_unchanged
        is_held_back = bool(self.held_back or self.sources_off)
        if not is_any_well and (self.captures_rejected or is_held_back):
            return Outcome.NOTHING_PUBLISHED
        return Outcome.HELD_BACK if is_held_back else Outcome.ALL_WELL

    def add_not_fetched(self, source: str | None, report: Mapping[str, Any], *, is_asked_for: bool) -> None:
        """Note as held back what a crawl could not fetch and no capture of the run has named."""
        named = {each.what for each in self.held_back}
        failed = not_fetched(source, report, is_asked_for=is_asked_for)
        self.held_back += [each for each in failed if each.what not in named]

    def not_well(self) -> str | None:
        """What a run held back and why, in a few sentences for an operator; None where all was well."""
        said = [self.error] if self.error else []
        broken = [str(each) for each in self.held_back if each.kind is Kind.BROKEN]
        others = [str(each) for each in self.held_back if each.kind not in (Kind.BROKEN, Kind.FLOOR)]
        if broken:
            said.append(
                f"{len(broken):,} {_inputs(broken)} cut off or damaged: {_first(broken)}. What was published before "
                "stands. If a file is whole as it is, `--accept` takes it."
            )
        if others:
            said.append(
                f"{len(others):,} {_inputs(others)} held back: {_first(others)}. What was published before stands, and "
                "the next run tries again."
            )
        said += [f"The source {name} is switched off: {why}." for name, why in self.sources_off.items()]
        if not said and self.outcome is Outcome.NOTHING_PUBLISHED:
            said.append(f"Nothing was published, since every input was rejected: {_first(self.rejected_files)}.")
        return " ".join(said) or None

    def as_dict(self) -> dict[str, Any]:
        """The summary as plain data, for JSON."""
        return asdict(self) | {"outcome": self.outcome.value}


def _inputs(named: list[str]) -> str:
    return "input is" if len(named) == 1 else "inputs are"


def _first(named: list[str]) -> str:
    more = f"; and {len(named) - _NAMED:,} more" if len(named) > _NAMED else ""
    return "; ".join(named[:_NAMED]) + more
