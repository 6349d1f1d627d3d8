"""The family of a model that the catalogue lacks, by its line: cases (``lines.yaml``), and known models left out."""

from __future__ import annotations

from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

import pytest
import yaml

from ingest.name import model_catalogue
from ingest.name.lines import family_in, family_of_line, lines_of
from ingest.name.model_text import model_words

CASES: list[dict[str, Any]] = yaml.safe_load(Path(__file__).with_name("lines.yaml").read_text("utf-8"))


@pytest.mark.parametrize("case", CASES, ids=lambda case: str(case["id"]))
def test_the_family_of_a_line(case: dict[str, Any]) -> None:
    found = family_of_line(case["id"])
    assert (found and found[0]) == case.get("family")


def test_of_a_hundred_known_models_at_most_one_would_get_another_family() -> None:
    """Each model is left out of the catalogue in turn; most get their family by the rest of their maker's."""
    by_maker = defaultdict(list)
    for model in model_catalogue().values():
        by_maker[model.organization_id].append(model)
    told: Counter[str] = Counter()
    for models in by_maker.values():
        for model in models:
            others = ((model_words(each.model_id.partition("/")[2]), each.family) for each in models if each != model)
            found = family_in(model.model_id, lines_of(others))
            told["nothing" if found is None else "right" if found[0] == model.family else "wrong"] += 1
    assert told["wrong"] * 100 <= told["right"]
    assert told["nothing"] * 4 <= told.total()
