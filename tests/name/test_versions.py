"""Several listings of one model by one seller: which is the plain one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from ingest.name import versions

CASES: list[dict[str, Any]] = yaml.safe_load(Path(__file__).with_name("versions.yaml").read_text("utf-8"))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["why"])
def test_which_listing_is_the_plain_one(case: dict[str, Any]) -> None:
    listed = dict(case["listed"])
    assert dict(zip(listed, versions(list(listed)), strict=True)) == listed


@given(st.lists(st.text(alphabet="ab1-./:@", max_size=12), min_size=1, max_size=6), st.randoms())
def test_one_is_always_plain_and_their_order_says_nothing(keys: list[str], rng: Any) -> None:
    found = dict(zip(keys, versions(keys), strict=True))
    assert None in found.values()
    assert "" not in found.values()
    shuffled = sorted(keys, key=lambda _: rng.random())
    assert dict(zip(shuffled, versions(shuffled), strict=True)) == found
