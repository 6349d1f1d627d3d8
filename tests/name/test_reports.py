"""Whether a title is that of a maker's own report (``reports.yaml``)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from ingest.name.reports import is_own_report

CASES: list[dict[str, Any]] = yaml.safe_load(Path(__file__).with_name("reports.yaml").read_text("utf-8"))


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case['title']} of {case['maker']}")
def test_a_report_is_of_its_maker(case: dict[str, Any]) -> None:
    assert is_own_report(case["title"], case["maker"]) is case["own"]
