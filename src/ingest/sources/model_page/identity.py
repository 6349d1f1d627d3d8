"""Whether a text names a model or a maker, and what a page says of itself beside its visible lines."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from contextlib import suppress
from functools import lru_cache
from typing import Any, NamedTuple

from ingest.name import (
    benchmark_catalogue,
    resolve_benchmarks,
    resolve_name,
    resolve_organization,
)
from ingest.read.lines import Page
from ingest.sources.model_page.labels import NOT_KNOWN, is_count_of_site, known

# A name that was read as a slip of the keyboard may be another one.
_SURE = ("alias", "normalised")
_UNKNOWN = "unknown"
_LARGEST_DATA = 64 * 2**10
_LONGEST = 120
# "43. DeepSeek-V2.5", "#42Llama 3.1 Nemotron", "7) Qwen2"
_RANK = re.compile(r"#\s?[0-9]{1,4}(?![0-9])|[0-9]{1,4}[.)]\s?(?=[^\W\d])")
_VERSUS = re.compile(r"\bvs?\.? |\bversus\b|\bcompared? ", re.IGNORECASE)
_WORDS = re.compile(r"[^\W_]+")
_FILE = re.compile(r"\.(?:html?|md|markdown|txt|php|aspx)\Z", re.IGNORECASE)


class NameInText(NamedTuple):
    """What a text names: a catalogued model, or one of a maker that is told by its family word."""

    model_id: str | None
    organization_id: str | None

    @property
    def is_model(self) -> bool:
        """Whether it names a model at all."""
        return self.organization_id is not None


_NOBODY = NameInText(None, None)


@lru_cache(8192)
def named(text: str) -> NameInText:
    """The model that ``text`` names as a whole, by the catalogue or by the family word of a maker.

    >>> named("GPT-4o mini").model_id, named("No models found").is_model
    ('openai/gpt-4o-mini', False)
    """
    if len(text) > _LONGEST or known(text) != NOT_KNOWN:
        return _NOBODY
    found = resolve_name(text)
    model_id = found.model_id if found.is_known and found.step in _SURE else None
    if found.organization_id == _UNKNOWN or (model_id is None and is_maker(text)):
        return _NOBODY
    return NameInText(model_id, found.organization_id)


def is_maker(text: str) -> bool:
    """Whether ``text`` is a known organization."""
    return len(text) <= _LONGEST and resolve_organization(text).is_known


@lru_cache(8192)
def is_no_benchmark(text: str) -> bool:
    """Whether a text in the place of a benchmark's name is a model or begins with a rank: a row of a ranking."""
    if _RANK.match(text) is not None or named(text).model_id is not None or is_count_of_site(text):
        return True
    # A set and its part (``InfiniteBench/En.QA``) look like a maker and its model.
    return "/" not in text and named(text).is_model and not is_known_benchmark(text)


@lru_cache(8192)
def is_known_benchmark(text: str) -> bool:
    """Whether the catalogue holds the benchmark that ``text`` names."""
    return resolve_benchmarks([text])[text].benchmark_id in benchmark_catalogue()


def is_model_in_ranking(text: str) -> bool:
    """Whether a text below a benchmark's name is a model, perhaps behind its rank, and no note."""
    rank = _RANK.match(text)
    return named(text[rank.end() :].strip() if rank else text).model_id is not None


def is_comparison(text: str) -> bool:
    """Whether a heading names several models: ``GPT-4o vs Claude 3 Opus``."""
    return _VERSUS.search(text) is not None


def own_names(page: Page, location: str) -> list[str]:
    """What a page calls itself: its title, its ``og:`` tags, JSON-LD, and the last part of its address."""
    notes = page.notes
    data = _linked_data(page)
    texts = [page.title, notes.get("og:title", ""), notes.get("twitter:title", "")]
    texts += [str(each["name"]) for each in _objects(data) if isinstance(each.get("name"), str) and "@type" in each]
    return [text for text in (*texts, *address_names(page, location)) if text]


def address_names(page: Page, location: str) -> list[str]:
    """The last part of each address that a page gives itself, without the end of a file's name."""
    notes = page.notes
    addresses = (notes.get("canonical", ""), notes.get("og:url", ""), location if "://" in location else "")
    last = [address.split("?")[0].split("#")[0].rstrip("/").rpartition("/")[2] for address in addresses]
    return [_FILE.sub("", name) for name in last if name]


def agrees(name: str, names: Iterable[str]) -> bool:
    """Whether one of the names that a page gives itself holds ``name``, by its words."""
    own = _WORDS.findall(name.lower())
    size = len(own)
    if not own or known(name) != NOT_KNOWN:
        return False
    for text in names:
        words = _WORDS.findall(text.lower())
        if any(words[at : at + size] == own for at in range(len(words) - size + 1)):
            return True
    return False


def _linked_data(page: Page) -> Iterator[Any]:
    """The JSON-LD of a page; a script of another kind or a large one says nothing of the page's name."""
    for at in range(len(page.data)):
        if page.data.size(at) <= _LARGEST_DATA and '"@type"' in (text := page.data[at]):
            with suppress(ValueError, RecursionError):
                yield json.loads(text)


def _objects(data: Iterable[Any]) -> Iterator[dict[str, Any]]:
    for each in data:
        if isinstance(each, dict):
            yield each
            graph = each.get("@graph")
            yield from (node for node in graph if isinstance(node, dict)) if isinstance(graph, list) else ()
        elif isinstance(each, list):
            yield from (node for node in each if isinstance(node, dict))
