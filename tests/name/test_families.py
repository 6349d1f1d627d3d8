"""The maker of a model that no source names the maker of: told where it is certain, and otherwise unknown."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from ingest.name import ModelRegistry, ModelRequest, model_catalogue, resolve_models
from ingest.name.generations import maker_by_name

CASES: dict[str, list[dict[str, Any]]] = yaml.safe_load(Path(__file__).with_name("families.yaml").read_text("utf-8"))


@pytest.mark.parametrize(("name", "maker"), [(n, row["maker"]) for row in CASES["made_by"] for n in row["names"]])
def test_the_maker_of_a_family(name: str, maker: str) -> None:
    [found] = resolve_models([ModelRequest("a-feed", f"feed#{name}", name=name)], ModelRegistry())
    assert found.organization_id == maker


@pytest.mark.parametrize("name", [n for row in CASES["nobody_certain"] for n in row["names"]])
def test_a_name_that_may_be_anybodys(name: str) -> None:
    assert maker_by_name(name) is None
    [found] = resolve_models([ModelRequest("a-feed", f"feed#{name}", name=name)], ModelRegistry())
    assert found.is_known or found.organization_id == "unknown"


def test_a_maker_that_a_source_names_is_believed() -> None:
    [found] = resolve_models([ModelRequest("a-feed", "x", "Gemini 9 Pro", "Another Lab")], ModelRegistry())
    assert found.organization_id == "another-lab"


LISTED_OTHERWISE = {
    ("stable-diffusion-xl-lightning", "stability", "bytedance/sdxl-lightning"),
    ("tnlg-v2-530b", "microsoft", "nvidia/megatron-turing-nlg-530b"),
}
"""Names of the catalogue that begin with another maker's family: sources list two models so."""


def test_families_agree_with_the_catalogue() -> None:
    """Of what is catalogued, no name is told to be of another maker."""
    wrong = {
        (name, told[0], model.model_id)
        for model in model_catalogue().values()
        for name in (model.model_id.partition("/")[2], model.name, *model.aliases)
        if (told := maker_by_name(str(name))) and told[0] != model.organization_id
    }
    assert wrong == LISTED_OTHERWISE
