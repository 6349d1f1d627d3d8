"""From captures to columns of records: one pure function over a batch, for this process or any other.

It reads and describes. It does not name or judge, and does not know the warehouse. It gives plain lists, column by
column. Each row carries ``capture_id`` and ``entry`` (the number of the model within its capture). Lists cross between
processes as fast as Arrow tables, and need no pandas in a process that only reads.
"""

from __future__ import annotations

import gc
import json
import traceback
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from functools import lru_cache
from operator import attrgetter
from typing import Any

from ingest.capture.archive import ACCEPTED, BREAKS_OFF, FOLLOWS, STATED, CaptureRecord, Work
from ingest.capture.files import impossible_day, midnight, time_in_path
from ingest.describe import describe
from ingest.errors import IngestError
from ingest.name import listed_settings, normalise_feature, version_named_by
from ingest.name.not_models import not_a_model
from ingest.process import without_collecting
from ingest.read.encoding import encoding_of
from ingest.read.reject import is_page
from ingest.read.text import binary_kind
from ingest.records import (
    CONDITIONS,
    EVIDENCE_FIELDS,
    TIER_FIELDS,
    Capture,
    Check,
    Document,
    Price,
    Score,
    Stated,
)
from ingest.records.document import FEATURES_OF_OFFER, STANDS_FOR
from ingest.records.identity import record_keys
from ingest.rules import rules_version
from ingest.sources import parse, sources

Columns = dict[str, dict[str, list[Any]]]
"""The cells of records, by the name of the kind of record and that of the column: see :data:`COLUMNS`."""

COLUMNS: dict[str, tuple[str, ...]] = {
    "captures": (
        "capture_id", "source", "captured_at", "reader", "status", "reason", "encoding", "encoding_reason",
        "captured_at_reason",
    ),
    "entries": ("capture_id", "entry", "name", "organization", "source_key", "locator", "organization_locator",
                "provider", "record_key"),
    "stated": (
        "capture_id", "entry", "field", "value", "number", "low", "high", "unit", "raw_text", "locator", "problem",
        "correction", "derived_by", "stated_from", "stated_to",
    ),
    "prices": (
        "capture_id", "entry", "kind", "amount", "unit", "currency", "usd_per_million_tokens", "provider", "tier",
        *TIER_FIELDS, "raw_text", "locator", "problem", "doubts", "stated_from", "stated_to",
    ),
    "scores": (
        "capture_id", "entry", "benchmark_listed", "category", "score", "unit", "score_low", "score_high",
        "score_text", *EVIDENCE_FIELDS, "self_reported", *CONDITIONS, "description", "description_raw",
        "description_status", "description_issues", "conditions_confidence", "locator", "problem", "doubts",
    ),
    "unread_lines": ("capture_id", "line", "text"),
    "checks": ("capture_id", "entry", "locator", "name", "passed", "expected", "actual"),
}  # fmt: skip
"""The columns of each kind of record that a batch gives."""

_LARGEST_INTEGER = 2**31 - 1
_EAST_OF_UTC = timedelta(hours=14)
"""A day begins so much earlier in the easternmost time zone."""
_EARLIER_PREFIX = "soft_failure: "
"""What stood before the kind of a page that is no data in logs of earlier versions."""
_DIMENSIONLESS_TOKENS = "per_million_tokens"


_MADE_UP_PAGE = """<!doctype html><title>Modelsample 1</title>
<p>Samplemaker logo</p><h1>Modelsample 1</h1><p>Samplemaker</p><p>A model that was made up.</p>
<h2>Key Specifications</h2><p>Parameters</p><p>7B</p><p>Release Date</p><p>May 1, 2025</p>
<h2>Technical Specifications</h2><p>Capabilities</p><p>Tools</p>
<h2>Pricing &amp; Availability</h2><p>Input</p><p>$1.00 / 1M tokens</p>
<h2>Benchmark Results</h2><p>Samplebench</p><p>50.0%</p>"""


