"""The main job, step by step: capture, read, validate, load, publish.

`ingest run` and the flows call the same functions: :func:`run` does all of it in this process and its
workers; a flow calls :func:`open_run` and the methods of :class:`Run` from its tasks.
"""

from __future__ import annotations

import json
import os
import secrets
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ingest.capture.archive import Archive, CaptureRecord, capture_id_of, sha256_of, utc_text
from ingest.capture.files import find_files
from ingest.errors import IngestError

if TYPE_CHECKING:
    from ingest.batch import Tables, Work
    from ingest.settings import Settings

Notice = Callable[[str], None]
Progress = Callable[[int, int], None]
"""Called with the number of captures done and the number known of so far."""

_IN_THIS_PROCESS = 60
"""Up to this many captures, starting worker processes takes longer than reading."""


@dataclass(slots=True)
class Summary:
    """What a run did. ``quarantined`` and ``rejected`` count by reason; ``seconds`` by step."""

    run_id: str
    status: str = "succeeded"
    captures_read: int = 0
    captures_unchanged: int = 0
    captures_rejected: int = 0
    rows_written: int = 0
    rows_quarantined: int = 0
    quarantined: dict[str, int] = field(default_factory=dict)
    rejected: dict[str, int] = field(default_factory=dict)
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
        self.seconds: dict[str, float] = {}
        self._known = known
        self._logs = {path.name: path for path in self.archive.logs()}

    def batches(
        self, paths: Sequence[Path], source: str | None = None, captured_at: datetime | None = None
    ) -> Iterator[list[Work]]:
        """Store what is new among ``paths``, and give it in batches; what earlier runs left unread comes first.

        Raises :class:`IngestError` for a path that is not there, or when the archive cannot be written.
        """
        from ingest.batch import Work  # noqa: PLC0415  (an unchanged folder needs no reader)

        size = self.settings.batch_pages
        batch: list[Work] = []
        for record in self._pending():
            self._known.capture_ids.add(record.capture_id)
            self._known.sha256s.add(record.sha256)
            self.records.append(record)
            batch.append(Work(record, self.archive.load(record.sha256)))
            if len(batch) == size:
                yield batch
                batch = []
        if batch:
            yield batch
        fresh: list[tuple[CaptureRecord, bytes]] = []
        for path in paths:
            for file in find_files(path, skip=self.settings.raw / "captures"):
                capture = self._capture(file, source, captured_at)
                if capture is None:
                    self.unchanged += 1
                    continue
                fresh.append(capture)
                if len(fresh) == size:
                    yield self._keep(fresh)
                    fresh = []
        if fresh:
            yield self._keep(fresh)

    def _capture(
        self, path: Path, source: str | None, captured_at: datetime | None
    ) -> tuple[CaptureRecord, bytes] | None:
        """A file as a capture, or None where these bytes of this place are known."""
        try:
            content = path.read_bytes()
            modified = path.stat().st_mtime
        except OSError as error:
            return self._unreadable(path, error)
        location, sha256 = path.as_posix(), sha256_of(content)
        stated = utc_text(captured_at) if captured_at else None
        capture_id = capture_id_of(location, sha256, stated)
        if capture_id in self._known.capture_ids:
            return None
        self._known.capture_ids.add(capture_id)
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
        capture_id = capture_id_of(path.as_posix(), reason, None)
        if capture_id in self._known.capture_ids:
            return None
        record = CaptureRecord(
            capture_id=capture_id,
            location=path.as_posix(),
            sha256=sha256_of(b""),
            bytes=0,
            recorded_at=utc_text(self.started_at),
            extra={"unreadable": reason},
        )
        return record, b""

    def _keep(self, captures: list[tuple[CaptureRecord, bytes]]) -> list[Work]:
        from ingest.batch import Work  # noqa: PLC0415

        with self.timed("capture"):
            self.archive.keep(self.run_id, captures, self._known.sha256s)
        self.records.extend(record for record, _ in captures)
        return [Work(record, content) for record, content in captures]

    def _pending(self) -> Iterator[CaptureRecord]:
        """Captures that a run logged and never loaded, because it was cut off or its load failed."""
        unread = [p for name, p in self._logs.items() if self._known.logs.get(name) != p.stat().st_size]
        for record in self.archive.records(unread):
            if record.capture_id not in self._known.capture_ids:
                yield record

    @contextmanager
    def timed(self, step: str) -> Iterator[None]:
        """Add the time that the block takes to ``seconds[step]``."""
        start = time.perf_counter()
        try:
            yield
        finally:
            self.seconds[step] = self.seconds.get(step, 0.0) + time.perf_counter() - start

    def load(self, results: Iterable[Tables], flow_run_id: str | None = None) -> Summary:
        """Validate, load and publish what was read. On any failure the published file stays as it was."""
        from ingest.publish import discard, publish, working_copy  # noqa: PLC0415

        warehouse = self.settings.warehouse
        first = next(iter(results := iter(results)), None)
        work = working_copy(warehouse)
        try:
            summary = self._load(work, first, results, flow_run_id)
            with self.timed("publish"):
                publish(work, warehouse)
        except BaseException:
            discard(work)
            raise
        summary.seconds = {step: round(seconds, 3) for step, seconds in self.seconds.items()}
        return summary

    def _load(self, work: Path, first: Tables | None, rest: Iterator[Tables], flow_run_id: str | None) -> Summary:
        import duckdb  # noqa: PLC0415

        from ingest.load.connection import connect  # noqa: PLC0415

        is_new = not work.exists()
        summary = Summary(self.run_id, captures_unchanged=self.unchanged, warehouse=str(self.settings.warehouse))
        try:
            with connect(work, read_only=False) as connection:
                connection.execute("BEGIN")
                if is_new or first is not None:
                    self._change(connection, summary, first, rest)
                _write_run(connection, self._run_row(summary, flow_run_id))
                connection.execute("COMMIT")
                connection.execute("CHECKPOINT")
        except duckdb.Error as error:
            raise IngestError(f"The load failed and nothing was published: {error}") from error
        return summary

    def _change(self, connection: Any, summary: Summary, first: Tables | None, rest: Iterator[Tables]) -> None:
        """Load what was read; without anything, make the tables."""
        from ingest.load.loader import Loader  # noqa: PLC0415  (pandas and pandera: the workers read meanwhile)
        from ingest.load.warehouse import create  # noqa: PLC0415
        from ingest.validate import validate  # noqa: PLC0415

        with self.timed("load"):
            create(connection)
        loader = Loader(connection, _settings_of)
        with self.timed("read (waiting)"):
            chunk = _gather(first, rest)
        while chunk is not None:
            with self.timed("validate"):
                validated = validate(chunk)
            with self.timed("load"):
                loader.stage(validated)
            with self.timed("read (waiting)"):
                chunk = _gather(None, rest)
        with self.timed("load"):
            counts = loader.merge(self.run_id, utc_text(self.started_at), self.records)
            self._mark_logs(connection)
            summary.captures_read, summary.captures_rejected = counts.read, counts.rejected
            summary.rows_written, summary.rows_quarantined = counts.written, counts.quarantined
            if first is not None:
                _count(connection, summary)

    def _mark_logs(self, connection: Any) -> None:
        """Note how far each log has been loaded."""
        sizes = [(path.name, path.stat().st_size) for path in self.archive.logs()]
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


