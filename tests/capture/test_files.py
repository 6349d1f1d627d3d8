"""What the path of a file tells."""

from __future__ import annotations

from datetime import date

import pytest

from ingest.capture.files import date_in_path


@pytest.mark.parametrize(
    ("location", "day"),
    [
        ("feeds/2025-09-11/models.json", date(2025, 9, 11)),
        ("feeds/2025-01-31/openai/o1-2024-12-17/model.json", date(2025, 1, 31)),  # the model's name holds a date too
        ("feeds/2024-12-31/day/2025-01-31/model.json", date(2025, 1, 31)),
        ("feeds/models-2025-09-11.json", date(2025, 9, 11)),
        ("feeds/2025-02-30/models-2025-09-11.json", date(2025, 9, 11)),
        ("feeds/120250-09-11/models.json", None),
        ("feeds/models.json", None),
    ],
)
def test_the_day_of_capture_is_that_of_the_last_folder_of_a_day(location: str, day: date | None) -> None:
    assert date_in_path(location) == day
