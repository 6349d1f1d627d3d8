"""The main job, step by step: capture, read, name, validate, load, publish.

`ingest run` and the flows call the same functions: :func:`run` does all of it in this process and its
workers; a flow calls :func:`open_run` and the methods of :class:`Run` from its tasks.

A run that finds nothing new imports neither the readers nor the load: each is imported where it is first needed.
"""

from __future__ import annotations

import gc
import itertools
import os
import secrets
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence, Set
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ingest.capture.archive import HELD_BACK, Archive, CaptureRecord, Work, key_of, settled, utc_text
from ingest.capture.intake import Intake
from ingest.capture.known import Known
from ingest.errors import IngestError
from ingest.load.connection import literal
from ingest.outcome import Accept
from ingest.process import without_collecting
from ingest.summary import Summary
from ingest.timing import StepTimes

if TYPE_CHECKING:
    from ingest.batch import Columns
    from ingest.publication import Change, Publication
    from ingest.settings import Settings

__all__ = ["Notice", "Progress", "Run", "Summary", "default_paths", "open_run", "run"]

Notice = Callable[[str], None]
Progress = Callable[[int, int], None]
"""Called with the number of captures done and the number known of so far."""


@dataclass(frozen=True, slots=True)
class Run:
    """One run on one warehouse, under the writer's lock. Made by :func:`open_run`.

    ``intake`` stores what is new in the archive and knows what was captured before. ``times`` counts seconds by step.
    """

    settings: Settings
    run_id: str
    started_at: datetime
    intake: Intake
    times: StepTimes = field(default_factory=StepTimes)

    def batches(
        self,
        paths: Sequence[Path],
        source: str | None = None,
        captured_at: datetime | None = None,
        *,
        accept: Accept = False,
    ) -> Iterator[list[Work]]:
        """Store what is new among ``paths``, and give it in batches; what earlier runs left unread comes first.

        With ``accept``, a file that is still as a run rejected it, since it breaks off, counts as whole.
        Raises :class:`IngestError` for a path or a source that is not there, or when the archive cannot be written.
        """
        if source is not None:  # before anything is kept under a name that nobody reads
            from ingest.sources import must_exist

            must_exist(source)
        return self.intake.batches(paths, source, captured_at, self.settings.batch_pages, accept=accept)

    def load(self, results: Iterable[Columns], flow_run_id: str | None = None, *, accept: Accept = False) -> Summary:
        """Name, validate, load and publish what was read. On any failure the published file stays as it was.

        A source that states far less than before is held back, unless ``accept`` is set or names it. The other sources
        are published, and the summary says so. Raises :class:`ingest.load.floors.FloorsError` where there are no
        others, and :class:`IngestError` when loading or publishing fails. A run that fails is noted in ``runs`` where
        that can be done.
        """
        publication = self._publication(flow_run_id)
        results = iter(results)
        try:
            with self.times.step("read (waiting)"):
                first = next(results, None)
            is_new = first is not None or not self.settings.warehouse.exists()
            batches = itertools.chain([first] if first is not None else [], results)
            change = self._change(batches, self.intake.records, accept=accept, forget=self.intake.forget)
            return publication.publish(change if is_new else None)
        except IngestError as error:
            summary = self._publish_others(publication, error, accept=accept)
            if summary is None:
                publication.note_failure(error)
                raise
            return summary

    def _publish_others(self, publication: Publication, error: IngestError, *, accept: Accept) -> Summary | None:
        """Where sources fell below a floor, publish what was read of the others, from the archive.

        Gives None where there are no others. The captures that are held back are read again by the next run.
        """
        from ingest.load.floors import FloorsError

        if not isinstance(error, FloorsError):
            return None
        self.intake.hold_back(error.captures, error.reasons)
        others = [record for record in self.intake.records if record.capture_id not in error.captures]
        if not others and not self.intake.unchanged:
            return None
        read = _read_all(self._stored(others), self.settings.workers)
        load = self._change(read, others, accept=accept, forget=self.intake.forget, held_back=error.captures.keys())

        def change(connection: Any) -> Any:
            counts = load(connection)
            held_back = [*error.held_back, *counts["held_back"]]
            return {**counts, "held_back": held_back, "error": str(error)}

        try:
            return publication.publish(change)
        except IngestError:
            return None

    def judge(self, capture_ids: frozenset[str]) -> None:
        """Load captures that earlier runs left, and nothing else: publish them, or hold back what falls below a floor.

        Trouble of another kind is left to the next run, which meets it again.
        """
        self.intake.take_only(capture_ids)
        with suppress(IngestError):
            self.load(_read_all(self.batches([]), self.settings.workers))

    def reread(self, capture_ids: set[str]) -> Summary:
        """Read captures again with today's readers, and put what they say now in the place of what they said.

        Rows in quarantine that pass now get ``resolved_at``. Raises :class:`IngestError`.
        """
        records = [record for record in self.archive.settled() if record.capture_id in capture_ids]
        results = _read_all(self._stored(records), self.settings.workers)
        change = _without_held_back(self._change(results, records, accept=True, forget=capture_ids))
        return self._publication().publish(change if records else None)

    def rebuild(self, *, accept: bool = False) -> Summary:
        """Make the warehouse again from the archive alone, with today's readers, and publish it.

        It reads the captures of runs on this warehouse and of crawls. Where the archive knows no such run, it reads all
        captures.

        ``runs`` and ``changes`` of the published file are kept, and ``changes`` gets what the new one says
        differently; the file before is kept as ``.previous``. Raises :class:`IngestError`, also where captures, models
        or sources of the published file would be lost, unless ``accept`` is set.
        """
        from ingest.publish.known import refuse_loss_of_captures, refuse_loss_of_models

        known = self.intake.known
        logs = self.archive.logs_of(known.key, known.logs) or self.archive.logs()
        self.intake.read_to = {log.name: log.bytes for log in logs}
        verdicts = self.archive.verdicts(logs)
        held_back = {each.capture_id for each in verdicts.values() if each.verdict == HELD_BACK}
        logged = settled(self.archive.records(logs), verdicts)
        records = [record for record in logged if record.capture_id not in held_back]
        if accept:
            records = self.archive.readable(records)
        else:
            refuse_loss_of_captures(known, self.archive, records)
        known.add_places((r.place, r.location) for r in records if r.place is not None)
        results = _read_all(self._stored(records), self.settings.workers)
        published = "published" if self.settings.warehouse.exists() else None
        load = _without_held_back(self._change(results, records, published=published, held_back=held_back))

        def change(connection: Any) -> Any:
            if published:
                file = literal(str(self.settings.warehouse))
                connection.execute(f"COMMIT; ATTACH {file} AS {published} (READ_ONLY); BEGIN")
            counts = load(connection)
            if published and not accept:
                refuse_loss_of_models(connection, published)
            return counts

        return self._publication().publish(change, anew=True)

    @property
    def archive(self) -> Archive:
        """The captures of all runs."""
        return self.intake.archive

    def _stored(self, records: Iterable[CaptureRecord]) -> Iterator[list[Work]]:
        """Logged captures with their bytes, in batches."""
        records = iter(records)
        while batch := list(itertools.islice(records, self.settings.batch_pages)):
            contents = self.archive.load_all(record.sha256 for record in batch)
            yield [Work(record, content) for record, content in zip(batch, contents, strict=True)]

    def _publication(self, flow_run_id: str | None = None) -> Publication:
        from ingest.publication import Publication

        return Publication(
            self.settings.warehouse, self.run_id, self.started_at, flow_run_id, self.intake, self.times, _begin
        )

    def _change(
        self,
        batches: Iterable[Columns],
        records: list[CaptureRecord],
        *,
        accept: Accept = False,
        forget: Set[str] = frozenset(),
        published: str | None = None,
        held_back: Set[str] = frozenset(),
    ) -> Change:
        """What loads the batches. ``records`` are those of all batches once the last one was given. The captures that
        are ``held_back`` stay for the next run."""

        def change(connection: Any) -> Any:
            prepare_load()
            from ingest.load.loader import LoadTask, load_batches
            from ingest.publish.known import mark
            from ingest.sources import settings_of, switched_off

            task = LoadTask(
                run_id=self.run_id,
                recorded_at=utc_text(self.started_at),
                settings_of=settings_of,
                read_again=self._read_again,
                forget=forget,
                accept=accept,
                published=published,
            )
            with self.times.step("load"):
                read = self.times.waiting("read (waiting)", batches)
                counts = load_batches(connection, read, records, task)
                self.intake.note_what_came_of(records)
                mark(connection, self.intake, self.run_id, held_back | self.intake.put_off)
            return {**counts, "sources_off": dict(switched_off())}

        return change

    def _read_again(self, capture_ids: set[str]) -> tuple[list[CaptureRecord], Iterator[Columns]]:
        """Captures that were loaded before, as today's readers see them."""
        records = [record for record in self.archive.settled() if record.capture_id in capture_ids]
        return records, _read_all(self._stored(records), 1)


