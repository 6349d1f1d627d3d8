"""Pages of unknown layouts give right facts or one sentence; a known site is recognised by its own marks."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

import ingest
from ingest.records import Capture, Document
from ingest.sources import parse, recognise

PAGES = yaml.safe_load(Path(__file__).with_name("pages.yaml").read_text(encoding="utf-8"))
FURTHER = yaml.safe_load(Path(__file__).with_name("further_pages.yaml").read_text(encoding="utf-8"))


def facts(document: Document) -> dict[str, Any]:
    stated: dict[str, Any] = {}
    for entry in document.entries:
        stated |= {"name": entry.name, "organization": entry.organization}
        stated |= {s.field: s.value for s in entry.stated}
        for price in entry.prices:
            currency = "" if price.currency == "USD" else f" {price.currency}"
            stated[f"price of {price.kind}{currency}"] = price.amount
        stated |= {f"score of {s.benchmark}": s.score for s in entry.scores}
    return {field: value for field, value in stated.items() if value is not None}


def allowed(right: dict[str, Any]) -> dict[str, Any]:
    plain = {field: value for field, value in right.items() if field not in ("prices", "scores")}
    prices = {f"price of {kind}": amount for kind, amount in right.get("prices", {}).items()}
    return plain | prices | {f"score of {name}": score for name, score in right.get("scores", {}).items()}


@pytest.mark.parametrize("source", ["label-value-page", "model-page", "llmstats-page"])
@pytest.mark.parametrize("case", PAGES, ids=lambda case: case["name"])
def test_nothing_false_is_read_from_a_page_of_an_unknown_layout(case: dict[str, Any], source: str) -> None:
    document = ingest.parse(case["page"].encode(), source=source)
    right = allowed(case["right"])
    for field, value in facts(document).items():
        want = right.get(field)
        assert value == want or (isinstance(want, list) and value in want), field
    assert document.entries or ": " in str(document.rejected)


def test_most_of_what_stands_on_them_is_read() -> None:
    read = sum(len(facts(ingest.parse(case["page"].encode(), source="label-value-page"))) for case in PAGES)
    assert read >= 0.8 * sum(len(allowed(case["right"])) for case in PAGES)


@pytest.mark.parametrize("source", [None, "label-value-page"])
def test_nothing_false_is_read_from_pages_of_many_sites(source: str | None) -> None:
    false: dict[int, dict[str, Any]] = {}
    read = 0
    for number, case in enumerate(FURTHER):
        document = parse(Capture(case["page"].encode(), case.get("location", "")), source)
        right = allowed(case["right"])
        found = facts(document)
        wrong = {k: v for k, v in found.items() if v != right.get(k) and v not in _several(right.get(k))}
        read += len(found) - len(wrong)
        if wrong or not (document.entries or document.rejected):
            false[number] = wrong
    assert false == {}
    assert source is None or read >= 0.82 * sum(len(allowed(case["right"])) for case in FURTHER)


def _several(right: Any) -> list[Any]:
    return right if isinstance(right, list) else []


@pytest.mark.parametrize("case", PAGES, ids=lambda case: case["name"])
def test_without_its_name_the_source_reads_nothing(case: dict[str, Any]) -> None:
    document = ingest.parse(case["page"].encode())
    assert document.entries == [] or document.source == "model-page"
    assert document.entries or ": " in str(document.rejected)


def test_a_page_of_a_site_with_a_source_of_its_own_is_read_by_that_source() -> None:
    page = next(case["page"] for case in FURTHER if case["kind"] == "the router's page of today")
    assert recognise(Capture(page.encode())) == "openrouter-page"


def test_content_that_no_source_knows_says_what_is_missing() -> None:
    told = str(ingest.parse(b"GPT-4o mini\n\nContext: 128K\nMax Output: 16K\n").rejected)
    assert told.startswith("unrecognised: ") and "'Context'" in told and "label-value-page" in told
    assert "source list" in str(ingest.parse(b"Herons stand still for hours.").rejected)


LLM_STATS = b"""<html><head><title>GPT-4.1 mini</title><link rel="canonical" href="https://llm-stats.com/models/gpt-4.1-mini">
</head><body><h1>GPT-4.1 mini</h1><p>OpenAI</p><div><p>Context</p><p>1,047,576</p></div><div><p>Released</p>
<p>Apr 14, 2025</p></div><h2>Benchmarks</h2><div><span>MMLU</span><b>87.5%</b></div></body></html>"""


def test_a_page_of_llm_stats_is_known_by_its_address_or_its_own_mark() -> None:
    assert recognise(Capture(LLM_STATS)) == "llmstats-page"
    bare = LLM_STATS.replace(b"llm-stats.com", b"example.com")
    assert recognise(Capture(bare)) is None
    assert recognise(Capture(bare, "https://llm-stats.com/models/gpt-4.1-mini")) == "llmstats-page"
    assert facts(ingest.parse(LLM_STATS)).items() >= {
        ("name", "GPT-4.1 mini"),
        ("context_tokens", 1047576),
        ("score of MMLU", 87.5),
    }


@given(st.text(max_size=300), st.sampled_from(["label-value-page", "llmstats-page"]))
@settings(max_examples=60)
def test_any_text_is_a_document(text: str, source: str) -> None:
    with suppress(ingest.IngestError):
        assert isinstance(ingest.parse(text.encode(), source=source), Document)
