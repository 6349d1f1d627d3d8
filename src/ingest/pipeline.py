"""The main job, step by step: capture, read, validate, load, publish.

`ingest run` and the flows call the same functions: :func:`run` does all of it in this process and its
workers; a flow calls :func:`open_run` and the methods of :class:`Run` from its tasks.
"""

from __future__ import annotations

import gc
import itertools
import json
import os
import secrets
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ingest.capture.archive import Archive, CaptureRecord, Work, key_of, settled, utc_text
from ingest.capture.files import FILES_NAMED
from ingest.capture.intake import Intake
from ingest.capture.known import Known
from ingest.errors import IngestError
from ingest.load.connection import literal

if TYPE_CHECKING:
    from ingest.batch import Columns
    from ingest.settings import Settings

Notice = Callable[[str], None]
Progress = Callable[[int, int], None]
"""Called with the number of captures done and the number known of so far."""


@dataclass(slots=True)
class Summary:
    """What a run did. ``quarantined`` and ``rejected`` count by reason; ``seconds`` by step.

    ``rejected_files`` names the first of the rejected captures, each by its location and the reason.
    """

    run_id: str
    status: str = "succeeded"
    captures_read: int = 0
    captures_unchanged: int = 0
    captures_rejected: int = 0
    rows_written: int = 0
    rows_quarantined: int = 0
    quarantined: dict[str, int] = field(default_factory=dict)
    rejected: dict[str, int] = field(default_factory=dict)
    rejected_files: list[str] = field(default_factory=list)
    checks_passed: int = 0
    checks_failed: dict[str, int] = field(default_factory=dict)
    unread_lines: int = 0
    models: int = 0
    scores: int = 0
    prices: int = 0
    seconds: dict[str, float] = field(default_factory=dict)
    warehouse: str = ""
    error: str | None = None

    def as_dict(self) -> dict[str, Any]:
        """The summary as plain data, for JSON."""
        return asdict(self)


