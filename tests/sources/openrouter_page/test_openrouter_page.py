"""Pages of OpenRouter give what stands below the id of their model, and nothing of the sellers behind it."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

import ingest
from ingest.read import visible_lines
from ingest.records import Capture, Document
from ingest.sources import parse, recognise
from ingest.sources.openrouter_page.parse import page_words

PAGES = yaml.safe_load(Path(__file__).with_name("pages.yaml").read_text(encoding="utf-8"))
ROUTER = PAGES[0]["page"]


@pytest.mark.parametrize("case", PAGES, ids=lambda case: case["name"])
def test_a_page_gives_what_stands_below_its_id(case: dict[str, Any]) -> None:
    content = case["page"].encode()
    assert recognise(Capture(content)) == "openrouter-page"
    document = ingest.parse(content)
    (entry,) = document.entries
    assert (entry.name, entry.source_key) == (case["name_shown"], case["id"])
    assert {s.field: s.value for s in entry.stated} == case["stated"]
    assert {p.kind: p.amount for p in entry.prices} == case["prices"]
    assert {(p.provider, p.tier, p.currency) for p in entry.prices} == {("openrouter", None, "USD")}
    if "unread" in case:
        assert [line.text for line in document.unread] == case["unread"]


@pytest.mark.parametrize("case", PAGES, ids=lambda case: case["name"])
def test_every_locator_leads_to_its_text(case: dict[str, Any]) -> None:
    content = case["page"].encode()
    lines = {line.number: line.text for line in visible_lines(content)}
    (entry,) = ingest.parse(content).entries
    for stated in [*entry.stated, *entry.prices]:
        first, _, last = stated.locator.removeprefix("lines ").removeprefix("line ").partition("-")
        there = " ".join(lines[number] for number in range(int(first), int(last or first) + 1))
        assert stated.raw_text in there


def test_a_plan_of_openrouter_is_a_tier() -> None:
    page = ROUTER.replace("flash-001\n", "flash-001:free\n").replace("$0.10/M", "$0/M").replace("$0.40/M", "$0/M")
    (entry,) = ingest.parse(page.encode()).entries
    assert {p.tier for p in entry.prices} == {"free"}


def test_another_site_that_mentions_openrouter_is_none_of_its_pages() -> None:
    page = "GPT-4o mini\n\nInput Price\n$0.15 per 1M\nAlso sold through OpenRouter.\n"
    assert recognise(Capture(page.encode())) is None


def test_a_page_of_openrouter_without_id_or_figures_says_so() -> None:
    words = "OpenRouter shows $1/M input tokens.\n"
    assert str(parse(Capture(words.encode())).rejected).startswith("no_id: ")
    assert str(parse(Capture(f"Name\na/b\nProviders for it\n{words}".encode())).rejected).startswith("no_figures: ")


@pytest.mark.parametrize("pattern", page_words().patterns, ids=lambda pattern: pattern.name)
def test_each_pattern_reads_its_example(pattern: Any) -> None:
    page = f"Name\na/b\n{pattern.example}\n$1/M output tokens of OpenRouter\n"
    (entry,) = parse(Capture(page.encode()), "openrouter-page").entries
    read = [s.field for s in entry.stated] + [p.kind for p in entry.prices]
    assert (pattern.states or pattern.price) in read or pattern.nothing


@given(st.text(max_size=300))
@settings(max_examples=60)
def test_any_text_is_a_document(text: str) -> None:
    with suppress(ingest.IngestError):
        assert isinstance(ingest.parse(text.encode(), source="openrouter-page"), Document)
