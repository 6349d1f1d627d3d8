"""The main job, step by step: capture, read, validate, load, publish.

`ingest run` and the flows call the same functions: :func:`run` does all of it in this process and its
workers; a flow calls :func:`open_run` and the methods of :class:`Run` from its tasks.
"""

from __future__ import annotations

import gc
import itertools
import json
import secrets
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ingest.capture.archive import (
    Archive,
    CaptureRecord,
    Work,
    capture_id_of,
    revoke,
    settled,
    sha256_of,
    taken_back,
    utc_text,
)
from ingest.capture.files import FILES_NAMED, find_files, location_of, read_file
from ingest.errors import IngestError
from ingest.load.connection import literal

if TYPE_CHECKING:
    from ingest.batch import Columns
    from ingest.load.loader import Loader
    from ingest.settings import Settings
    from ingest.validate import Validated

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


WARC_ENDINGS = (".warc", ".warc.gz")


@dataclass(slots=True)
class _Known:
    """What the published warehouse has seen: capture ids, addresses of bytes, and log files read to the end."""

    capture_ids: set[str] = field(default_factory=set)
    sha256s: set[str] = field(default_factory=set)
    logs: dict[str, int] = field(default_factory=dict)


class Run:
    """One run on one warehouse, under the writer's lock. Made by :func:`open_run`."""

    def __init__(self, settings: Settings, run_id: str, known: _Known) -> None:
        self.settings = settings
        self.run_id = run_id
        self.started_at = datetime.now(UTC)
        self.archive = Archive(settings.raw)
        self.unchanged = 0
        self.records: list[CaptureRecord] = []
        self._kept: list[CaptureRecord] = []
        self._recovered: set[str] = set()
        self._still_unreadable: list[str] = []
        self._forget: frozenset[str] = frozenset()
        self.seconds: dict[str, float] = {}
        self._known = known
        self._logs = {path.name: path for path in self.archive.logs_for(settings.warehouse)}

    def batches(
        self, paths: Sequence[Path], source: str | None = None, captured_at: datetime | None = None
    ) -> Iterator[list[Work]]:
        """Store what is new among ``paths``, and give it in batches; what earlier runs left unread comes first.

        Raises :class:`IngestError` for a path or a source that is not there, or when the archive cannot be written.
        """

        if source is not None:
            _must_exist(source)  # before anything is kept under a name that nobody reads
        size = self.settings.batch_pages
        batch: list[Work] = []
        damaged: list[tuple[CaptureRecord, str]] = []
        for record in self._pending():
            try:
                content = self.archive.load(record.sha256)
            except IngestError as error:
                damaged.append((record, str(error)))
                continue
            self._known.capture_ids.add(record.capture_id)
            self._known.sha256s.add(record.sha256)
            self._recovered.add(record.capture_id)
            self.records.append(record)
            batch.append(Work(record, content))
            if len(batch) == size:
                yield batch
                batch = []
        if batch:
            yield batch
        fresh: list[tuple[CaptureRecord, bytes]] = []
        for path in paths:
            for file in find_files(path, skip=self.settings.raw / "captures"):
                for capture in self._captures(file, source, captured_at):
                    fresh.append(capture)
                    if len(fresh) == size:
                        yield self._keep(fresh)
                        fresh = []
        # what was given again is stored again; of the rest only that it was there can be said
        lost = [_lost(record, why) for record, why in damaged if record.capture_id not in self._known.capture_ids]
        fresh += [(record, b"") for record in lost if record.capture_id not in self._known.capture_ids]
        if fresh:
            yield self._keep(fresh)
        self._settle()

    def _captures(
        self, path: Path, source: str | None, captured_at: datetime | None
    ) -> Iterator[tuple[CaptureRecord, bytes]]:
        """What of a file is new: itself, or the pages that it archives."""
        if path.name.lower().endswith(WARC_ENDINGS):
            from ingest.capture.warc import read_warc  # noqa: PLC0415

            for record, content in read_warc(path, source, self.started_at):
                if self._is_new(record.capture_id):
                    yield record, content
            return
        capture = self._capture(path, source, captured_at)
        if capture is not None:
            yield capture

    def _is_new(self, capture_id: str) -> bool:
        """Whether a capture was never read; then it counts as known from now on."""
        if capture_id in self._known.capture_ids:
            self.unchanged += capture_id not in self._recovered
            return False
        self._known.capture_ids.add(capture_id)
        return True

    def _capture(
        self, path: Path, source: str | None, captured_at: datetime | None
    ) -> tuple[CaptureRecord, bytes] | None:
        """A file as a capture, or None where these bytes of this place are known."""
        try:
            content, modified = read_file(path)
        except OSError as error:
            return self._unreadable(path, error)
        location, sha256 = location_of(path), sha256_of(content)
        stated = utc_text(captured_at) if captured_at else None
        capture_id = capture_id_of(location, sha256, stated)
        if not self._is_new(capture_id):
            return None
        record = CaptureRecord(
            capture_id=capture_id,
            location=location,
            sha256=sha256,
            bytes=len(content),
            recorded_at=utc_text(self.started_at),
            source=source,
            captured_at=stated,
            modified_at=utc_text(datetime.fromtimestamp(modified, UTC)),
        )
        return record, content

    def _unreadable(self, path: Path, error: OSError) -> tuple[CaptureRecord, bytes] | None:
        """A file that cannot be opened is a capture without bytes, so that the warehouse says what happened."""
        reason = error.strerror or type(error).__name__
        capture_id = capture_id_of(location_of(path), reason, None)
        if capture_id in self._known.capture_ids:
            self._still_unreadable.append(f"{location_of(path)}: unreadable_file: {reason}")
            return None
        self._known.capture_ids.add(capture_id)
        record = CaptureRecord(
            capture_id=capture_id,
            location=location_of(path),
            sha256=sha256_of(b""),
            bytes=0,
            recorded_at=utc_text(self.started_at),
            extra={"unreadable": reason},
        )
        return record, b""

    def _count_unreadable(self, summary: Summary) -> None:
        """Tell of files that an earlier run could not open either: they are in the warehouse, and still not read."""
        if again := len(self._still_unreadable):
            summary.captures_rejected += again
            summary.rejected["unreadable_file"] = summary.rejected.get("unreadable_file", 0) + again
            summary.rejected_files += self._still_unreadable[: FILES_NAMED - len(summary.rejected_files)]

    def _keep(self, captures: list[tuple[CaptureRecord, bytes]]) -> list[Work]:
        with self.timed("capture"):
            self.archive.write(captures, self._known.sha256s)
        self._kept.extend(record for record, _ in captures)
        return [Work(record, content) for record, content in captures]

    def _settle(self) -> None:
        """Make the captures of this run durable and log them, before anything is loaded from them."""
        kept, self._kept = self._kept, []
        with self.timed("capture"):
            self.archive.log(self.archive.log_name(self.run_id, self.settings.warehouse), kept)
        self.records.extend(kept)

    def _pending(self) -> Iterator[CaptureRecord]:
        """Captures that are logged and not loaded: of a crawl, or of a run that was cut off or whose load failed.

        Captures that one of them takes back are read again too, as no data.
        """
        unread = [p for name, p in self._logs.items() if self._known.logs.get(name) != p.stat().st_size]
        new = [r for r in self.archive.records(unread) if r.capture_id not in self._known.capture_ids]
        self._forget = taken_back(new) & self._known.capture_ids
        if self._forget:
            yield from (revoke(r) for r in self.archive.records() if r.capture_id in self._forget)
        yield from settled(new)

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
                lambda db, summary: self._change(db, summary, first, results, accept=accept, forget=self._forget),
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

    def rebuild(self) -> Summary:
        """Make the warehouse again from the archive alone, with today's readers, and publish it.

        What was captured by runs on this warehouse counts, and what was crawled; where the archive knows of no
        such run (the warehouse was moved), all that it holds.

        ``runs`` and ``changes`` of the published file are kept, and ``changes`` gets what the new one says
        differently. Raises :class:`IngestError`.
        """
        self.records = settled(self.archive.records(self._logs.values() or None))
        results = _read_all(self._stored(self.records), self.settings.workers)
        published = self.settings.warehouse if self.settings.warehouse.exists() else None

        def change(connection: Any, summary: Summary) -> None:
            if published:
                connection.execute(f"COMMIT; ATTACH {literal(str(published))} AS published (READ_ONLY); BEGIN")
            self._change(connection, summary, None, results, published="published" if published else None)

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
        from ingest.publish import discard, publish, working_copy  # noqa: PLC0415

        warehouse = self.settings.warehouse
        work = working_copy(warehouse, anew=anew)
        summary = Summary(self.run_id, captures_unchanged=self.unchanged, warehouse=str(warehouse))
        try:
            changed = changed or not work.exists()
            with connect(work, read_only=False) as connection:
                connection.execute("BEGIN")
                if changed:
                    change(connection, summary)
                summary.captures_unchanged = self.unchanged
                self._count_unreadable(summary)
                _write_run(connection, self._run_row(summary, flow_run_id))
                connection.execute("COMMIT")
                connection.execute("CHECKPOINT")
            with self.timed("publish"):
                publish(work, warehouse)
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
        from ingest.load.loader import Loader  # noqa: PLC0415
        from ingest.load.warehouse import create  # noqa: PLC0415
        from ingest.validate import validate  # noqa: PLC0415

        with self.timed("load"):
            create(connection)
        loader = Loader(connection, _settings_of, read_again=self._read_again, forget=forget, published=published)
        with self.timed("read (waiting)"):
            chunk = _gather(first, rest)
        while chunk:
            with self.timed("validate"):
                validated = validate(chunk)
            with self.timed("load"):
                loader.stage(validated)
            with self.timed("read (waiting)"):
                chunk = _gather(None, rest)
        with self.timed("load"):
            self._merge(loader, summary, accept=accept or published is not None)
            self._mark_logs(connection)

    def _read_again(self, capture_ids: set[str]) -> tuple[list[CaptureRecord], Iterator[Validated]]:
        """Captures that were loaded before, as today's readers see them."""
        from ingest.validate import validate  # noqa: PLC0415

        records = [record for record in settled(self.archive.records()) if record.capture_id in capture_ids]
        return records, (validate([batch]) for batch in _read_all(self._stored(records), 1))

    def _merge(self, loader: Loader, summary: Summary, *, accept: bool) -> None:
        counts = loader.merge(self.run_id, utc_text(self.started_at), self.records, accept=accept)
        for name, value in counts.items():
            setattr(summary, name, value)

    def _note_failure(self, error: IngestError, flow_run_id: str | None) -> None:
        """Add the failed run to ``runs`` of the published file, as far as that can be done."""
        failed = Summary(self.run_id, status="failed", error=str(error), captures_unchanged=self.unchanged)

        def change(_connection: Any, summary: Summary) -> None:
            summary.status, summary.error = failed.status, failed.error

        if self.settings.warehouse.exists():
            with suppress(IngestError):
                self._publish(change, flow_run_id, changed=True)

    def _mark_logs(self, connection: Any) -> None:
        """Note how far each log has been loaded."""
        sizes = [(path.name, path.stat().st_size) for path in self.archive.logs_for(self.settings.warehouse)]
        new = [(name, size) for name, size in sizes if self._known.logs.get(name) != size]
        if new:
            connection.executemany("INSERT OR REPLACE INTO internal.logs VALUES (?, ?)", new)

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