class Run:
    """One run on one warehouse, under the writer's lock. Made by :func:`open_run`."""

    def __init__(self, settings: Settings, run_id: str, known: Known, notice: Notice = lambda _: None) -> None:
        self.settings = settings
        self.run_id = run_id
        self.started_at = datetime.now(UTC)
        self.archive = Archive(settings.raw)
        self.seconds: dict[str, float] = {}
        self.records: list[CaptureRecord] = []
        self._known = known
        self.intake = Intake(
            self.archive,
            known,
            run_id,
            started_at=self.started_at,
            own=frozenset(os.path.realpath(f"{settings.warehouse}{end}") for end in ("", ".wal", ".previous")),
            notice=notice,
            timed=self.timed,
        )

    def batches(
        self, paths: Sequence[Path], source: str | None = None, captured_at: datetime | None = None
    ) -> Iterator[list[Work]]:
        """Store what is new among ``paths``, and give it in batches; what earlier runs left unread comes first.

        Raises :class:`IngestError` for a path or a source that is not there, or when the archive cannot be written.
        """
        if source is not None:
            _must_exist(source)  # before anything is kept under a name that nobody reads
        self.records = self.intake.records
        return self.intake.batches(paths, source, captured_at, self.settings.batch_pages)

    def _count_unreadable(self, summary: Summary) -> None:
        """Tell of files that an earlier run could not open either: they are in the warehouse, and still not read."""
        again = self.intake.still_unreadable
        for location, reason in again:
            kind = reason.partition(":")[0]
            summary.rejected[kind] = summary.rejected.get(kind, 0) + 1
            if len(summary.rejected_files) < FILES_NAMED:
                summary.rejected_files.append(f"{location}: {reason}")
        summary.captures_rejected += len(again)

    @contextmanager
    def timed(self, step: str) -> Iterator[None]:
        """Add the time that the block takes to ``seconds[step]``."""
        start = time.perf_counter()
        try:
            yield
        finally:
            self.seconds[step] = self.seconds.get(step, 0.0) + time.perf_counter() - start

    def load(self, results: Iterable[Columns], flow_run_id: str | None = None, *, accept: bool = False) -> Summary:
        """Validate, load and publish what was read. On any failure the published file stays as it was.

        Raises :class:`ingest.load.floors.FloorsError` when a source states far less than before, unless
        ``accept`` is set, and :class:`IngestError` when loading or publishing fails. A run that fails is noted
        in ``runs`` where that can be done.
        """
        results = iter(results)
        try:
            first = next(results, None)
            return self._publish(
                lambda db, summary: self._change(db, summary, first, results, accept=accept, forget=self.intake.forget),
                flow_run_id,
                changed=first is not None,
            )
        except IngestError as error:
            self._note_failure(error, flow_run_id)
            raise

    def reread(self, capture_ids: set[str]) -> Summary:
        """Read captures again with today's readers, and put what they say now in the place of what they said.

        Rows in quarantine that pass now get ``resolved_at``. Raises :class:`IngestError`.
        """
        self.records = [r for r in settled(self.archive.records()) if r.capture_id in capture_ids]
        results = _read_all(self._stored(self.records), self.settings.workers)

        def change(connection: Any, summary: Summary) -> None:
            self._change(connection, summary, None, results, accept=True, forget=capture_ids)

        return self._publish(change, None, changed=bool(self.records))

    def rebuild(self, *, accept: bool = False) -> Summary:
        """Make the warehouse again from the archive alone, with today's readers, and publish it.

        It reads the captures of runs on this warehouse and of crawls. Where the archive knows no such run, it reads all
        captures.

        ``runs`` and ``changes`` of the published file are kept, and ``changes`` gets what the new one says
        differently; the file before is kept as ``.previous``. Raises :class:`IngestError`, also where captures, models
        or sources of the published file would be lost, unless ``accept`` is set.
        """
        from ingest.publish.known import refuse_loss_of_captures, refuse_loss_of_models  # noqa: PLC0415

        self.records = settled(self.archive.records(self.archive.logs_of(self._known.key, self._known.logs) or None))
        if accept:
            self.records = [self.archive.readable(record) for record in self.records]
        else:
            refuse_loss_of_captures(self._known, self.archive, self.records)
        self._known.add_places((r.place, r.location) for r in self.records if r.place is not None)
        results = _read_all(self._stored(self.records), self.settings.workers)
        published = self.settings.warehouse if self.settings.warehouse.exists() else None

        def change(connection: Any, summary: Summary) -> None:
            if published:
                connection.execute(f"COMMIT; ATTACH {literal(str(published))} AS published (READ_ONLY); BEGIN")
            self._change(connection, summary, None, results, published="published" if published else None)
            if published and not accept:
                refuse_loss_of_models(connection, "published")

        return self._publish(change, None, changed=True, anew=True)

    def _stored(self, records: Iterable[CaptureRecord]) -> Iterator[list[Work]]:
        """Logged captures with their bytes, in batches."""
        records = iter(records)
        while batch := list(itertools.islice(records, self.settings.batch_pages)):
            yield [Work(record, self.archive.load(record.sha256)) for record in batch]

    def _publish(
        self, change: Callable[[Any, Summary], None], flow_run_id: str | None, *, changed: bool, anew: bool = False
    ) -> Summary:
        """Work on a copy of the published file (or ``anew`` on none), write the run, swap it in."""
        import duckdb  # noqa: PLC0415

        from ingest.load.connection import connect  # noqa: PLC0415
        from ingest.publish import discard, publish, state_of, working_copy  # noqa: PLC0415

        warehouse = self.settings.warehouse
        before = state_of(warehouse)
        work = working_copy(warehouse, anew=anew)
        summary = Summary(self.run_id, captures_unchanged=self.intake.unchanged, warehouse=str(warehouse))
        try:
            changed = changed or not work.exists()
            with connect(work, read_only=False) as connection:
                connection.execute("BEGIN")
                if changed:
                    change(connection, summary)
                summary.captures_unchanged = self.intake.unchanged
                self._count_unreadable(summary)
                _write_run(connection, self._run_row(summary, flow_run_id))
                connection.execute("COMMIT")
                connection.execute("CHECKPOINT")
            with self.timed("publish"):
                publish(work, warehouse, before, keep_previous=anew)
        except duckdb.Error as error:
            raise IngestError(f"The load failed and nothing was published: {error}") from error
        finally:
            discard(work)
        summary.seconds = {step: round(seconds, 3) for step, seconds in self.seconds.items()}
        return summary

    def _change(
        self,
        connection: Any,
        summary: Summary,
        first: Columns | None,
        rest: Iterator[Columns],
        *,
        accept: bool = False,
        forget: Set[str] = frozenset(),
        published: str | None = None,
    ) -> None:
        """Load what was read, in the transaction that is open."""
        from ingest.load.loader import LoadTask, load, open_staging, stage  # noqa: PLC0415
        from ingest.load.warehouse import create  # noqa: PLC0415
        from ingest.publish.known import mark  # noqa: PLC0415

        with self.timed("load"):
            create(connection)
            read = open_staging(connection)
        with self.timed("read (waiting)"):
            chunk = _gather(first, rest)
        while chunk:
            with self.timed("load"):
                stage(connection, read, chunk)
            with self.timed("read (waiting)"):
                chunk = _gather(None, rest)
        task = LoadTask(
            run_id=self.run_id,
            recorded_at=utc_text(self.started_at),
            settings_of=_settings_of,
            read_again=self._read_again,
            forget=forget,
            accept=accept,
            published=published,
        )
        with self.timed("load"):
            counts = load(connection, read, self.records, task)
            mark(connection, self._known, self.archive)
        for name, value in counts.items():
            setattr(summary, name, value)

    def _read_again(self, capture_ids: set[str]) -> tuple[list[CaptureRecord], Iterator[Columns]]:
        """Captures that were loaded before, as today's readers see them."""
        records = [record for record in settled(self.archive.records()) if record.capture_id in capture_ids]
        return records, _read_all(self._stored(records), 1)

    def _note_failure(self, error: IngestError, flow_run_id: str | None) -> None:
        """Add the failed run to ``runs`` of the published file, as far as that can be done."""
        failed = Summary(self.run_id, status="failed", error=str(error), captures_unchanged=self.intake.unchanged)

        def change(_connection: Any, summary: Summary) -> None:
            summary.status, summary.error = failed.status, failed.error

        if self.settings.warehouse.exists():
            with suppress(IngestError):
                self._publish(change, flow_run_id, changed=True)

    def _run_row(self, summary: Summary, flow_run_id: str | None) -> dict[str, Any]:
        row = {k: v for k, v in summary.as_dict().items() if k.startswith(("captures_", "rows_"))}
        return row | {
            "run_id": self.run_id,
            "flow_run_id": flow_run_id,
            "started_at": self.started_at,
            "finished_at": datetime.now(UTC),
            "status": summary.status,
            "error": summary.error,
            "versions": json.dumps({name: version(name) for name in ("ingest", "duckdb")}),
        }