@contextmanager
def open_run(settings: Settings, notice: Notice = lambda _: None, *, any_layout: bool = False) -> Iterator[Run]:
    """Take the writer's lock, look at what is published, and give a run to work with.

    Captures of killed runs that no floor has judged are published or held back first, as those runs would have done.
    ``any_layout`` is for a rebuild, which takes the place of a file of an earlier layout too. Raises
    :class:`IngestError` for a file that is no warehouse of this version, or that another run keeps locked.
    """
    from ingest.publish import writer_lock

    with writer_lock(settings.warehouse, settings.lock_wait_seconds, notice):
        current = _opened(settings, notice, any_layout=any_layout)
        judged: frozenset[str] = frozenset()
        while (left := current.intake.unjudged() - judged) and (not any_layout or _is_of_this_layout(settings)):
            notice(f"{len(left):,} captures that an earlier run left are read first.")
            current.judge(left)
            judged |= left
            current = _opened(settings, notice, any_layout=any_layout)
        otherwise = current.intake.known.read_otherwise
        if otherwise and not any_layout:
            notice(
                f"{otherwise:,} of {len(current.intake.known.capture_ids):,} captures were read with the rules of "
                "another version of this program. `ingest rebuild` reads them again."
            )
        yield current


def _is_of_this_layout(settings: Settings) -> bool:
    """Whether what is published can be changed, and not only made anew."""
    with suppress(IngestError):
        _known(settings, Archive.of(settings))
        return True
    return False