@contextmanager
def open_run(settings: Settings, notice: Notice = lambda _: None) -> Iterator[Run]:
    """Take the writer's lock, look at what is published, and give a run to work with."""
    from ingest.publish.lock import writer_lock  # noqa: PLC0415

    with ExitStack() as stack:
        stack.enter_context(writer_lock(settings.warehouse, settings.lock_wait_seconds, notice))
        run_id = f"{datetime.now(UTC):%Y%m%dT%H%M%S%f}Z-{secrets.token_hex(3)}"
        yield Run(settings, run_id, _known(settings.warehouse))


def run(
    settings: Settings,
    paths: Sequence[Path] = (),
    *,
    source: str | None = None,
    captured_at: datetime | None = None,
    notice: Notice = lambda _: None,
    progress: Progress = lambda _done, _known: None,
) -> Summary:
    """Read ``paths`` (without any: the sample pages and whatever lies in ``raw/pages``) into the warehouse.

    Raises :class:`IngestError` when the run cannot be done; what was captured until then is kept, and the
    next run goes on from there.
    """
    with open_run(settings, notice) as current:
        batches = current.batches(paths or default_paths(settings), source, captured_at)
        return current.load(read_all(batches, settings.workers, progress))


def default_paths(settings: Settings) -> list[Path]:
    """Where pages lie when no path is given. Raises :class:`IngestError` where that folder is missing."""
    pages = settings.raw / "pages"
    if not pages.is_dir():
        raise IngestError(f"There is no folder {str(pages)!r}: name the pages to read, or the raw folder with --raw.")
    return [pages]


