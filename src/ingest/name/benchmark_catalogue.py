"""The catalogue of benchmarks, by id, as the table ``benchmarks`` has it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ingest.errors import IngestError
from ingest.name.benchmark_file import BenchmarkEntry, benchmarks_file
from ingest.name.qualifiers import typed

_MOST_SIBLINGS = 40
"""A family larger than this is a collection, not a group of near names."""


@dataclass(slots=True, frozen=True)
class Benchmark:
    """One row of the catalogue, by column of the table ``benchmarks``.

    ``minimum`` and ``maximum`` are in ``unit`` as people read it (0 and 100 for percent), None where the unit has
    no bound. ``distinct_from`` holds the ids of near names, in both directions. ``states`` is what the name itself
    says of each score, by column of ``scores``.
    """

    benchmark_id: str
    name: str
    family: str
    category: str
    description: str
    metric: str
    unit: str
    higher_is_better: bool
    minimum: float | None
    maximum: float | None
    aliases: tuple[str, ...]
    distinct_from: tuple[str, ...]
    states: dict[str, Any]


def read_catalogue() -> dict[str, Benchmark]:
    """Every benchmark of the file, and of those that other packages bring, by id."""
    rows = benchmarks_file().benchmarks
    near: dict[str, set[str]] = {row.id: set(row.distinct_from) for row in rows}
    if len(near) != len(rows):
        raise IngestError("benchmarks.yaml: an id stands twice")
    families: dict[str, list[str]] = {}
    for row in rows:
        families.setdefault(row.family or row.name, []).append(row.id)
    for identifier, others in list(near.items()):
        for other in others:
            near[other].add(identifier)
    return {row.id: _benchmark(row, near[row.id], families[row.family or row.name]) for row in rows}


def _benchmark(row: BenchmarkEntry, near: set[str], family: list[str]) -> Benchmark:
    is_percent = row.unit == "percent"
    siblings = set(family) if len(family) <= _MOST_SIBLINGS else set()
    return Benchmark(
        benchmark_id=row.id,
        name=row.name,
        family=row.family or row.name,
        category=row.category,
        description=row.about,
        metric=row.metric,
        unit=row.unit,
        higher_is_better=row.higher_is_better,
        minimum=0.0 if row.minimum is None and is_percent else row.minimum,
        maximum=100.0 if row.maximum is None and is_percent else row.maximum,
        aliases=row.aliases,
        distinct_from=tuple(sorted((near | siblings) - {row.id})),
        states=typed(row.states),
    )
