"""When a maker ended a model, or one version of it, by its own page on deprecations (``ends.yaml``)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from functools import cache
from typing import Literal, NamedTuple

from ingest.errors import IngestError
from ingest.knowledge import KnowledgeEntry, knowledge
from ingest.name.organizations import organization_name


class _Ended(KnowledgeEntry):
    """The models of a ``maker``, by the day on which they ended, and versions that ended on a day of their own.

    A version of which nobody knows when it ended is ``unknown``: the day of its model says nothing of it.
    """

    maker: str
    source: str
    models: dict[date, tuple[str, ...]]
    versions: dict[str, dict[str, date | Literal["unknown"]]] = {}  # noqa: RUF012 - pydantic copies it for each entry


class End(NamedTuple):
    """The day from which a maker no longer offers a model, and where it says so."""

    day: date
    source: str


def end_of(model_id: str, version: str | None) -> End | None:
    """When the maker ended a version of a model, else the whole model; None where nothing is known of it.

    >>> end_of("openai/o1-preview", None)
    End(day=datetime.date(2025, 7, 28), source='developers.openai.com/api/docs/deprecations')
    >>> [str(end_of("openai/gpt-4", version).day) for version in ("0314", "0613")]
    ['2026-03-26', '2026-10-23']
    """
    known = _ends()
    return known[model_id, version] if (model_id, version) in known else known.get((model_id, None))


@cache
def _ends() -> Mapping[tuple[str, str | None], End | None]:
    rows: tuple[_Ended, ...] = knowledge("names/ends", tuple[_Ended, ...])
    found: dict[tuple[str, str | None], End | None] = {}
    for row in rows:
        if organization_name(row.maker) is None:
            raise IngestError(f"ends.yaml: the maker {row.maker!r} is not known")
        told: list[tuple[str, str | None, date | Literal["unknown"]]] = []
        told += [(slug, None, day) for day, slugs in row.models.items() for slug in slugs]
        told += [(slug, version, day) for slug, days in row.versions.items() for version, day in days.items()]
        for slug, version, day in told:
            key = (f"{row.maker}/{slug}", version)
            if key in found:
                raise IngestError(f"ends.yaml: {slug!r} of {row.maker!r} ends twice")
            found[key] = None if day == "unknown" else End(day, row.source)
    return found
