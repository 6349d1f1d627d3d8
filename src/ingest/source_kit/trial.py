"""Try a source on one file: its records, coverage, quarantine and names, and what a run would change."""

from __future__ import annotations

import shutil
import tempfile
from collections import Counter
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ingest.capture.archive import Archive, sha256_of
from ingest.capture.fetch import Target, crawl, is_url
from ingest.capture.files import time_in_path, undated
from ingest.errors import IngestError
from ingest.load.connection import connect
from ingest.name import ModelRegistry, ModelRequest, benchmark_catalogue, resolve_benchmarks, resolve_models
from ingest.pipeline import open_run, run
from ingest.records.document import Capture, Check, Document
from ingest.records.identity import record_keys
from ingest.settings import Settings
from ingest.source_kit.contract import EXPECTED, difference, expected_path
from ingest.source_kit.doubts import doubts_against_others, doubts_of_units
from ingest.source_kit.lines import facts
from ingest.sources import Source, recognise, switched_off
from ingest.sources.plugins import raising, told


@dataclass(slots=True)
class Trial:
    """The result of trying one file.

    ``recognised_as`` is the source that recognises the file, or None. ``fields`` counts the records by what they state,
    ``names`` the entries by how their model was found. ``unclaimed`` has the fields and lines that no rule takes.
    ``collisions`` are listings that became one model and state the same thing of it. ``doubts`` say that prices or
    counts are likely in another unit, and which names of its ``names.yaml`` cannot be used. ``shown`` has the first
    entries, each with what was read of it. ``differs`` is the difference from the expected records of a fixture, None
    where there are none. ``changes`` is None if the run failed; ``failed`` then says why. ``changed`` has each change
    of the run.
    """

    source: str
    reader: str
    location: str
    rejected: str | None = None
    repairs: list[str] = field(default_factory=list)
    entries: int = 0
    fields: dict[str, int] = field(default_factory=dict)
    unclaimed: list[str] = field(default_factory=list)
    checks_failed: list[str] = field(default_factory=list)
    quarantined: list[dict[str, Any]] = field(default_factory=list)
    names: dict[str, int] = field(default_factory=dict)
    new_models: list[str] = field(default_factory=list)
    doubtful_models: list[str] = field(default_factory=list)
    new_benchmarks: list[str] = field(default_factory=list)
    recognised_as: str | None = None
    collisions: list[str] = field(default_factory=list)
    doubts: list[str] = field(default_factory=list)
    shown: list[dict[str, Any]] = field(default_factory=list)
    differs: list[str] | None = None
    changes: dict[str, int] | None = None
    changed: list[dict[str, Any]] = field(default_factory=list)
    failed: str | None = None

    def as_dict(self) -> dict[str, Any]:
        """The trial as plain data, for JSON."""
        return asdict(self)


class ParserFailedError(IngestError):
    """A parser raised something. Its cause is what it raised."""


def files_in(place: str) -> list[str]:
    """The files that a place means: itself, or all files of a folder, sorted. Raises :class:`IngestError` for none."""
    folder = Path(place)
    if is_url(place) or not folder.is_dir():
        return [place]
    files = sorted(path for path in folder.rglob("*") if path.is_file() and not path.name.endswith(EXPECTED))
    found = [path.as_posix() for path in files if not any(p.startswith(".") for p in path.relative_to(folder).parts)]
    if not found:
        raise IngestError(f"There is no file in {place!r}.")
    return found


