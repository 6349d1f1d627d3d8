"""How many parameters a model has, by its name or by what its maker states of the family (``sizes.yaml``)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from ingest.name.sizes import sizes_of

CASES: list[dict[str, Any]] = yaml.safe_load(Path(__file__).with_name("sizes.yaml").read_text("utf-8"))


@pytest.mark.parametrize("case", CASES, ids=lambda case: str(case["id"]))
def test_the_size_that_an_id_tells(case: dict[str, Any]) -> None:
    found = [size and size.parameters / 1e9 for size in sizes_of(case["id"])]
    assert found == [case.get("total"), case.get("active")]


def test_a_size_in_a_name_has_the_bounds_of_what_makers_call_so() -> None:
    total, _ = sizes_of("acme/sparrow-7b")
    assert total is not None
    assert total.low < 6.7e9 and total.high > 8.5e9  # a 7b of Llama, and one of Gemma
    assert total.high < 13e9
    assert total.rule == "parameters_of_name: 7b"


@given(st.text(st.sampled_from("abemtx0123456789.- "), max_size=30))
def test_a_size_lies_within_its_bounds_and_what_is_active_is_less(name: str) -> None:
    total, active = sizes_of(f"acme/{name}")
    for size in (total, active):
        assert size is None or size.low <= size.parameters <= size.high
    assert total is None or active is None or active.parameters < total.parameters
