"""What ``knowledge/pages/cards.yaml`` holds, typed and ready for looking up."""

from __future__ import annotations

from functools import cache
from typing import Literal

from ingest.knowledge import KnowledgeEntry, Phrases, knowledge

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
    return " ".join(name.lower().rstrip(":").split()) in _no_benchmarks()


@cache
def _kinds() -> dict[str, frozenset[ColumnKind]]:
    kinds: dict[str, set[ColumnKind]] = {}
    for column in card_words().columns:
        for head in column.heads:
            kinds.setdefault(head.lower(), set()).add(column.kind)
    return {head: frozenset(each) for head, each in kinds.items()}


@cache
def _no_benchmarks() -> frozenset[str]:
    return frozenset(card_words().no_benchmarks.phrases)
