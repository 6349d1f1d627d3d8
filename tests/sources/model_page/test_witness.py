"""JSON that a framework leaves in a page makes what is shown more exact, or contradicts it; alone it states nothing."""

from __future__ import annotations

import json
from typing import Any

import pytest

import ingest
from ingest.read.locate import Places

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


def pushes(data: Any, size: int = 10_000, extra: str = "") -> bytes:
    """The page with its data pushed by scripts, in pieces of ``size`` characters."""
    stream = f'0:["$","div",null,{{}}]\n7:{json.dumps(data)}\n'
    pieces = [stream[at : at + size] for at in range(0, len(stream), size)]
    scripts = "".join(f"<script>self.__next_f.push([1,{json.dumps(piece)}])</script>" for piece in pieces)
    start = "<script>(self.__next_f=self.__next_f||[]).push([0])</script>"
    return page({}).replace(b"</body>", f"{start}{scripts}{extra}</body>".encode())


@pytest.mark.parametrize("size", [10_000, 400, 150])
def test_data_that_scripts_push_is_a_witness(size: int) -> None:
    content = pushes({"others": [{"name": "o1", "context_length": 200000}], "model": MODEL}, size)
    stated, checks = read(content)
    context = stated["context_tokens"]
    assert (context.value, context.raw_text) == (1047576, "1047576")
    assert context.locator.startswith("push ") and context.locator.endswith(" context_length")
    assert Places(content).holds(context.locator, context.raw_text)
    assert checks == {"witness_context_tokens": True, "witness_max_output_tokens": True}


def test_pushed_data_that_contradicts_the_page_fails_a_check() -> None:
    stated, checks = read(pushes(MODEL | {"context_length": 128000}))
    assert stated["context_tokens"].value == 1000000
    assert checks["witness_context_tokens"] is False


@pytest.mark.parametrize(
    "script",
    [
        """self.__next_f.push([1,"7:{\\"name\\":\\"GPT-4.1 mini\\",,}\\n"])""",
        """self.__next_f.push([1,"7:{\\"name\\":\\"GPT-4.1 mini\\\"])""",
        """self.__next_f.push([1,{"name":"GPT-4.1 mini","context_length":5}""",
    ],
)
def test_a_push_that_cannot_be_read_is_named(script: str) -> None:
    stated, checks = read(page({}).replace(b"</body>", f"<script>{script}</script></body>".encode()))
    assert stated["context_tokens"].value == 1000000
    assert checks == {"witness_readable": False}


def test_json_that_cannot_be_read_is_named() -> None:
    _, checks = read(page(MODEL).replace(b"1047576", b"1047576,,"))
    assert checks == {"witness_readable": False}


@pytest.mark.parametrize("wrap", [page, pushes])
def test_the_place_of_a_witness_leads_to_it(wrap: Any) -> None:
    content = wrap(MODEL)
    stated, _ = read(content)
    assert Places(content).holds(stated["context_tokens"].locator, "1047576")
