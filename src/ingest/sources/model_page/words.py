"""What ``knowledge/pages/labels.yaml`` holds, typed: headings, labels, badges and the words around them."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from ingest.knowledge import KnowledgeEntry, Phrases, knowledge

ValueKind = Literal["count", "size", "day", "text", "term", "percent", "yes_no", "tags", "tokens", "modalities"]
"""How the text of a field is read."""

Row = Literal["features", "capabilities"]


class SectionWords(KnowledgeEntry):
    """The headings of one kind of section, and the sentences that pages write below them."""

    name: Literal["fields", "benchmarks", "similar"]
    reason: str
    headings: tuple[str, ...]
    intros: tuple[str, ...] = ()


class InCapitals(KnowledgeEntry):
    """Benchmarks whose name in capital letters is a category's otherwise."""

    reason: str
    names: tuple[str, ...]


class Categories(KnowledgeEntry):
    """Headings inside the benchmark section."""

    reason: str
    headings: tuple[str, ...]
    benchmarks_in_capitals: InCapitals
    intros: tuple[str, ...]


class FieldLabels(KnowledgeEntry):
    """The labels of one column of ``models``."""

    field: str
    value: ValueKind
    reason: str
    labels: tuple[str, ...]


class PriceLabels(KnowledgeEntry):
    """The labels of one kind of price."""

    kind: str
    reason: str
    labels: tuple[str, ...]


class FeatureName(KnowledgeEntry):
    """A feature by the text that pages show; ``as`` names it where its words do not."""

    text: str
    named: str | None = Field(default=None, alias="as")


class Features(KnowledgeEntry):
    """Labels of the list of features, and the features that are known by name."""

    labels: tuple[str, ...]
    reason: str
    known: tuple[FeatureName, ...]


class Labels(KnowledgeEntry):
    """The labels of a list of badges."""

    labels: tuple[str, ...]
    reason: str


class BadgeName(KnowledgeEntry):
    """A badge, and what it states; ``field`` is None where it says nothing of the model."""

    text: str
    reason: str
    field: str | None = None
    value: bool | None = None


class ConstantRow(KnowledgeEntry):
    """A row that a site prints on every page alike."""

    row: Row
    values: tuple[str, ...]
    reason: str


class TagState(KnowledgeEntry):
    """Words in the markup around a tag that say whether the model has what the tag names."""

    on: bool
    plain: bool
    reason: str
    words: tuple[str, ...]


class Marks(KnowledgeEntry):
    """The marks behind a note."""

    self_reported: Phrases


class LogoWords(KnowledgeEntry):
    """How the text that stands for a picture says that it is a logo: words behind the name, and in front of it."""

    reason: str
    behind: tuple[str, ...]
    generic: tuple[str, ...]
    before: tuple[str, ...]


class FoundingLayout(KnowledgeEntry):
    """The headings that only the founding layout has together, and how many of them a page of it shows."""

    reason: str
    needed: int
    headings: tuple[str, ...]


class PageWords(KnowledgeEntry):
    """The whole of ``labels.yaml``."""

    markers: Phrases
    sections: tuple[SectionWords, ...]
    categories: Categories
    fields: tuple[FieldLabels, ...]
    prices: tuple[PriceLabels, ...]
    features: Features
    capabilities: Labels
    badges: tuple[BadgeName, ...]
    constant_rows: tuple[ConstantRow, ...]
    tag_states: tuple[TagState, ...]
    marks: Marks
    layout: FoundingLayout
    no_benchmarks: Phrases
    no_names: Phrases
    name_tails: Phrases
    name_leads: Phrases
    logos: LogoWords
    companies: Phrases
    copies: Phrases
    no_licences: Phrases
    successors: Phrases
    comparisons: Phrases
    relations: Phrases
    sizes_of_names: Phrases
    notices: Phrases
    columns: Phrases
    links: Phrases
    ornaments: Phrases
    no_scores: Phrases
    chrome: Phrases
    contents: Phrases


def page_words() -> PageWords:
    """The content of ``knowledge/pages/labels.yaml``."""
    words: PageWords = knowledge("pages/labels", PageWords)
    return words