def _opened(settings: Settings, notice: Notice, *, any_layout: bool = False) -> Run:
    """A run on what is published now."""
    started_at = datetime.now(UTC)
    run_id = f"{started_at:%Y%m%dT%H%M%S%f}Z-{secrets.token_hex(3)}"
    times = StepTimes()
    archive = Archive.of(settings)
    intake = Intake(
        archive,
        _known(settings, archive, any_layout=any_layout),
        run_id,
        started_at=started_at,
        own=frozenset(os.path.realpath(f"{settings.warehouse}{end}") for end in ("", ".wal", ".previous")),
        notice=notice,
        timed=times.step,
    )
    return Run(settings, run_id, started_at, intake, times)


def run(
    settings: Settings,
    paths: Sequence[Path] | None = None,
    *,
    source: str | None = None,
    captured_at: datetime | None = None,
    accept: Accept = False,
    flow_run_id: str | None = None,
    notice: Notice = lambda _: None,
    progress: Progress = lambda _done, _known: None,
) -> Summary:
    """Read ``paths`` (None: what lies in the folders of ``raw/``) into the warehouse.

    The outcome of the summary says whether sources or inputs were held back. ``accept`` publishes sources that state
    far less than before, and takes files as whole that break off: all of them, or those of the sources that it names.
    Raises :class:`IngestError` when the run cannot be done; what was captured until then is kept, and the
    next run goes on from there.
    """
    with open_run(settings, notice) as current:
        given = default_paths(settings) if paths is None else paths
        batches = current.batches(given, source, captured_at, accept=accept)
        # closed where the run is stopped: else its processes read on what nobody takes, and are waited for
        with closing(_read_all(batches, settings.workers, progress)) as results:
            return current.load(results, flow_run_id, accept=accept)


def _read_all(
    batches: Iterator[list[Work]], workers: int, progress: Progress = lambda _done, _known: None
) -> Generator[Columns, None, None]:
    """Read the batches. Where everything is unchanged, the readers are not even imported."""
    first = next(batches, None)
    if first is not None:
        with without_collecting():
            from ingest.workers import read_all

        yield from read_all(itertools.chain([first], batches), workers, progress, prepare_load)


def _without_held_back(change: Change) -> Change:
    """``change`` without what is held back: captures that are read again were judged when they came."""
    return lambda connection: {**change(connection), "held_back": []}


def _begin(work: Path) -> None:
    """Let a new file begin as an empty warehouse."""
    prepare_load()
    from ingest.load.empty import begin_empty

    begin_empty(work)


@cache
def prepare_load() -> None:
    """Import the load, once, where possible while other processes read: it takes longer than reading many pages."""
    with without_collecting():
        import ingest.load.loader  # noqa: F401

        gc.freeze()  # what is loaded by now stays: no collection has to look at it


def default_paths(settings: Settings) -> list[Path]:
    """Where pages and feeds lie when no path is given: the folders in ``raw/``, but not the captures made of them.

    A project that only fetches has none. Raises :class:`IngestError` where nothing was ever fetched either.
    """
    folders = folders_of(settings)
    if not folders and not Archive.of(settings).has_crawls():
        raise IngestError(
            f"There is no folder of pages in {str(settings.raw)!r}: name the pages to read, or the raw folder "
            "with --raw."
        )
    return folders


def folders_of(settings: Settings) -> list[Path]:
    """The folders in ``raw/``, but not the captures made of them."""
    return sorted(
        path
        for path in (settings.raw.iterdir() if settings.raw.is_dir() else ())
        if path.is_dir() and path.name != "captures" and not path.name.startswith(".")
    )


def _known(settings: Settings, archive: Archive, *, any_layout: bool = False) -> Known:
    """What is published. Raises :class:`IngestError` for a file that is no warehouse of this version."""
    place = archive.place_of(settings.warehouse, settings.warehouse_name)
    if not settings.warehouse.exists():
        return Known(key_of(place), place)
    from ingest.publish.known import known

    return known(settings, place, any_layout=any_layout)
