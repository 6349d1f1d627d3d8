"""Real files of the six feeds, at each of their dates, where they are at hand."""

from __future__ import annotations

import math
from collections import Counter
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from ingest.read.locate import Places
from ingest.records.document import Capture, Document
from ingest.sources import parse, recognise

MOST_IN_QUARANTINE = 0.005
"""Of the rows of all files; what is left out there is a fault of the source."""

FAR_OFF = 90
"""Two prices for one thing that are a unit error apart differ by 100 (cents), 1,000 or more; real ones by less."""


class Read(NamedTuple):
    path: Path
    content: bytes
    document: Document


@pytest.fixture(scope="module")
def feeds(shared: Path) -> list[Read]:
    files = [p for p in sorted((shared / "feeds").rglob("*")) if p.is_file() and p.suffix != ".md"]
    if not files:
        pytest.skip("../shared/feeds is not here")
    found = []
    for path in files:
        content = path.read_bytes()
        found.append(Read(path, content, parse(Capture(content, path.as_posix()))))
    return found


def _statements(document: Document) -> list[Any]:
    return [x for e in document.entries for x in (*e.stated, *e.prices, *e.scores)]


def test_every_file_is_read_as_the_source_of_its_folder(feeds: list[Read]) -> None:
    wrong = [
        (read.path.name, read.document.source, read.document.rejected)
        for read in feeds
        if read.document.rejected
        or read.document.source not in read.path.parts
        or recognise(Capture(read.content, read.path.as_posix())) != read.document.source
        or not read.document.entries
    ]
    assert not wrong


def test_every_field_of_every_file_is_read_or_listed_with_a_reason(feeds: list[Read]) -> None:
    new = [
        (read.path.parent.name, check.actual)
        for read in feeds
        for check in read.document.checks
        if check.name in ("new_field", "field_type", "missing_field") and not check.passed
    ]
    assert not new


def test_hardly_any_row_is_quarantined_and_each_for_a_reason(feeds: list[Read]) -> None:
    rows = Counter(bool(s.problem) for read in feeds for s in _statements(read.document))
    assert rows[True] <= MOST_IN_QUARANTINE * (rows[True] + rows[False])


def test_every_statement_stands_where_its_locator_says(feeds: list[Read]) -> None:
    misplaced = []
    for read in feeds:
        places = Places(read.content)
        for said in _statements(read.document):
            text = said.score_text if hasattr(said, "score_text") else said.raw_text
            if not places.holds(said.locator, text):
                misplaced.append((read.path.name, said.locator, text))
    assert not misplaced


def test_no_price_of_one_offer_is_off_by_a_unit_between_dates_or_files(feeds: list[Read]) -> None:
    """The same key at the same provider, in the same and in other files of a source."""
    asked: dict[tuple[Any, ...], list[tuple[float, str]]] = {}
    for read in feeds:
        for entry in read.document.entries:
            for price in entry.prices:
                if price.amount and price.problem is None and price.unit == "per_million_tokens":
                    key = (read.document.source, entry.source_key, price.provider, price.kind, price.tier)
                    asked.setdefault(key, []).append((price.amount, read.path.parent.name))
    far = {k: v for k, v in asked.items() if max(a for a, _ in v) / min(a for a, _ in v) > FAR_OFF}
    assert not far


def test_prices_of_one_model_and_provider_are_of_one_magnitude_across_sources(feeds: list[Read]) -> None:
    """A unit error of a whole source would show as a common factor of 1,000 or a million."""
    by_offer: dict[tuple[str, str], dict[str, float]] = {}
    for read in feeds:
        for entry in read.document.entries:
            model = (entry.source_key or "").rpartition("/")[2].rpartition(".")[2].lower()
            for price in entry.prices:
                is_list_price = (price.kind, price.tier, price.unit) == ("input", None, "per_million_tokens")
                if price.amount and price.problem is None and is_list_price:
                    by_offer.setdefault((model, price.provider or ""), {})[read.document.source] = price.amount
    shared_offers = {k: v for k, v in by_offer.items() if len(v) > 1}
    off = {
        k: v for k, v in shared_offers.items() if math.log10(max(v.values()) / min(v.values())) > math.log10(FAR_OFF)
    }
    assert len(shared_offers) > 100
    assert not off


def test_what_the_feeds_are_there_for_is_read(feeds: list[Read]) -> None:
    kinds = {p.kind for read in feeds for e in read.document.entries for p in e.prices}
    fields = {s.field for read in feeds for e in read.document.entries for s in e.stated}
    conditions = {c for read in feeds for e in read.document.entries for s in e.scores for c in s.conditions}
    assert {"input", "output", "cached_input", "cache_write", "batch_input", "batch_output", "reasoning"} <= kinds
    assert {"image", "audio_input", "audio_output", "request", "web_search"} <= kinds
    assert {"knowledge_cutoff", "deprecated_on", "release_date", "input_modalities", "output_modalities"} <= fields
    assert {"context_tokens", "max_output_tokens", "open_weights", "features", "parameters", "license"} <= fields
    assert {"n_shots", "reasoning_effort", "thinking_tokens", "harness", "metric", "prompting"} <= conditions
    assert any(s.stderr for read in feeds for e in read.document.entries for s in e.scores)