@contextmanager
def open_run(settings: Settings, notice: Notice = lambda _: None, *, any_layout: bool = False) -> Iterator[Run]:
    """Take the writer's lock, look at what is published, and give a run to work with.

    ``any_layout`` is for a rebuild, which takes the place of a file of an earlier layout too. Raises
    :class:`IngestError` for a file that is no warehouse of this version, or that another run keeps locked.
    """
    from ingest.publish import writer_lock  # noqa: PLC0415

    with writer_lock(settings.warehouse, settings.lock_wait_seconds, notice):
        run_id = f"{datetime.now(UTC):%Y%m%dT%H%M%S%f}Z-{secrets.token_hex(3)}"
        yield Run(settings, run_id, _known(settings, any_layout=any_layout), notice)


def run(
    settings: Settings,
    paths: Sequence[Path] | None = None,
    *,
    source: str | None = None,
    captured_at: datetime | None = None,
    accept: bool = False,
    flow_run_id: str | None = None,
    notice: Notice = lambda _: None,
    progress: Progress = lambda _done, _known: None,
) -> Summary:
    """Read ``paths`` (None: what lies in the folders of ``raw/``) into the warehouse.

    Raises :class:`IngestError` when the run cannot be done; what was captured until then is kept, and the
    next run goes on from there.
    """
    with open_run(settings, notice) as current:
        batches = current.batches(default_paths(settings) if paths is None else paths, source, captured_at)
        results = _read_all(batches, settings.workers, progress)
        return current.load(results, flow_run_id, accept=accept)


