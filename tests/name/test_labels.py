"""Licences and features."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from ingest.name import is_open_weights, known_features, normalise_feature, normalise_license

CASES = yaml.safe_load((Path(__file__).parent / "labels.yaml").read_text(encoding="utf-8"))


@pytest.mark.parametrize("case", CASES["licences"], ids=lambda c: str(c["stated"]))
def test_licences(case: dict[str, Any]) -> None:
    found = normalise_license(case["stated"])
    assert found == case["license"]
    assert is_open_weights(found) is case["open"]


@pytest.mark.parametrize("case", CASES["features"], ids=lambda c: c["label"])
def test_features(case: dict[str, Any]) -> None:
    assert normalise_feature(case["label"]) == case["feature"]


def test_every_label_of_a_known_feature_leads_to_it() -> None:
    for feature, labels in known_features().items():
        assert {normalise_feature(label) for label in (feature, *labels)} == {feature}


@given(st.text(max_size=60))
def test_normalising_a_licence_twice_changes_nothing(stated: str) -> None:
    once = normalise_license(stated)
    assert normalise_license(once) == once
