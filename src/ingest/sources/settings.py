"""What a ``source.yaml`` may say: the one schema of the settings of a source."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

from pydantic import Field

from ingest.knowledge import KnowledgeEntry, checked


class ListPageSettings(KnowledgeEntry):
    """A page that lists pages: CSS selectors of its links and of the link to the next list."""

    url: str
    select: str
    next: str | None = None
    pages: int = 100


class Find(KnowledgeEntry):
    """Where the pages or files of a source are found (see docs/scraping.md)."""

    urls: tuple[str, ...] = ()
    sitemaps: tuple[str, ...] = ()
    lists: tuple[ListPageSettings, ...] = ()
    hosts: tuple[str, ...] = ()
    only: str | None = None
    rate: float | None = None
    cookies: bool = False


class Floors(KnowledgeEntry):
    """The shares of what a source stated before that a run must find again, else it does not publish."""

    models: float | None = None
    fields: float | None = None
    at_least: int | None = None


class Correction(KnowledgeEntry):
    """One known error of a source (see :mod:`ingest.read.corrections`)."""

    entry: str
    field: str | None = None
    price: str | None = None
    benchmark: str | None = None
    said: str
    value: str
    unit: str | None = None
    conditions: dict[str, str] | None = None
    reason: str


class Records(KnowledgeEntry):
    """What reads the files of a source without a parser of its own (see :mod:`ingest.read.declared`).

    ``format`` is one of json, jsonl, toml, xml, csv, yaml, html and markdown; ``at`` says where the records of JSON,
    TOML and XML are. A file is the source's if all texts of ``holds`` stand in its first 64 KB. ``provider`` sells at
    its prices.
    """

    format: Literal["json", "jsonl", "toml", "csv", "yaml", "html", "markdown", "xml"]
    at: str = ""
    holds: tuple[str, ...] = Field(min_length=1)
    provider: str | None = None


class SourceSettings(KnowledgeEntry):
    """The settings of a source. ``ingest source check`` says which of them a source must have.

    A source that is ``asked_last`` reads content that none of the others recognises.
    """

    name: str | None = None
    title: str | None = None
    what: str | None = None
    reader: str | None = None
    format: str | None = None
    home: str | None = None
    find: Find | None = None
    found_by: str | None = None
    recognised_by: str | None = None
    licence: str | None = None
    attribution: str | None = None
    scope: Literal["document", "model"] = "document"
    asked_last: bool = False
    trust: Literal["maker", "provider", "aggregator"] | None = None
    enabled: bool | None = None
    schedule: str | None = None
    freshness_days: int | None = None
    floors: Floors | None = None
    corrections: tuple[Correction, ...] = ()
    records: Records | None = None


def load_settings(path: Path) -> dict[str, Any]:
    """What a ``source.yaml`` says, typed; nothing that it does not say. Raises :class:`ingest.IngestError`."""
    return checked(path, SourceSettings).model_dump(exclude_unset=True)
