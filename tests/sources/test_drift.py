"""A feed that changes: what appears, vanishes or changes type is named, and the rest is read as before."""

from __future__ import annotations

import contextlib
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.errors import IngestError
from ingest.records.document import Capture, Document
from ingest.sources import sources

HERE = Path(__file__).parent
FIXTURES = {
    "models-dev": HERE / "models_dev/fixtures/api.json",
    "openrouter": HERE / "openrouter/fixtures/models.json",
    "litellm": HERE / "litellm/fixtures/model_prices_and_context_window.json",
}


def _root(name: str) -> Any:
    return json.loads(FIXTURES[name].read_bytes())


def _records(name: str, root: Any) -> list[dict[str, Any]]:
    """The records of a feed's file, to be changed in place."""
    match name:
        case "models-dev":
            return [model for listed in root.values() for model in listed["models"].values()]
        case "openrouter":
            return list(root["data"])
        case _:
            return [listed for key, listed in root.items() if key != "sample_spec"]


def _read(name: str, root: Any) -> Document:
    return sources()[name].parse(Capture(json.dumps(root).encode(), FIXTURES[name].as_posix()))


def _failed(document: Document) -> dict[str, str | None]:
    return {check.name: check.actual for check in document.checks if not check.passed}


def _values(document: Document) -> int:
    return sum(len(e.stated) + len(e.prices) + len(e.scores) for e in document.entries)


@pytest.mark.parametrize("name", FIXTURES)
def test_a_field_that_appears_is_named_with_how_often(name: str) -> None:
    root = _root(name)
    for record in _records(name, root):
        record["carbon_grams"] = {"per_request": 3}
    document = _read(name, root)
    times = len(_records(name, root))
    assert f"carbon_grams/per_request ({times} times, number)" in str(_failed(document)["new_field"])
    assert any("carbon_grams/per_request" in line.text and "no rule takes it" in line.text for line in document.unread)
    assert _values(document) == _values(_read(name, _root(name)))


def test_a_new_tier_or_plan_of_a_known_price_is_read() -> None:
    root = _root("litellm")
    root["gemini-2.5-pro"]["input_cost_per_token_above_500k_tokens"] = 5e-06
    root["gemini-2.5-pro"]["output_cost_per_token_above_500k_tokens_priority"] = 2e-05
    root["gemini-2.5-pro"]["input_cost_per_token_flex"] = 6.25e-07
    [entry] = [e for e in _read("litellm", root).entries if e.source_key == "gemini-2.5-pro"]
    prices = {(p.kind, p.tier): p.amount for p in entry.prices}
    assert prices["input", "input > 500000 tokens"] == 5.0
    assert prices["output", "input > 500000 tokens, priority"] == 20.0
    assert prices["input", "flex"] == 0.625

    root = _root("models-dev")
    cost = root["google"]["models"]["gemini-3-pro-preview"]["cost"]
    cost["context_over_500k"] = {"input": 8.0}
    [entry] = [e for e in _read("models-dev", root).entries if e.name == "Gemini 3 Pro Preview"]
    assert {p.tier: p.amount for p in entry.prices if p.kind == "input"}["input > 500000 tokens"] == 8.0


def test_prices_that_a_map_copies_in_another_currency_are_no_dollars() -> None:
    root = _root("litellm")
    root["ovhcloud/Llama-3.1-8B-Instruct"] = {**root["gemini-2.5-pro"], "litellm_provider": "ovhcloud"}
    by_key = {e.source_key: {p.currency for p in e.prices} for e in _read("litellm", root).entries}
    assert by_key["ovhcloud/Llama-3.1-8B-Instruct"] == {"EUR"}
    assert by_key["gemini-2.5-pro"] == {"USD"}


@pytest.mark.parametrize("name", FIXTURES)
def test_a_field_that_vanishes_from_a_whole_file_is_named(name: str) -> None:
    path = {"models-dev": "release_date", "openrouter": "context_length", "litellm": "max_input_tokens"}[name]
    root = _root(name)
    if name == "openrouter":
        root["data"] = [{**model, "id": f"{model['id']}-{i}"} for i in range(8) for model in root["data"]]
    elif name == "litellm":
        root = {f"{key}-{i}": listed for i in range(8) for key, listed in root.items() if key != "sample_spec"}
    else:
        root = {f"{key}-{i}": listed for i in range(8) for key, listed in root.items()}
    for record in _records(name, root):
        record.pop(path, None)
    missing = [check for check in _read(name, root).checks if check.name == "missing_field"]
    assert [check.expected for check in missing if str(check.expected).endswith(f"/{path}")]


@pytest.mark.parametrize(
    ("name", "path", "value"),
    [
        ("models-dev", ("limit", "context"), "a lot"),
        ("models-dev", ("cost", "input"), [1, 2]),
        ("models-dev", ("knowledge",), 202404),
        ("openrouter", ("context_length",), {"tokens": 5}),
        ("openrouter", ("pricing", "prompt"), True),
        ("litellm", ("max_input_tokens",), "128k"),
        ("litellm", ("input_cost_per_token",), "cheap"),
    ],
)
def test_a_field_that_changes_type_goes_to_quarantine_alone(name: str, path: tuple[str, ...], value: Any) -> None:
    root = _root(name)
    before = _values(_read(name, root))
    record = _records(name, root)[0]
    for key in path[:-1]:
        record = record[key]
    record[path[-1]] = value
    document = _read(name, root)
    wrong = [x for e in document.entries for x in (*e.stated, *e.prices) if x.problem]
    named = [c for c in document.checks if not c.passed and c.name in ("field_type", "new_field")]
    expected_wrong = [x for e in _read(name, _root(name)).entries for x in (*e.stated, *e.prices) if x.problem]
    assert len(wrong) > len(expected_wrong) or named
    assert _values(document) >= before - 1


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


@given(name=st.sampled_from(sorted(FIXTURES)), value=JSON_VALUES, data=st.data())
def test_any_value_in_any_field_crashes_nothing(name: str, value: Any, data: st.DataObject) -> None:
    root = _root(name)
    record = data.draw(st.sampled_from(_records(name, root)))
    record[data.draw(st.sampled_from(sorted(record)))] = value
    document = _read(name, root)
    assert document.rejected is None
    assert len(document.entries) == len(_read(name, _root(name)).entries)


@given(content=st.binary(max_size=200), name=st.sampled_from(sorted(sources())))
def test_no_bytes_raise_anything_but_the_projects_own_error(content: bytes, name: str) -> None:
    with contextlib.suppress(IngestError):
        sources()[name].parse(Capture(content))