def warm_up() -> None:
    """Load the knowledge that reading needs before the fork. Otherwise each process would load it again.

    A page of a model and a benchmark that nobody knows asks for all of it. It stays for good, so the garbage collector
    leaves it alone from then on (https://docs.python.org/3/library/gc.html#gc.freeze): looking at all of it once takes
    a fifth of the time, and would copy it in each process.
    """
    with without_collecting():
        sources()
        describe("5-shot, see the answer above for how I read it.", "Samplebench")
        record = CaptureRecord("sample", "sample.html", "", len(_MADE_UP_PAGE), "2025-05-01T00:00:00+00:00")
        _read_one(Work(record, _MADE_UP_PAGE.encode()), {name: [] for name in COLUMNS})
        gc.freeze()


def read_batch(batch: Sequence[Work]) -> Columns:
    """Read and describe a batch of captures. Never raises for what a page holds: such a page is rejected."""
    rows: dict[str, list[tuple[Any, ...]]] = {name: [] for name in COLUMNS}
    with without_collecting():
        for work in batch:
            _read_one(work, rows)
        return {name: _columns(COLUMNS[name], rows.pop(name)) for name in COLUMNS}


def _read_one(work: Work, rows: dict[str, list[tuple[Any, ...]]]) -> None:
    record = work.record
    before_reading = _captured_at(record)
    document = _document(work, before_reading[0])
    captured_at, told_by, future = (
        _captured_at(record, document.captured_on) if document.captured_on else before_reading
    )
    status = "rejected" if document.rejected else "read"
    rows["captures"].append(
        (
            record.capture_id,
            document.source,
            captured_at,
            f"{document.reader}+{rules_version()}" if document.reader else "",
            status,
            document.rejected,
            *_encoding(work.content, record.media_type),
            told_by,
        )
    )
    capture_id = record.capture_id
    rows["unread_lines"].extend((capture_id, line.line, line.text) for line in document.unread)
    only = 0 if len(document.entries) == 1 else None
    rows["checks"].extend(
        (capture_id, only if c.entry is None else c.entry, c.locator, c.name, c.passed, c.expected, c.actual)
        for c in document.checks
    )
    keys, without_key = record_keys(document.entries)
    rows["checks"].extend((capture_id, None, *check) for check in _checks(record, document, future, without_key))
    for number, entry in enumerate(document.entries):
        key = (capture_id, number)
        is_letter = entry.source_key is not None and len(entry.source_key) == 1  # it names a row, and no model
        listed = (entry.name if is_letter else None) or entry.source_key or entry.name
        if reason := not_a_model(listed):  # what is sold and is no model is no row, and says so
            rows["checks"].append((capture_id, None, entry.locator, "no_model", True, reason, listed))
            continue
        organization_locator = entry.organization_locator or entry.locator
        rows["entries"].append(
            (
                *key,
                entry.name,
                entry.organization,
                entry.source_key,
                entry.locator,
                organization_locator,
                entry.provider,
                keys[number],
            )
        )
        rows["stated"].extend((*key, *_stated_row(s, entry.source_key)) for s in entry.stated)
        settings = listed_settings(entry.name, entry.organization, entry.source_key)
        rows["prices"].extend((*key, *_price_row(p, settings.tier)) for p in entry.prices)
        for score in entry.scores:
            row, checks = _score_row(score, settings.conditions, notes_are_whole=document.notes_are_whole)
            rows["scores"].append((*key, *row))
            if checks:
                rows["checks"].extend((*key, score.locator, *check) for check in checks)


