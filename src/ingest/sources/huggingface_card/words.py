"""What ``knowledge/pages/cards.yaml`` holds, typed and ready for looking up."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from itertools import pairwise
from typing import Literal

from ingest.knowledge import KnowledgeEntry, Phrases, knowledge
from ingest.sources.huggingface_card.measures import is_mark_of_judge, is_of_cost
from ingest.sources.model_page.identity import is_known_benchmark

# What stands in brackets behind a label: its unit, or how many it is the mean of.
_BRACKETS = re.compile(r" ?[(\[][^()\[\]]{0,40}[)\]]$")
_IN_BRACKETS = re.compile(r"[(\[（]([^()\[\]（）]{1,40})[)\]）]$")
_SHOTS = re.compile(r"\d{1,3}[- ]?shots?\b|\b(?:pass|maj|cons|avg|mean|best|acc|hits|recall|ndcg|map|mrr)@\d")
_NOUGHT = re.compile(r"0(?:[.,]0{1,3})?%?")
_CODE_OF_LANGUAGE = re.compile(r"[a-z]{2}(?:[-_][A-Z]{2})?")
_TO_BE_FILLED_IN = re.compile(
    r"[xX?_]{1,4}[.,][xX?_]{1,3}%?|[xX_]{2,5}%?|\[?(?:todo|tbd|wip|pending|soon|coming soon)\]?", re.IGNORECASE
)
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


class Variants(KnowledgeEntry):
    """Heads that are each one form of a model: a stage of its training, or a way to keep its weights."""

    reason: str
    heads: tuple[str, ...]


class OtherKind(KnowledgeEntry):
    """A kind of thing on the Hub that is no model: its part of an address, and keys that only its cards have."""

    name: str
    reason: str
    addresses: tuple[str, ...]
    keys: tuple[str, ...]


class CardWords(KnowledgeEntry):
    """The whole of ``cards.yaml``."""

    keys: Phrases
    other_kinds: tuple[OtherKind, ...]
    tasks: tuple[HubTask, ...]
    titles: Phrases
    own: Phrases
    here: Phrases
    companies: Phrases
    variants: tuple[Variants, ...]
    spoken_headings: Phrases
    speakers: Phrases
    columns: tuple[Column, ...]
    any_figure: Phrases
    results: Phrases
    base_results: Phrases
    tuned_results: Phrases
    ends_of_benchmarks: Phrases
    ways_of_measuring: Phrases
    ratings: Phrases
    languages: Phrases
    doubts: Phrases
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
    if not _phrases("no_benchmarks").isdisjoint((text, bare)):
        return True
    is_other = not _phrases("no_benchmark_words").isdisjoint(bare.split()) or is_of_cost(name) or is_mark_of_judge(name)
    return is_other and not is_known_benchmark(name)


def names_benchmark(head: str) -> bool:
    """Whether the head of a column may be a benchmark: it is no word for another kind of column."""
    return not column_kinds(head) - {"benchmark"}


def looks_like_benchmark(label: str) -> bool:
    """Whether a label that no catalogue knows ends as benchmarks do: ``EQ-Bench``, ``NorQuAD (F1)``, ``KoSQuAD EM``."""
    bracket = _IN_BRACKETS.search(label)
    if bracket and is_way_of_measuring(bracket[1]):
        return True
    return _ends_as_benchmarks_do(label)


def _ends_as_benchmarks_do(text: str) -> bool:
    last = (_BRACKETS.sub("", text).split() or [""])[-1].lower()
    return any(last.endswith(end) and len(last) > len(end) for end in card_words().ends_of_benchmarks.phrases)


def may_be_benchmark(label: str) -> bool:
    """Whether a label may be a benchmark where no head says that benchmarks stand there: the catalogue knows it, it
    ends as they do, or it is written as a name."""
    return is_known_benchmark(label) or looks_like_benchmark(label) or is_written_as_name(label)


def is_written_as_name(label: str) -> bool:
    """Whether a label is written as names of benchmarks are, and not as words: it has a capital letter within a word,
    a digit, or several words that each begin with a capital.

    >>> [is_written_as_name(label) for label in ("FLORES-200", "Ru Arena Hard", "Share of code", "Experts", "ruMMLU")]
    [True, True, False, False, True]
    """
    bare = _BRACKETS.sub("", label)
    words = bare.split()
    if len(words) > 1 and all(word[0].isupper() for word in words):
        return True
    return any(sign.isdigit() or (sign.isupper() and before.isalpha()) for before, sign in pairwise(bare))


def is_way_of_measuring(text: str) -> bool:
    """Whether a text says how answers are counted: a metric, or how many examples stand before the question."""
    plain = " ".join(text.lower().split())
    pieces = [piece.strip() for piece in re.split("[,;/]", plain)]
    return any(piece in _phrases("ways_of_measuring") or _SHOTS.search(piece) for piece in pieces)


def is_language(label: str) -> bool:
    """Whether a label is a language: a part of the benchmark that the heading names."""
    return _CODE_OF_LANGUAGE.fullmatch(label) is not None or label.lower() in _phrases("languages")


def is_rating(benchmark: str) -> bool:
    """Whether the name of a benchmark says that its figures may be above 100."""
    return _has_word(benchmark, "ratings")


def doubts_value(remark: str) -> bool:
    """Whether a remark behind a figure says that it does not hold: ``bug, will be fixed``."""
    return _has_word(remark, "doubts")


def is_to_be_filled_in(cells: Sequence[str]) -> bool:
    """Whether a column was left to be filled in: ``XX.X`` or ``TODO`` stands in it, or nothing but zeros."""
    filled = [cell for cell in cells if cell]
    return any(map(_TO_BE_FILLED_IN.fullmatch, filled)) or (len(filled) > 1 and all(map(_NOUGHT.fullmatch, filled)))


def is_measure_of_cost(metric: str) -> bool:
    """Whether the metric of a row is one of cost, size or perplexity: ``word_perplexity``."""
    words = metric.lower().replace("_", " ").split()
    return not _phrases("no_benchmark_words").isdisjoint(words) or is_of_cost(metric)


def tells_any_figure(head: str) -> bool:
    """Whether the head of a column of labels stands above settings and speeds as often as above benchmarks."""
    return " ".join(head.lower().split()) in _phrases("any_figure")


def is_of_base(headings: Sequence[str]) -> bool | None:
    """Whether headings say that the results below are of a base model (True) or of a tuned one (False); the innermost
    one that says so counts. None where none does."""
    for heading in reversed(headings):
        words = f" {' '.join(_HEADING_WORD.findall(heading.lower()))} "
        for phrases, is_base in ((card_words().tuned_results, False), (card_words().base_results, True)):
            if any(f" {phrase} " in words for phrase in phrases.phrases):
                return is_base
    return None


def names_benchmark_above(headings: Sequence[str]) -> bool:
    """Whether the innermost heading is a benchmark, of which parts stand below it."""
    return any(is_known_benchmark(heading) or _ends_as_benchmarks_do(heading) for heading in headings[-1:])


def tells_results(headings: Sequence[str]) -> bool:
    """Whether headings say that what stands below them are results, or name a benchmark by its end."""
    if any(_ends_as_benchmarks_do(heading) for heading in headings[-1:]):
        return True
    return any(_has_word(heading, "results") for heading in headings)


def heads_examples(heading: str) -> bool:
    """Whether prompts, dialogues or examples of answers stand below a heading, and no results."""
    return _has_word(heading, "spoken_headings") and not tells_results((heading,))


def names_speaker(text: str) -> bool:
    """Whether a text before a colon says who speaks in a dialogue."""
    return " ".join(text.lower().split()) in _phrases("speakers")


@cache
def _kinds() -> dict[str, frozenset[ColumnKind]]:
    kinds: dict[str, set[ColumnKind]] = {}
    for column in card_words().columns:
        for head in column.heads:
            kinds.setdefault(head.lower(), set()).add(column.kind)
    return {head: frozenset(each) for head, each in kinds.items()}


def _has_word(text: str, part: str) -> bool:
    """Whether a word of a text stands in one part of ``cards.yaml``."""
    return not _phrases(part).isdisjoint(_HEADING_WORD.findall(text.lower()))


@cache
def _phrases(name: str) -> frozenset[str]:
    """The phrases of one part of ``cards.yaml``."""
    return frozenset(getattr(card_words(), name).phrases)
