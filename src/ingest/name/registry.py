"""What earlier runs decided: which id the model of a place got.

The pipeline stores :meth:`ModelRegistry.rows` as a table and hands them back with :meth:`ModelRegistry.from_rows`, so
that a mended date never changes an id, and that an id takes the maker that earlier data names for it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from typing import Any, NamedTuple


class NameDecision(NamedTuple):
    """The model at ``scope`` of ``source`` whose name means ``base_id`` and whose page gives ``release_date``.

    ``model_id`` is the id that it got, with the version behind ``@`` where release dates tell it from another.
    """

    source: str
    scope: str
    base_id: str
    release_date: date | None
    model_id: str
    name: str


class ModelRegistry:
    """Decisions of earlier runs, looked up by place. Small, in memory, owned by one writer."""

    def __init__(self, decisions: Iterable[NameDecision] = ()) -> None:
        self._by_place: dict[tuple[str, str, str], dict[date | None, NameDecision]] = {}
        self._by_date: dict[tuple[str, str], dict[date, str]] = {}
        for decision in sorted(decisions, key=_in_order):
            self.add(decision)

    @classmethod
    def from_rows(cls, rows: Iterable[Iterable[Any]]) -> ModelRegistry:
        """From rows as :meth:`rows` gave them: (source, scope, base_id, release_date, model_id, name)."""
        return cls(NameDecision(*row) for row in rows)

    def rows(self) -> list[NameDecision]:
        """One row for each place and date that was given there, sorted."""
        return sorted((d for dated in self._by_place.values() for d in dated.values()), key=_in_order)

    def add(self, decision: NameDecision) -> None:
        """Keeps a decision. The first id of a place stands; a later date of the same place is kept beside it.

        Where two places with versions of their own came to one date, the least stands for it, so that what many runs
        decided one by one, and what is read back from a table in between, is what one process decides.
        """
        kept = self._by_place.setdefault((decision.source, decision.scope, decision.base_id), {})
        if known := next(iter(kept.values()), None):
            decision = decision._replace(model_id=known.model_id)
        kept.setdefault(decision.release_date, decision)
        if decision.release_date is not None:
            dates = self._by_date.setdefault((decision.source, decision.base_id), {})
            dates[decision.release_date] = min(dates.get(decision.release_date, decision.model_id), decision.model_id)

    def at_place(self, source: str, scope: str, base_id: str) -> str | None:
        """Id of the model that this place had, None where it had none of that name."""
        found = self._by_place.get((source, scope, base_id), {})
        return next((known.model_id for known in found.values()), None)

    def places(self) -> Iterator[tuple[str, str, str]]:
        """Source, scope and base id of every place."""
        return iter(self._by_place)

    def by_date(self, source: str, base_id: str) -> dict[date, str]:
        """What places of one name in one source hold, by the release date given there."""
        return dict(self._by_date.get((source, base_id), {}))


def _in_order(decision: NameDecision) -> tuple[str, ...]:
    dated = decision.release_date.isoformat() if decision.release_date else ""
    return (decision.source, decision.base_id, dated, decision.scope, decision.model_id)