def read_all(
    batches: Iterator[list[Work]], workers: int = 0, progress: Progress = lambda _d, _k: None
) -> Iterator[Tables]:
    """Read batches, in worker processes where there are enough of them, and give the tables in order."""
    from ingest.batch import read_batch  # noqa: PLC0415

    workers = (
        workers or len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else workers or os.cpu_count() or 1
    )
    first = next(batches, None)
    if first is None:
        return
    second = next(batches, None)
    if workers == 1 or (second is None and len(first) <= _IN_THIS_PROCESS):
        done = 0
        for batch in (first, *([second] if second else []), *batches):
            yield read_batch(batch)
            done += len(batch)
            progress(done, done)
        return
    yield from _read_in_processes((b for b in (first, second) if b), batches, workers, progress)


def _read_in_processes(
    begun: Iterable[list[Work]], rest: Iterator[list[Work]], workers: int, progress: Progress
) -> Iterator[Tables]:
    import itertools  # noqa: PLC0415
    import multiprocessing  # noqa: PLC0415
    from collections import deque  # noqa: PLC0415
    from concurrent.futures import Future, ProcessPoolExecutor  # noqa: PLC0415

    from ingest.batch import read_batch  # noqa: PLC0415

    method = "fork" if "fork" in multiprocessing.get_all_start_methods() else "spawn"
    waiting: deque[tuple[int, Future[Tables]]] = deque()
    done = known = 0
    with ProcessPoolExecutor(workers, multiprocessing.get_context(method)) as pool:
        for batch in itertools.chain(begun, rest):
            waiting.append((len(batch), pool.submit(read_batch, batch)))
            known += len(batch)
            progress(done, known)
            while len(waiting) > 2 * workers or (waiting and waiting[0][1].done()):
                size, future = waiting.popleft()
                yield future.result()
                done += size
                progress(done, known)
        while waiting:
            size, future = waiting.popleft()
            yield future.result()
            done += size
            progress(done, known)


def _known(warehouse: Path) -> _Known:
    """What is published. Raises :class:`IngestError` for a file that is no warehouse of this version."""
    if not warehouse.exists():
        return _Known()
    from ingest.load.connection import check_format, connect  # noqa: PLC0415

    with connect(warehouse, read_only=True) as connection:
        check_format(connection, warehouse)
        captures = connection.execute("SELECT capture_id, sha256 FROM captures").fetchall()
        logs = connection.execute("SELECT name, bytes FROM internal.logs").fetchall()
    return _Known({c for c, _ in captures}, {s for _, s in captures}, dict(logs))


_CHUNK = 1000
"""Captures that are validated together: pandera costs the same 60 ms for one page as for a hundred."""


def _gather(first: Tables | None, rest: Iterator[Tables]) -> Tables | None:
    """The next batches, put together until they are enough for one validation; None when there are no more."""
    import pyarrow as pa  # noqa: PLC0415

    found: list[Tables] = [first] if first is not None else []
    size = sum(tables["captures"].num_rows for tables in found)
    while size < _CHUNK and (tables := next(rest, None)) is not None:
        found.append(tables)
        size += tables["captures"].num_rows
    if not found:
        return None
    return {kind: pa.concat_tables([t[kind] for t in found], promote_options="permissive") for kind in found[0]}


def _write_run(connection: Any, row: dict[str, Any]) -> None:
    names = ", ".join(row)
    marks = ", ".join("?" for _ in row)
    connection.execute(f"INSERT INTO runs ({names}) VALUES ({marks})", list(row.values()))


def _settings_of(source: str) -> Mapping[str, Any]:
    """What the ``source.yaml`` of a source says; nothing for content that no source knows."""
    from ingest.sources import sources  # noqa: PLC0415

    known = sources().get(source)
    return known.settings if known else {}


def _count(connection: Any, summary: Summary) -> None:
    """Fill the parts of the summary that the warehouse tells best."""

    def pairs(sql: str) -> dict[str, int]:
        return dict(connection.execute(sql).fetchall())

    summary.quarantined = pairs(
        "SELECT reason, count(*) FROM (SELECT unnest(reasons) AS reason FROM staged_quarantine) GROUP BY 1 ORDER BY 2 DESC, 1"
    )
    summary.rejected = pairs(
        "SELECT split_part(reason, ':', 1), count(*) FROM staged_captures WHERE status = 'rejected' GROUP BY 1 ORDER BY 2 DESC, 1"
    )
    summary.checks_failed = pairs(
        "SELECT name, count(*) FROM staged_checks WHERE NOT passed GROUP BY 1 ORDER BY 2 DESC, 1"
    )
    row = connection.execute("""SELECT
        (SELECT count(*) FROM staged_checks WHERE passed), (SELECT count(*) FROM staged_unread_lines),
        (SELECT count(*) FROM models), (SELECT count(*) FROM scores), (SELECT count(*) FROM prices)""").fetchone()
    summary.checks_passed, summary.unread_lines, summary.models, summary.scores, summary.prices = row