def try_source(
    source: Source, place: str, settings: Settings, show: int = 0, captured_at: datetime | None = None
) -> Trial:
    """Read a file or a URL, and run it into a copy of the warehouse. Nothing existing is changed.

    ``show`` entries are given with their values. ``captured_at`` is when the source served it; without it, the date in
    the path or the time of the file. Raises :class:`ParserFailedError` where the parser raises anything but
    :class:`IngestError`.
    """
    with tempfile.TemporaryDirectory(prefix="ingest-try-") as folder:
        path, location = _fetched(source, place, settings, Path(folder))
        try:
            content = path.read_bytes()
        except OSError as error:
            raise IngestError(f"{place!r} cannot be read: {error.strerror or error}.") from None
        when = captured_at or time_in_path(location) or datetime.fromtimestamp(path.stat().st_mtime, UTC)
        capture = Capture(content, location, captured_at=when)
        document = _parsed(source, capture, place)
        trial = _told(source, document, location)
        trial.recognised_as = recognise(capture)
        if expected_path(path).is_file():
            trial.differs = difference(source, path)
        if document.rejected is None:
            _name(trial, document, location, show)
            _run(trial, path, settings, Path(folder), when)
        names = f"{source.folder.name}/names.yaml"
        trial.doubts += [f"{name}: {why}" for name, why in switched_off().items() if name == names]
        return trial


def _parsed(source: Source, capture: Capture, place: str) -> Document:
    try:
        with raising():
            return source.parse(capture)
    except IngestError:
        raise
    except (Exception, SystemExit) as error:
        said = told(error, source.folder, with_code=True)
        where = f"The parser of {source.name!r} failed on {place!r}"
        raise ParserFailedError(f"{where}: {said}; --trace shows how it came there.") from error


def _fetched(source: Source, place: str, settings: Settings, folder: Path) -> tuple[Path, str]:
    """The file with the bytes, and their location."""
    if not is_url(place):
        return Path(place), place
    here = settings.model_copy(update={"raw": folder / "fetched", "archive": ""})
    report = crawl(Target.of([place], source.name), here)
    archive = Archive(here.raw)
    for record in archive.records():
        if record.source == source.name and not record.extra.get("not_data"):
            path = folder / (record.location.rstrip("/").rpartition("/")[2] or "page")
            path.write_bytes(archive.load(record.sha256))
            return path, record.location
    why = report.failures[0].reason if report.failures else "it is no data"
    raise IngestError(f"{place!r} could not be fetched: {why}.")


def _told(source: Source, document: Document, location: str) -> Trial:
    trial = Trial(source.name, document.reader, location, document.rejected, document.repairs, len(document.entries))
    counted: Counter[str] = Counter()
    for entry in document.entries:
        counted.update(s.field for s in entry.stated)
        counted.update(f"price: {p.kind}" for p in entry.prices)
        counted.update(["scores"] * len(entry.scores))
    trial.fields = dict(counted.most_common())
    told = [line.text for line in document.unread]
    trial.unclaimed = sorted(told, key=lambda text: "no rule takes it" not in text)  # what is new comes first
    trial.doubts = doubts_of_units(document.entries)
    trial.checks_failed = [f"{c.name}: {_told_of(c)}" for c in document.checks if not c.passed]
    return trial


def _told_of(check: Check) -> str:
    """What a check that did not pass found, beside what it expected."""
    told = [check.expected and f"expected {check.expected}", check.actual]
    return "; ".join(text for text in told if text)


def _name(trial: Trial, document: Document, location: str, show: int) -> None:
    keys, _ = record_keys(document.entries)
    requests = [
        ModelRequest(
            source=trial.source,
            scope=f"{undated(location)}#{keys[number] or number}",
            name=entry.name,
            organization=entry.organization,
            source_key=entry.source_key,
            release_date=next((s.value for s in entry.stated if s.field == "release_date"), None),
        )
        for number, entry in enumerate(document.entries)
    ]
    found = resolve_models(requests, ModelRegistry())
    trial.collisions = _collisions(document, [(f.model_id, f.version) for f in found])
    for entry, model in list(zip(document.entries, found, strict=True))[:show]:
        said = [f"{text} ({where})" for where, text in facts(entry)]
        trial.shown.append({"model": model.model_id, "version": model.version, "place": entry.locator, "read": said})
    trial.names = dict(Counter("doubtful" if f.doubt else "matched" if f.is_known else "new" for f in found))
    shown = {(f.model_id, r.source_key or r.name or ""): f for r, f in zip(requests, found, strict=True)}
    trial.new_models = sorted(
        {f"{key} -> {f.model_id}" for (_, key), f in shown.items() if not (f.is_known or f.doubt)}
    )
    trial.doubtful_models = sorted({f"{key} -> {f.model_id}: {f.doubt}" for (_, key), f in shown.items() if f.doubt})
    listed = sorted({score.benchmark for entry in document.entries for score in entry.scores})
    known = benchmark_catalogue()
    resolved = resolve_benchmarks(listed)
    trial.new_benchmarks = [name for name in listed if resolved[name].benchmark_id not in known]


