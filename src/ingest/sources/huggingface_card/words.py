"""What ``knowledge/pages/cards.yaml`` holds, typed and ready for looking up."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from typing import Literal

from ingest.knowledge import KnowledgeEntry, Phrases, knowledge
from ingest.sources.model_page.identity import is_known_benchmark

# What stands in brackets behind a label: its unit, or how many it is the mean of.
_BRACKETS = re.compile(r" ?[(\[][^()\[\]]{0,40}[)\]]$")
_HEADING_WORD = re.compile(r"[^\W_]+(?:-[^\W_]+)*")

ColumnKind = Literal["benchmark", "category", "shots", "metric", "note", "score", "other", "models"]


class HubTask(KnowledgeEntry):
    """A task of the Hub, and what a model of it takes and gives."""

    task: str
    input: tuple[str, ...]
    output: tuple[str, ...]
    reason: str


class Column(KnowledgeEntry):
    """Heads of the columns of one kind."""

    kind: ColumnKind
    reason: str
    heads: tuple[str, ...]


class CardWords(KnowledgeEntry):
    """The whole of ``cards.yaml``."""

    keys: Phrases
    tasks: tuple[HubTask, ...]
    titles: Phrases
    own: Phrases
    columns: tuple[Column, ...]
    any_figure: Phrases
    results: Phrases
    base_results: Phrases
    tuned_results: Phrases
    no_benchmark_words: Phrases
    no_benchmarks: Phrases
    fields: Phrases


def card_words() -> CardWords:
    """The content of ``knowledge/pages/cards.yaml``."""
    words: CardWords = knowledge("pages/cards", CardWords)
    return words


def column_kinds(head: str) -> frozenset[ColumnKind]:
    """The kinds of column that a head may name (``metric`` may be the benchmark, or how it is measured)."""
    return _kinds().get(" ".join(head.lower().split()), frozenset())


def is_no_benchmark_row(name: str) -> bool:
    """Whether a row of a table of results is of something else than a benchmark."""
    text = " ".join(name.lower().rstrip(":").split())
    bare = _BRACKETS.sub("", text).strip()
    if not _no_benchmarks().isdisjoint((text, bare)):
        return True
    return not _words_of_costs().isdisjoint(bare.split()) and not is_known_benchmark(name)


def tells_any_figure(head: str) -> bool:
    """Whether the head of a column of labels stands above settings and speeds as often as above benchmarks."""
    return " ".join(head.lower().split()) in card_words().any_figure.phrases


def is_of_base(headings: Sequence[str]) -> bool | None:
    """Whether headings say that the results below are of a base model (True) or of a tuned one (False); the innermost
    one that says so counts. None where none does."""
    for heading in reversed(headings):
        words = f" {' '.join(_HEADING_WORD.findall(heading.lower()))} "
        for phrases, is_base in ((card_words().tuned_results, False), (card_words().base_results, True)):
            if any(f" {phrase} " in words for phrase in phrases.phrases):
                return is_base
    return None


def tells_results(headings: Sequence[str]) -> bool:
    """Whether headings say that what stands below them are results."""
    words = {word for heading in headings for word in _HEADING_WORD.findall(heading.lower())}
    return not words.isdisjoint(card_words().results.phrases)


@cache
def _kinds() -> dict[str, frozenset[ColumnKind]]:
    kinds: dict[str, set[ColumnKind]] = {}
    for column in card_words().columns:
        for head in column.heads:
            kinds.setdefault(head.lower(), set()).add(column.kind)
    return {head: frozenset(each) for head, each in kinds.items()}


@cache
def _words_of_costs() -> frozenset[str]:
    """Words of money, time and size."""
    return frozenset(card_words().no_benchmark_words.phrases)


@cache
def _no_benchmarks() -> frozenset[str]:
    return frozenset(card_words().no_benchmarks.phrases)