def _document(work: Work, captured_at: datetime) -> Document:
    """What a capture says, with the time of capture as far as it is known before reading.

    A defect of a reader rejects that capture alone.
    """
    record = work.record
    capture = Capture(work.content, record.location, record.media_type, captured_at)
    try:
        if "unreadable" in record.extra:
            raise IngestError(f"unreadable_file: {record.extra['unreadable']}")
        if "not_data" in record.extra:  # the fetcher already judged that it is no page: a login, an error, a sitemap
            raise IngestError(str(record.extra["not_data"]).removeprefix(_EARLIER_PREFIX))
        document = parse(capture, record.source)
        if BREAKS_OFF in record.extra and not document.rejected:
            document = Document(document.source, document.reader, rejected=str(record.extra[BREAKS_OFF]))
        if document.incomplete and not document.rejected:
            is_first_page = FOLLOWS not in record.extra and is_page(work.content)
            document = _of_a_part(document, record, is_taken=is_first_page or ACCEPTED in record.extra)
        return document
    except IngestError as error:
        return Document(source=record.source or "unknown", reader="", rejected=str(error))
    except Exception as error:  # a defect of a reader must not reject the other pages
        trace = traceback.extract_tb(error.__traceback__)[-1]
        where = f"{trace.name}:{trace.lineno}"
        return Document(
            source=record.source or "unknown",
            reader="",
            rejected=f"reader_failed: {type(error).__name__} at {where}",
        )


def _checks(
    record: CaptureRecord, document: Document, future: date | None, without_key: Sequence[int]
) -> Iterator[tuple[Any, ...]]:
    """The checks of a capture as a whole: place, name, whether it passed, what was expected, what is there."""
    if future:
        yield None, "captured_in_future", False, record.recorded_at, future.isoformat()
    if (day := impossible_day(record.place or record.location)) is not None:
        yield None, "impossible_day", False, "a day of the calendar", day
    if document.repairs:
        yield None, "text_repaired", True, None, ", ".join(document.repairs)
    if without_key:
        said = f"{len(without_key)} records that only their values tell apart"
        yield document.entries[without_key[0]].locator, "record_without_key", False, "a key for each record", said


@lru_cache(64)
def corrections_of(source: str) -> tuple[Mapping[str, Any], ...]:
    """The corrections that the settings of a source list."""
    known = sources().get(source)
    return tuple(known.settings.get("corrections") or ()) if known else ()


def _encoding(content: bytes, media_type: str | None) -> tuple[str | None, str | None]:
    """The encoding of a text and what told it; nothing for what is no text."""
    if not content or binary_kind(content) is not None:
        return None, None
    found = encoding_of(content, media_type)
    return found.codec, found.why


def _of_a_part(document: Document, record: CaptureRecord, *, is_taken: bool) -> Document:
    """What counts of a capture that is a part of what was sent: nothing, since what it lacks would end.

    Where it ``is_taken``, what is there counts: it is the first page of its place, where nothing was said before that
    could end, or the user accepts it.
    """
    if not is_taken:
        return Document(document.source, document.reader, rejected=document.incomplete)
    document.checks.append(Check("cut_off", False, record.location, document.incomplete))
    return document


def _captured_at(record: CaptureRecord, day: date | None = None) -> tuple[datetime, str, date | None]:
    """When the source served it, and what tells that: as stated, else the page's own ``day``, else the path's, else the
    file's time.

    A day after the recording of the capture is given beside it, and the next of these is taken. A day that had begun in
    any time zone is not after the recording. A file's time is that of a copy where it was copied or unpacked, so the
    source served it then or before.
    """
    if record.captured_at:
        return datetime.fromisoformat(record.captured_at), STATED, None
    recorded = datetime.fromisoformat(record.recorded_at)
    future: date | None = None
    for told_by, time in _times_told(record, day):
        if time - recorded <= _EAST_OF_UTC:
            return min(time, recorded), told_by, future
        future = future or time.date()
    if record.modified_at:
        return datetime.fromisoformat(record.modified_at), "file", future
    return recorded, "recorded", future


def _times_told(record: CaptureRecord, day: date | None) -> Iterator[tuple[str, datetime]]:
    if day:
        yield "page", midnight(day)
    if (time := time_in_path(record.place or record.location)) is not None:
        yield "path", time


_FEATURES = frozenset({"features", "features_absent", FEATURES_OF_OFFER})


