"""Pages that several processes read give what one process gives."""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections.abc import Callable
from typing import Any

from ingest.pipeline import run
from ingest.settings import load_settings


def test_the_number_of_processes_changes_nothing_nor_does_a_kill(house: Any, make_house: Callable[[], Any]) -> None:
    for number in range(70):
        house.write(f"{number:02}.txt", name=f"Robin {number}", context=f"{64 + number}.0K")
    summary = house.run(workers=2, batch_pages=40)  # one small batch would be read in one process
    assert (summary.captures_read, summary.models) == (70, 70)
    alone = make_house()
    assert alone.run(house.pages, workers=1).models == 70
    assert house.digests() == alone.digests()

    killed: list[int] = []

    def kill_one(_done: int, _known: int) -> None:
        if not killed:
            killed.extend(child.pid for child in multiprocessing.active_children() if child.pid)
            os.kill(killed[0], signal.SIGKILL)

    hit = make_house()
    settings = load_settings(raw=hit.raw, warehouse=hit.warehouse, workers=2, batch_pages=40)
    assert run(settings, [house.pages], progress=kill_one).captures_read == 70
    assert killed and hit.digests() == alone.digests()
