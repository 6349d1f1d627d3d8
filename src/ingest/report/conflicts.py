"""What sources truly disagree on, worst first."""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

from ingest.report.opened import opened

_ROWS = """SELECT model_id, field, said, chosen_source, rule FROM conflicts
    WHERE ($model::VARCHAR IS NULL OR model_id = $model) AND ($field::VARCHAR IS NULL OR starts_with(field, $field))
    LIMIT $most"""


class Conflict(NamedTuple):
    """A field or price that sources disagree on: what each says, whose word was chosen, and why."""

    model_id: str
    field: str
    said: list[str]
    chosen_source: str
    rule: str


def conflicts(warehouse: Path, model: str | None = None, field: str | None = None, most: int = 50) -> list[Conflict]:
    """The worst conflicts first; ``field`` is a column of ``models``, or ``price`` for those of prices."""
    values: dict[str, Any] = {"model": model, "field": field, "most": most}
    with opened(warehouse) as connection:
        return [Conflict(*row) for row in connection.execute(_ROWS, values).fetchall()]