def _lost(record: CaptureRecord, why: str) -> CaptureRecord:
    """A capture whose stored bytes are damaged, under an id of its own: the same page may come again, whole."""
    capture_id = capture_id_of(record.location, f"damaged {record.sha256}", record.captured_at)
    return replace(record, capture_id=capture_id, sha256=sha256_of(b""), bytes=0, extra={"unreadable": why})


@contextmanager
def open_run(settings: Settings, notice: Notice = lambda _: None, *, any_layout: bool = False) -> Iterator[Run]:
    """Take the writer's lock, look at what is published, and give a run to work with.

    ``any_layout`` is for a rebuild, which takes the place of a file of an earlier layout too. Raises
    :class:`IngestError` for a file that is no warehouse of this version, or that another run keeps locked.
    """
    from ingest.publish import writer_lock  # noqa: PLC0415

    with writer_lock(settings.warehouse, settings.lock_wait_seconds, notice):
        run_id = f"{datetime.now(UTC):%Y%m%dT%H%M%S%f}Z-{secrets.token_hex(3)}"
        yield Run(settings, run_id, _known(settings.warehouse, any_layout=any_layout))


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
    """Read what there is to read; where all is unchanged, not even the readers are loaded."""
    first = next(batches, None)
    if first is not None:
        from ingest.workers import read_all  # noqa: PLC0415

        yield from read_all(itertools.chain([first], batches), workers, progress, _prepare_load)


