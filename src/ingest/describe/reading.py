"""What was recognised in a note, and which value of a condition counts where it states several."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any, NamedTuple

from ingest.describe.atoms import View

UNKNOWN, FILLER, BENCHMARK, CONDITION = 0, 1, 2, 3
"""What an atom was recognised as, the strongest last."""


class StatedCondition(NamedTuple):
    """A condition that a phrase states: column, value, and the atoms from ``start`` to ``end`` that state it."""

    column: str
    value: Any
    rank: float
    bent: bool
    start: int
    end: int


@dataclass(slots=True)
class Reading:
    """What was recognised in a note.

    ``levels`` says what each atom was recognised as; ``spans`` the number of its phrase, from 1. ``ambiguous`` names
    the conditions with two values, ``rules`` the conditions that were read. ``bent`` is set if a phrase has the word
    order of a translation. ``glosses`` are brackets, as atoms, in which a translator says a word again.
    """

    levels: list[int]
    spans: list[int] = field(default_factory=list)
    conditions: dict[str, Any] = field(default_factory=dict)
    bent: bool = False
    ambiguous: list[str] = field(default_factory=list)
    rules: list[str] = field(default_factory=list)
    found: list[StatedCondition] = field(default_factory=list)
    glosses: list[tuple[int, int]] = field(default_factory=list)

    def is_read(self, texts: list[str]) -> bool:
        """Whether the vocabulary knows each word of ``texts``, which was read; signs are no words."""
        return all(level != UNKNOWN or not text[0].isalnum() for level, text in zip(self.levels, texts, strict=True))


def settle(view: View, reading: Reading, found: list[StatedCondition]) -> None:
    """Settle one value for each column. Two different values settle none; of metrics the more specific one counts."""
    columns = {item.column: item for item in found}
    if len(columns) == len(found):  # nothing to weigh against each other
        for item in found:
            reading.conditions[item.column] = item.value
            reading.bent = reading.bent or item.bent
            reading.rules.append(item.column)
        return
    for column in columns:
        stated = [item for item in found if item.column == column]
        top = max(item.rank for item in stated) if column in ("metric", "tools") else None
        values = list(dict.fromkeys(item.value for item in stated if top is None or item.rank == top))
        if column == "metric" and _coordinated(view, stated):
            values = []
        if column == "aggregation" and len(values) > 1:
            values = [v for v in values if v != "mean"]
        if len(values) == 1:
            reading.conditions[column] = values[0]
            reading.bent = reading.bent or any(item.bent for item in stated if item.value == values[0])
            reading.rules.append(column)
        else:
            reading.ambiguous.append(column)


def _coordinated(view: View, metrics: list[StatedCondition]) -> bool:
    """Whether a note names two metrics side by side ("accuracy and F1"), so that nobody knows which the score is."""
    for one, other in pairwise(metrics):
        if one.value != other.value and view.texts[one.end : other.start] in (["and"], ["/"], ["&"], ["or"]):
            return True
    return False
