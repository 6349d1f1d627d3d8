"""Pages that several processes read give what one process gives."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


def test_the_number_of_processes_changes_nothing(house: Any, make_house: Callable[[], Any]) -> None:
    for number in range(70):
        house.write(f"{number:02}.txt", name=f"Robin {number}", context=f"{64 + number}.0K")
    summary = house.run(workers=2, batch_pages=40)  # one small batch would be read in one process
    assert (summary.captures_read, summary.models) == (70, 70)
    alone = make_house()
    assert alone.run(house.pages, workers=1).models == 70
    assert house.digests() == alone.digests()
