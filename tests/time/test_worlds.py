"""Rankings and histories of small worlds, held to answers that were written before the first run."""

from __future__ import annotations

from datetime import date, datetime, time
from pathlib import Path
from typing import Any

import pytest
import yaml

WORLDS: list[dict[str, Any]] = yaml.safe_load(Path(__file__).with_name("worlds.yaml").read_text("utf-8"))


def _plain(value: Any) -> Any:
    """A midnight as its day, as the file of answers writes it."""
    return value.date() if isinstance(value, datetime) and value.time() == time() else value


def _read(house: Any, run: dict[str, Any]) -> None:
    paths = [house.write(**page) for page in run.get("pages", ())]
    paths += [house.write(file, text.encode()) for file, text in run.get("files", {}).items()]
    on: date | None = run.get("on")
    house.run(*paths, captured_at=f"{on}T00:00:00+00:00" if on else None)


@pytest.mark.parametrize("world", WORLDS, ids=lambda world: world["world"])
def test_a_world_is_ranked_as_written(house: Any, world: dict[str, Any]) -> None:
    for run in world["runs"]:
        _read(house, run)
    for ask in world["asks"]:
        rows = [[_plain(value) for value in row] for row in house.rows(ask["sql"])]
        assert rows == ask["rows"], ask["sql"]