def _stated_row(stated: Stated, listed_id: str | None) -> tuple[Any, ...]:
    value = stated.value
    if stated.field == STANDS_FOR and value is not None:
        value = version_named_by(str(value), listed_id)
    if stated.field in _FEATURES and isinstance(value, list | tuple):  # one name for one feature, from any source
        value = sorted({normalise_feature(str(label)) for label in value})
    text, number = as_claim(value)
    return (
        stated.field, text, number, stated.low, stated.high, stated.unit, stated.raw_text, stated.locator,
        stated.problem or _undatable(stated), stated.correction, stated.derived_by, stated.valid_from, stated.valid_to,
    )  # fmt: skip


def _undatable(said: Stated | Price) -> str | None:
    """The problem of what ends on or before the day on which it begins."""
    is_empty = said.valid_from is not None and said.valid_to is not None and said.valid_to <= said.valid_from
    return "ends_before_it_begins" if is_empty else None


def as_claim(value: Any) -> tuple[str | None, float | None]:
    """A value as text, and as a number where it is one."""
    match value:
        case str() | None:
            return value, None
        case bool():
            return ("true" if value else "false"), None
        case int() | float():
            return str(value), float(value)
        case date():
            return value.isoformat(), None
        case list() | tuple():
            return json.dumps(list(value), ensure_ascii=False), None
        case _:
            return str(value), None


_tier_parts = attrgetter(*TIER_FIELDS)
_evidence = attrgetter(*EVIDENCE_FIELDS)


def _price_row(price: Price, listed: tuple[str, ...]) -> tuple[Any, ...]:
    """The cells of a price. ``listed`` are the parts of its tier that the model's listing states."""
    told = [price.tier, *(part for part in listed if part not in (price.tier or ""))]
    tier = ", ".join(part for part in told if part) or None
    is_usd_for_tokens = price.unit == _DIMENSIONLESS_TOKENS and price.currency == "USD"
    return (
        price.kind, price.amount, price.unit, price.currency, price.amount if is_usd_for_tokens else None,
        price.provider, tier, *_tier_parts(price), price.raw_text, price.locator, price.problem or _undatable(price),
        list(price.doubts), price.valid_from, price.valid_to,
    )  # fmt: skip


def _score_row(
    score: Score, listed: Mapping[str, Any], *, notes_are_whole: bool
) -> tuple[tuple[Any, ...], list[tuple[Any, ...]]]:
    """The cells of a result, and its checks. ``listed`` are the conditions that the model's listing states."""
    conditions, text, checks = _described(score.description, score.benchmark, notes_are_whole)
    if score.conditions:  # what a source states in a field of its own wins over what its note says
        stated = score.conditions
        conditions = tuple(
            _bounded(stated[name]) if stated.get(name) is not None else said
            for name, said in zip(CONDITIONS, conditions, strict=True)
        )
    if listed:
        conditions = tuple(
            listed.get(name) if said is None else said for name, said in zip(CONDITIONS, conditions, strict=True)
        )
    row = (
        score.benchmark, score.category, score.score, score.unit, score.score_low, score.score_high,
        score.score_text, *_evidence(score), score.self_reported, *conditions, *text, score.locator, score.problem,
        list(score.doubts),
    )  # fmt: skip
    return row, checks


_Row = tuple[Any, ...]


@lru_cache(8192)
def _described(description: str | None, benchmark: str, is_whole: bool) -> tuple[_Row, _Row, list[_Row]]:
    """A note's conditions and texts as cells of a row, and its checks: once for each distinct note."""
    said = describe(description, benchmark, is_whole=is_whole)
    conditions = tuple(_bounded(said.conditions.get(name)) for name in CONDITIONS)
    text = (
        said.description, said.description_raw, said.description_status, list(said.description_issues),
        said.conditions_confidence,
    )  # fmt: skip
    return conditions, text, [(c.name, c.passed, c.expected, c.actual) for c in said.checks]


def _bounded(value: Any) -> Any:
    """The value, or None for a count that its column cannot hold: no run, shot or token count is that large."""
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) > _LARGEST_INTEGER:
        return None
    return value


def _columns(names: tuple[str, ...], rows: list[tuple[Any, ...]]) -> dict[str, list[Any]]:
    columns = zip(*rows, strict=True) if rows else [()] * len(names)
    return dict(zip(names, map(list, columns), strict=True))
