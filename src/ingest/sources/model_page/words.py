"""What ``knowledge/pages/labels.yaml`` holds, typed: headings, labels, badges and the words around them."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from ingest.knowledge import Entry, Phrases, knowledge

ValueKind = Literal["count", "size", "day", "text", "term", "percent", "yes_no", "tags"]
"""How the text of a field is read."""

Row = Literal["features", "capabilities"]


class Section(Entry):
    """The headings of one kind of section, and the sentences that pages write below them."""

    name: Literal["fields", "benchmarks", "similar"]
    reason: str
    headings: tuple[str, ...]
    intros: tuple[str, ...] = ()


class InCapitals(Entry):
    """Benchmarks whose name in capital letters is a category's otherwise."""

    reason: str
    names: tuple[str, ...]


class Categories(Entry):
    """Headings inside the benchmark section."""

    reason: str
    headings: tuple[str, ...]
    benchmarks_in_capitals: InCapitals
    intros: tuple[str, ...]


class FieldLabels(Entry):
    """The labels of one column of ``models``."""

    field: str
    value: ValueKind
    reason: str
    labels: tuple[str, ...]


class PriceLabels(Entry):
    """The labels of one kind of price."""

    kind: str
    reason: str
    labels: tuple[str, ...]


class FeatureName(Entry):
    """A feature by the text that pages show; ``as`` names it where its words do not."""

    text: str
    named: str | None = Field(default=None, alias="as")


class Features(Entry):
    """Labels of the list of features, and the features that are known by name."""

    labels: tuple[str, ...]
    reason: str
    known: tuple[FeatureName, ...]


class Labels(Entry):
    """The labels of a list of badges."""

    labels: tuple[str, ...]
    reason: str


class BadgeName(Entry):
    """A badge, and what it states; ``field`` is None where it says nothing of the model."""

    text: str
    reason: str
    field: str | None = None
    value: bool | None = None


class ConstantRow(Entry):
    """A row that a site prints on every page alike."""

    row: Row
    values: tuple[str, ...]
    reason: str


class TagState(Entry):
    """Words in the markup around a tag that say whether the model has what the tag names."""

    on: bool
    plain: bool
    reason: str
    words: tuple[str, ...]


class Marks(Entry):
    """The marks behind a note."""

    self_reported: Phrases


class Layout(Entry):
    """The headings that only the founding layout has together, and how many of them a page of it shows."""

    reason: str
    needed: int
    headings: tuple[str, ...]


class PageWords(Entry):
    """The whole of ``labels.yaml``."""

    markers: Phrases
    sections: tuple[Section, ...]
    categories: Categories
    fields: tuple[FieldLabels, ...]
    prices: tuple[PriceLabels, ...]
    features: Features
    capabilities: Labels
    badges: tuple[BadgeName, ...]
    constant_rows: tuple[ConstantRow, ...]
    tag_states: tuple[TagState, ...]
    marks: Marks
    layout: Layout
    no_names: Phrases
    columns: Phrases
    links: Phrases
    ornaments: Phrases
    no_scores: Phrases
    chrome: Phrases


def page_words() -> PageWords:
    """The content of ``knowledge/pages/labels.yaml``."""
    words: PageWords = knowledge("pages/labels", PageWords)
    return words