def _collisions(document: Document, models: list[tuple[str, str | None]]) -> list[str]:
    """Listings that became one model and version, and state a price or a result of one key each."""
    listed: dict[tuple[Any, ...], set[str]] = {}
    for entry, model in zip(document.entries, models, strict=True):
        name = entry.record_key or entry.source_key or entry.name or entry.locator
        for price in entry.prices:
            sold = (price.provider, price.tier, price.unit, price.valid_from)
            listed.setdefault((*model, f"price {price.kind}", sold), set()).add(name)
        for score in entry.scores:
            under = (score.category, score.unit, str(sorted(score.conditions.items())))
            listed.setdefault((*model, f"score {score.benchmark}", under), set()).add(name)
    found: dict[tuple[str, tuple[str, ...]], list[str]] = {}
    for (model_id, version, what, _), names in listed.items():
        if len(names) > 1:
            shown = model_id if version is None else f"{model_id} {version}"
            found.setdefault((shown, tuple(sorted(names))), []).append(what)
    return [f"{' and '.join(names)} -> {model}: {', '.join(said)}" for (model, names), said in sorted(found.items())]


def _run(trial: Trial, path: Path, settings: Settings, folder: Path, when: datetime) -> None:
    """Run the file into a copy of the warehouse, and keep the changes."""
    copy = folder / "warehouse.duckdb"
    if settings.warehouse.exists():
        shutil.copyfile(settings.warehouse, copy)
    here = settings.model_copy(update={"raw": folder / "raw", "archive": "", "warehouse": copy, "workers": 1})
    sha256 = sha256_of(path.read_bytes())
    try:
        summary = run(here, [path], source=trial.source, captured_at=when)
        run_id = [summary.run_id]
        capture_id = _capture_of(copy, trial.source, sha256)
        if summary.captures_unchanged:
            # its bytes were loaded before, and the run left them alone: read them again with the rules of now
            known = [each for each in Archive.of(settings).records() if each.capture_id == capture_id]
            Archive(here.raw).keep("tried", [(each, path.read_bytes()) for each in known], set())
            with open_run(here) as current:
                run_id = [current.reread({capture_id}).run_id]
    except IngestError as error:
        trial.failed = str(error)
        return
    with connect(copy, read_only=True) as connection:
        trial.doubts += doubts_against_others(connection, trial.source)
        rows = connection.execute(
            "SELECT table_name || ' ' || kind, count(*) FROM changes WHERE run_id = ? GROUP BY 1 ORDER BY 1", run_id
        ).fetchall()
        trial.changes = dict(rows)
        changed = connection.execute(
            "SELECT table_name, kind, key, field, old_value, new_value FROM changes WHERE run_id = ? ORDER BY ALL",
            run_id,
        ).fetchall()
        columns = ("table", "kind", "key", "field", "old", "new")
        trial.changed = [dict(zip(columns, row, strict=True)) for row in changed]
        found = connection.execute(
            """SELECT table_name, locator, reasons, record::VARCHAR FROM quarantine
            WHERE capture_id = ? AND resolved_at IS NULL ORDER BY locator""",
            [capture_id],
        ).fetchall()
    names = ("table", "locator", "reasons", "record")
    trial.quarantined = [dict(zip(names, row, strict=True)) for row in found]


def _capture_of(warehouse: Path, source: str, sha256: str) -> str:
    """The latest capture with these bytes in a warehouse, by id; "" where there is none."""
    with connect(warehouse, read_only=True) as connection:
        rows = connection.execute(
            """SELECT capture_id FROM captures WHERE source = ? AND sha256 = ?
            ORDER BY captured_at DESC, recorded_at DESC LIMIT 1""",
            [source, sha256],
        ).fetchall()
    return str(rows[0][0]) if rows else ""
