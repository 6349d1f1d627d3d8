"""A site with every kind of page: the sample pages, small feeds of two days, a promotion, and names to be wary of."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pytest
from site_data import HOSTILE, Site

from ingest.site import build

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="session")
def site(make_house: Callable[[], Any]) -> Site:
    """The site, built once; tests only read it."""
    house = make_house()
    house.run(ROOT / "raw" / "pages", ROOT / "tests" / "docs" / "feeds")
    with duckdb.connect(str(house.warehouse)) as connection:
        ids = [row[0] for row in connection.execute("SELECT model_id FROM models ORDER BY model_id").fetchall()]
        named = dict(zip(HOSTILE, ids[:: len(ids) // len(HOSTILE)], strict=False))
        for kind, model_id in named.items():
            connection.execute("UPDATE models SET name = ? WHERE model_id = ?", [HOSTILE[kind], model_id])
        connection.execute("UPDATE captures SET location = ? WHERE rowid % 7 = 1", [HOSTILE["address"]])
        connection.execute("UPDATE unread_lines SET text = ?", [HOSTILE["markup"]])
        connection.execute(
            "UPDATE internal.prices SET tier = 'promotion', tier_from = DATE '2025-09-01', "
            "tier_until = DATE '2025-12-31' WHERE rowid % 5 = 0"
        )
    return Site(house.root / "site", house.warehouse, build(house.warehouse, house.root / "site"), named)
