"""Pages that several processes read give what one process gives."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

from ingest.pipeline import run
from ingest.settings import load_settings


def readers(process: str = "self") -> Iterator[int]:
    """The processes of this one that read: forks of it, or those of a new interpreter, which comes after them."""
    own = Path("/proc/self/cmdline").read_bytes()
    for task in Path("/proc", process, "task").iterdir():
        with suppress(OSError):  # a thread or a process that ended meanwhile
            for child in (task / "children").read_text().split():
                started_as = Path("/proc", child, "cmdline").read_bytes()
                if started_as == own or b"ingest.runners.reader" in started_as:
                    yield from readers(child)
                    yield int(child)


def test_the_number_of_processes_changes_nothing_nor_does_a_kill(house: Any, make_house: Callable[[], Any]) -> None:
    for number in range(70):
        house.write(f"{number:02}.txt", name=f"Robin {number}", context=f"{64 + number}.0K")
    summary = house.run(workers=2, batch_pages=40)  # one small batch would be read in one process
    assert (summary.captures_read, summary.models) == (70, 70)
    alone = make_house()
    assert alone.run(house.pages, workers=1).models == 70
    assert house.digests() == alone.digests()

    killed: list[int] = []
    before = set(readers())

    def kill_one(_done: int, _known: int) -> None:
        while not killed:  # an interpreter may be on its way
            killed.extend(pid for pid in readers() if pid not in before)
            if killed:
                os.kill(killed[0], signal.SIGKILL)

    hit = make_house()
    settings = load_settings(raw=hit.raw, warehouse=hit.warehouse, workers=2, batch_pages=40)
    assert run(settings, [house.pages], progress=kill_one).captures_read == 70
    assert killed and hit.digests() == alone.digests()
