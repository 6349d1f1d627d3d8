"""What sources truly disagree on, worst first."""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

from ingest.report.opened import opened

_ROWS = """SELECT model_id, field, said, chosen_source, rule FROM conflicts
    WHERE ($model::VARCHAR IS NULL OR model_id = $model) AND ($field::VARCHAR IS NULL OR starts_with(field, $field))
    LIMIT $most"""


class Conflict(NamedTuple):
    """A field or price on which sources disagree: what each says, which source was chosen, and by which rule."""

    model_id: str
    field: str
    said: list[str]
    chosen_source: str
    rule: str


def conflicts(warehouse: Path, model: str | None = None, field: str | None = None, most: int = 50) -> list[Conflict]:
    """The conflicts, worst first. ``field`` selects a column of ``models``, or prices with ``price``."""
    values: dict[str, Any] = {"model": model, "field": field, "most": most}
    with opened(warehouse) as connection:
        return [Conflict(*row) for row in connection.execute(_ROWS, values).fetchall()]