def _read_all(
    batches: Iterator[list[Work]], workers: int, progress: Progress = lambda _done, _known: None
) -> Iterator[Columns]:
    """Read the batches. Where everything is unchanged, the readers are not even imported."""
    first = next(batches, None)
    if first is not None:
        from ingest.workers import read_all  # noqa: PLC0415

        yield from read_all(itertools.chain([first], batches), workers, progress, _prepare_load)


def _prepare_load() -> None:
    """Import the modules of the load and let them load their data. This takes longer than reading many pages."""
    from ingest.batch import without_collecting  # noqa: PLC0415

    with without_collecting():
        import ingest.load.loader  # noqa: PLC0415
        import ingest.load.warehouse  # noqa: PLC0415, F401
        from ingest.name import ModelRegistry, ModelRequest, resolve_benchmarks, resolve_models  # noqa: PLC0415
        from ingest.validate import typed  # noqa: PLC0415

        typed([])
        resolve_models([ModelRequest("", "", "GPT-4o")], ModelRegistry())
        resolve_benchmarks(["MMLU"])
        gc.freeze()  # what is loaded by now stays: no collection has to look at it


def default_paths(settings: Settings) -> list[Path]:
    """Where pages and feeds lie when no path is given: the folders in ``raw/``, but not the captures made of them.

    Raises :class:`IngestError` where there is none.
    """
    folders = sorted(
        path
        for path in (settings.raw.iterdir() if settings.raw.is_dir() else ())
        if path.is_dir() and path.name != "captures" and not path.name.startswith(".")
    )
    if not folders:
        raise IngestError(
            f"There is no folder of pages in {str(settings.raw)!r}: "
            "name the pages to read, or the raw folder with --raw."
        )
    return folders


def _known(settings: Settings, *, any_layout: bool = False) -> Known:
    """What is published. Raises :class:`IngestError` for a file that is no warehouse of this version."""
    place = Archive(settings.raw).place_of(settings.warehouse)
    if not settings.warehouse.exists():
        return Known(key_of(place), place)
    from ingest.publish.known import known  # noqa: PLC0415

    return known(settings.warehouse, settings.raw, place, any_layout=any_layout)


_CHUNK = 1000
"""Captures that are staged together: some of what DuckDB costs, it costs once for each statement."""


def _gather(first: Columns | None, rest: Iterator[Columns]) -> list[Columns]:
    """The next batches, until they are enough for one insert; none when there are no more."""
    found: list[Columns] = []
    size = 0
    for batch in itertools.chain([first] if first is not None else [], rest):
        found.append(batch)
        size += len(batch["captures"]["capture_id"])
        if size >= _CHUNK:
            break
    return found


def _write_run(connection: Any, row: dict[str, Any]) -> None:
    values = ", ".join(literal(value) for value in row.values())  # binding values makes DuckDB import pandas: 0.4 s
    connection.execute(f"INSERT INTO runs ({', '.join(row)}) VALUES ({values})")


def _must_exist(source: str) -> None:
    from ingest.sources import sources  # noqa: PLC0415

    if source not in sources():
        raise IngestError(f"There is no source {source!r}; there are: {', '.join(sources())}.")


def _settings_of(source: str) -> Mapping[str, Any]:
    """What the ``source.yaml`` of a source says; nothing for content that no source knows."""
    from ingest.sources import sources  # noqa: PLC0415

    known = sources().get(source)
    return known.settings if known else {}
