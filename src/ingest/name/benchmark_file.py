"""The file of benchmarks (``knowledge/names/benchmarks.yaml``), with those that other packages bring."""

from __future__ import annotations

from pathlib import Path

from ingest.errors import IngestError
from ingest.knowledge import KnowledgeEntry, knowledge
from ingest.name.data import added, made_with_added
from ingest.name.qualifiers import Condition


class BenchmarkEntry(KnowledgeEntry):
    """A benchmark as the file has it; what it leaves out is said at the top of the file."""

    id: str
    name: str
    category: str
    family: str | None = None
    metric: str = "accuracy"
    unit: str = "percent"
    minimum: float | None = None
    maximum: float | None = None
    higher_is_better: bool = True
    aliases: tuple[str, ...] = ()
    tasks: tuple[str, ...] = ()
    distinct_from: tuple[str, ...] = ()
    states: dict[Condition, str] = {}  # noqa: RUF012 - pydantic copies it for each entry
    note: str | None = None
    about: str


class AmbiguousName(KnowledgeEntry):
    """A name that fits several benchmarks."""

    name: str
    could_be: tuple[str, ...]
    reason: str


class FormEntry(KnowledgeEntry):
    """A short or long form with which a name may begin, and what it means."""

    written: str
    meant: str
    reason: str


class SuiteEntry(KnowledgeEntry):
    """A suite, by its names, and its parts."""

    written: tuple[str, ...]
    members: tuple[str, ...]
    reason: str


class LanguageEntry(KnowledgeEntry):
    """A language with its codes: of two letters (of three where nobody writes two), of three, that of a country which
    some write for it, and those with a country behind ("pt-br"); and the letters in which it is written."""

    code: str
    name: str
    spoken: tuple[str, ...] = ()
    long: tuple[str, ...] = ()
    locales: tuple[str, ...] = ()
    country: str | None = None
    script: str = "Latn"


class BenchmarksFile(KnowledgeEntry):
    """All that the file says."""

    benchmarks: tuple[BenchmarkEntry, ...]
    forms: tuple[FormEntry, ...]
    suites: tuple[SuiteEntry, ...]
    languages: tuple[LanguageEntry, ...]
    topics: frozenset[str]
    subjects: frozenset[str]
    foreign_topics: frozenset[str]
    measures: frozenset[str]
    telling: frozenset[str]
    weak_measures: frozenset[str]
    harness_words: frozenset[str]
    boards: frozenset[str]
    phrases: dict[str, str]
    category_words: dict[str, frozenset[str]]
    ambiguous: tuple[AmbiguousName, ...]


def benchmarks_file() -> BenchmarksFile:
    """What the file says, with the benchmarks that other packages bring."""
    said: BenchmarksFile = knowledge("names/benchmarks", BenchmarksFile)
    return said.model_copy(update={"benchmarks": (*said.benchmarks, *added_benchmarks())})


def added_benchmarks() -> tuple[BenchmarkEntry, ...]:
    """The benchmarks that other packages bring, but for the files with an id that stands elsewhere too."""

    def make(left_out: frozenset[Path]) -> tuple[BenchmarkEntry, ...]:
        others = added("benchmarks", BenchmarkEntry, left_out)
        taken = {row.id for row in knowledge("names/benchmarks", BenchmarksFile).benchmarks}
        for row in others:
            if row.id in taken:
                raise IngestError(f"the benchmark {row.id!r} stands twice in the lists of benchmarks")
            taken.add(row.id)
        return others

    return made_with_added(make)
