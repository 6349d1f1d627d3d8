"""Random stories of documents, held against a reference: a list of observations that is replayed (``stories.py``).

``INGEST_STORIES`` says how many stories are tried (32 where nothing is said); the documents of a world have one each.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from stories import DOCUMENT_EVENTS, KILLS, WORLD_EVENTS, World, kinds

STORIES = int(os.environ.get("INGEST_STORIES", "32"))
LARGE = 200
"""From so many stories on a world is twice as large: a run costs much the same for few documents and for many."""


@pytest.mark.no_cover  # other tests run the same lines one by one
def test_a_story_and_its_reference_say_the_same(
    make_house: Callable[[], Any], page_writers: tuple[Callable[..., str], Callable[..., str]]
) -> None:
    all_kinds = kinds(*page_writers) * (4 if STORIES < LARGE else 8)
    day = st.tuples(
        st.lists(st.sampled_from(DOCUMENT_EVENTS), min_size=len(all_kinds), max_size=len(all_kinds)),
        st.sampled_from(WORLD_EVENTS),
        st.sampled_from(sorted(KILLS)),
    )

    @given(st.lists(day, min_size=2, max_size=7))
    @settings(
        max_examples=-(-STORIES // len(all_kinds)),
        deadline=None,
        suppress_health_check=list(HealthCheck),
        phases=[Phase.generate],  # a failing world says what happened; to make it smaller takes minutes
        report_multiple_bugs=False,
    )
    def tell(days: list[tuple[list[str], str, str]]) -> None:
        world = World(make_house(), all_kinds)
        try:
            for events, whole, kill in days:
                world.live(events, whole, kill)
            world.live(["stay"] * len(all_kinds), "nothing", "")
            world.holds(days=True)
            before = world.state()
            world.rebuild()
            world.holds(days=True)
            assert world.state() == before, world.told
        finally:
            shutil.rmtree(world.house.root, ignore_errors=True)

    tell()