def _prepare_load() -> None:
    """Import what the load needs, and let it load its data: that takes longer than reading many pages."""
    from ingest.batch import without_collecting  # noqa: PLC0415

    with without_collecting():
        import ingest.load.loader  # noqa: PLC0415
        import ingest.load.warehouse  # noqa: PLC0415, F401
        from ingest.name import ModelRegistry, ModelRequest, resolve_benchmarks, resolve_models  # noqa: PLC0415
        from ingest.validate import validate  # noqa: PLC0415

        validate([])
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


def _known(warehouse: Path, *, any_layout: bool = False) -> _Known:
    """What is published. Raises :class:`IngestError` for a file that is no warehouse of this version."""
    if not warehouse.exists():
        return _Known()
    from ingest.load.connection import check_format, connect  # noqa: PLC0415
    from ingest.publish import second_name  # noqa: PLC0415

    with second_name(warehouse) as path, connect(path, read_only=True, shown_as=warehouse) as connection:
        check_format(connection, warehouse, any_layout=any_layout)
        captures = connection.execute("SELECT capture_id, sha256 FROM captures").fetchall()
        logs = connection.execute("SELECT name, bytes FROM internal.logs").fetchall()
    return _Known({c for c, _ in captures}, {s for _, s in captures}, dict(logs))


_CHUNK = 1000
"""Captures that are validated together: some of what pandera costs, it costs once for each frame."""


def _gather(first: Columns | None, rest: Iterator[Columns]) -> list[Columns]:
    """The next batches, until they are enough for one validation; none when there are no more."""
    found: list[Columns] = []
    size = 0
    for batch in itertools.chain([first] if first is not None else [], rest):
        found.append(batch)
        _name_ahead(batch["entries"])
        size += len(batch["captures"]["capture_id"])
        if size >= _CHUNK:
            break
    return found


def _name_ahead(entries: Mapping[str, Sequence[str | None]]) -> None:
    """Resolve names while other captures are read: when they are resolved all together, they are remembered."""
    from ingest.name import ModelRegistry, ModelRequest, resolve_models  # noqa: PLC0415

    names = zip(entries["name"], entries["organization"], entries["source_key"], strict=True)
    requests = [ModelRequest("", str(number), *each) for number, each in enumerate(names) if each[0]]
    resolve_models(requests, ModelRegistry())


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
