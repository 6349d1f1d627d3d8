"""Random stories of one document, held against a simple reference: a list of observations that is replayed.

``INGEST_STORIES`` says how many stories are tried (8 where nothing is said).
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from test_events import feed, of_day, said, says

from ingest.errors import IngestError
from ingest.pipeline import open_run
from ingest.settings import load_settings

STORIES = int(os.environ.get("INGEST_STORIES", "8"))

EVENTS = st.one_of(
    st.tuples(st.just("say"), st.sampled_from([0.4, 0.8, 1.6])),
    st.tuples(
        st.sampled_from(["again", "error", "cut", "vanish", "by a link", "move", "lose captures", "lose the log",
                         "kill", "rebuild"]),
        st.just(0.0),
    ),
)  # fmt: skip


class Story:
    """A house in which events happen, and what the reference says of them: observations as (day, price)."""

    def __init__(self, house: Any) -> None:
        self.house = house
        self.day = 0
        self.observed: list[tuple[int, float]] = []
        self.file: float | None = None
        self.rebuildable = True

    def tell(self, event: str, price: float) -> None:
        """Let one event happen on the next day, and run."""
        self.day += 1
        path = self.house.raw / "feeds" / "api.json"
        given: Path | str = self.house.raw / "feeds"
        if event == "say":
            feed(self.house, price, models=3, day=self.day)
            self._observe(price)
        elif event == "again" and self.file is not None and path.exists():
            of_day(path, self.day)
        elif event in ("error", "cut"):
            whole = feed(self.house, 3.2, models=3).read_bytes()
            path.write_bytes(
                whole[:-20] if event == "cut" else b"<html><title>Sign in</title>Sign in to continue</html>"
            )
            of_day(path, self.day)
            self.file = None
        elif event == "vanish":
            path.unlink(missing_ok=True)
            self.file = None
        elif event == "by a link":
            link = self.house.root / "link"
            if not link.exists():
                link.symlink_to(self.house.raw / "feeds")
            given = link
        elif event == "move":
            moved = type(self.house)(self.house.root.parent / f"{self.house.root.name}x")
            with suppress(FileNotFoundError):
                (self.house.root / "link").unlink()
            shutil.move(self.house.root, moved.root)
            self.house, given = moved, moved.raw / "feeds"
        elif event in ("lose captures", "lose the log"):
            self._lose(event)
        elif event == "kill":
            feed(self.house, 6.4, models=3, day=self.day)
            self._killed()
            self._observe(6.4)
        elif event == "rebuild" and self.house.warehouse.exists() and self.rebuildable:
            assert self.house.cli("rebuild").returncode == 0
        (self.house.raw / "feeds").mkdir(parents=True, exist_ok=True)
        self.house.run(Path(given))

    def _observe(self, price: float) -> None:
        self.observed.append((self.day, price))
        self.file = price

    def _lose(self, event: str) -> None:
        folder = self.house.raw / "captures" / ("" if event == "lose captures" else "log")
        shutil.rmtree(folder, ignore_errors=True)
        if event == "lose captures" and self.observed:
            self.rebuildable = False  # what the file no longer says cannot be stored again

    def _killed(self) -> None:
        """A run that ends between the log of captures and the load."""
        found = load_settings(raw=self.house.raw, warehouse=self.house.warehouse, workers=1)
        with suppress(IngestError), open_run(found) as run:
            for _ in run.batches([self.house.raw / "feeds"]):
                pass

    def holds(self) -> None:
        """Hold the warehouse against the reference: now, and at the end of each day."""
        if not self.observed:
            return
        assert says(self.house) == [self.observed[-1][1]]
        for day in range(1, self.day + 1):
            stated = [price for at, price in self.observed if at <= day]
            assert said(self.house, day) == stated[-1:], (day, self.observed)


@given(st.lists(EVENTS, min_size=2, max_size=7))
@settings(max_examples=STORIES, deadline=None, suppress_health_check=list(HealthCheck))
def test_a_story_and_its_reference_say_the_same(make_house: Callable[[], Any], events: list[tuple[str, float]]) -> None:
    story = Story(make_house())
    (story.house.raw / "feeds").mkdir(parents=True)
    for event in events:
        story.tell(*event)
        story.holds()
    if story.observed and story.rebuildable:
        before = story.house.digests()
        assert story.house.cli("rebuild").returncode == 0
        assert story.house.digests() == before
        story.holds()
