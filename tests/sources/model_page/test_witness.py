"""JSON that a framework leaves in a page makes what is shown more exact, or contradicts it; alone it states nothing."""

from __future__ import annotations

import json
from typing import Any

import pytest

import ingest

SHOWN = """<h1>GPT-4.1 mini</h1><p>OpenAI</p><h2>Key Specifications</h2><p>Context</p><p>1.0M</p><p>Release Date</p>
<p>April 2025</p><h2>Technical Specifications</h2><p>Max Output Tokens</p><p>32.8K</p>"""


def page(data: Any, attributes: str = 'id="__NEXT_DATA__" type="application/json"') -> bytes:
    script = f"<script {attributes}>{json.dumps(data)}</script>"
    return f"<html><head><title>GPT-4.1 mini</title></head><body>{SHOWN}{script}</body></html>".encode()


def read(content: bytes) -> tuple[dict[str, Any], dict[str, bool]]:
    document = ingest.parse(content)
    (entry,) = document.entries
    return {s.field: s for s in entry.stated}, {check.name: check.passed for check in document.checks}


MODEL = {
    "name": "GPT-4.1 mini",
    "context_length": 1047576,
    "limits": {"maxOutputTokens": 32768},
    "parameters": 8 * 10**9,
}


@pytest.mark.parametrize(
    "wrapped", [MODEL, {"props": {"pageProps": {"model": MODEL, "others": [{"name": "o1"}]}}}, [MODEL]]
)
def test_what_agrees_with_the_page_makes_it_exact(wrapped: Any) -> None:
    stated, checks = read(page(wrapped))
    context = stated["context_tokens"]
    assert (context.value, context.low, context.high) == (1047576, 1047576, 1047576)
    assert (context.raw_text, context.locator) == ("1047576", "script 1 context_length")
    assert stated["max_output_tokens"].value == 32768
    assert checks == {"witness_context_tokens": True, "witness_max_output_tokens": True}
    assert "parameters" not in stated, "nobody sees it on the page"


def test_a_date_becomes_more_exact() -> None:
    stated, _ = read(page(MODEL | {"releaseDate": "2025-04-14"}))
    assert (str(stated["release_date"].value), stated["release_date"].unit) == ("2025-04-14", "day")


def test_what_contradicts_the_page_fails_a_check_and_changes_nothing() -> None:
    stated, checks = read(page(MODEL | {"context_length": 128000}))
    assert stated["context_tokens"].value == 1000000
    assert checks["witness_context_tokens"] is False


@pytest.mark.parametrize(
    "data",
    [
        {"models": [{"name": "GPT-4o", "context_length": 1047576}]},
        {"context_length": 1047576},
        {"name": "GPT-4.1 mini", "context_length": "many"},
        "GPT-4.1 mini",
    ],
)
def test_data_of_other_things_is_no_witness(data: Any) -> None:
    stated, checks = read(page(data))
    assert (stated["context_tokens"].value, checks) == (1000000, {})


def test_a_script_that_is_no_json_is_no_witness() -> None:
    stated, checks = read(page(MODEL, 'type="module"'))
    assert (stated["context_tokens"].value, checks) == (1000000, {})
    broken = page(MODEL).replace(b"1047576", b"1047576,,")
    assert read(broken)[0]["context_tokens"].value == 1000000
