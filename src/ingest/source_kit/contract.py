"""The contract of a source, clause by clause. `ingest source check` and the tests of sources check it."""

from __future__ import annotations

import dataclasses
import difflib
import json
import math
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import ingest.sources
from ingest.capture.files import time_in_path
from ingest.errors import IngestError
from ingest.knowledge import nearest
from ingest.pipeline import run
from ingest.process import without_collecting
from ingest.read.locate import Places
from ingest.read.recordfile import formats
from ingest.records.document import Capture, Document
from ingest.records.identity import record_keys
from ingest.settings import load_settings
from ingest.source_kit.altered import NEW_FIELD, damaged, grown, reversed_records, with_field
from ingest.source_kit.doubts import doubts_of_units
from ingest.source_kit.new import BUILT_IN, placeholders, places
from ingest.source_kit.outside import allowed, no_network
from ingest.sources import Source, must_exist, sources, switched_off
from ingest.sources.plugins import OF_NOBODY, READER_FAILED, fault_of, raising, told
from ingest.verify import faults

EXPECTED = ".expected.json"
"""Suffix of the file with the records that are expected of a fixture."""

FIXTURE_DAY = datetime(2026, 1, 1, tzinfo=UTC)
"""When a fixture without a day in its path was captured."""

_SETTINGS = {"name", "title", "what", "reader", "format", "licence", "attribution", "scope", "trust"}
_FURTHER = {
    "home", "find", "found_by", "enabled", "schedule", "freshness_days", "floors", "corrections", "recognised_by",
    "records",
}  # fmt: skip
_CHOICES = {"scope": ("document", "model"), "trust": ("maker", "provider", "aggregator")}

_FORMATS = (*formats(), "page", "text")
"""What a source may call its format: one of those that are read as records, pages, or a text that its parser reads."""

_GROWN = (100_000, 800_000)
"""The sizes in bytes to which a fixture is enlarged to measure how time grows with size. With fewer records, quadratic
work does not show."""

_TRIES = 3
_SLACK = 2.0
"""Time grows faster than size if the larger file takes more than this many times its share."""


class Broken(NamedTuple):
    """A clause of the contract that does not hold, with the place and the reason."""

    clause: str
    where: str
    says: str


def fixtures_of(source: Source, folder: Path | None = None) -> list[Path]:
    """The fixtures of a source, sorted: from ``folder``, or from where it usually has them.

    Raises :class:`IngestError` for a source of this project outside a checkout, which alone has its fixtures.
    """
    root = folder or _usual_fixtures(source)
    return sorted(p for p in root.rglob("*") if p.is_file() and not p.name.endswith(EXPECTED))


def _usual_fixtures(source: Source) -> Path:
    """A source of this project has its fixtures among the tests of a checkout, another one beside its code."""
    if not source.folder.is_relative_to(_PROJECT):
        return source.folder / "fixtures"
    if BUILT_IN.is_dir():
        return places(source.name).fixtures
    raise IngestError(
        f"The fixtures of {source.name!r} are in a checkout of the project: name their folder: --fixtures."
    )


_PROJECT = Path(ingest.sources.__file__).parent


def broken_clauses(name: str, folder: Path | None = None, *, timed: bool = False) -> list[Broken]:
    """Everything that is wrong with a source. ``folder`` has its fixtures.

    ``timed`` also measures how time grows with size (on the largest fixture of each ending), reads the fixtures in two
    more processes and loads them, which takes seconds.
    """
    source = must_exist(name)
    broken = [*_settings(source)]
    fixtures = fixtures_of(source, folder)
    if not fixtures:
        where = folder or _usual_fixtures(source)
        broken.append(Broken("fixtures", name, f"there is none in {where}; keep a small file of the source there"))
    for path in fixtures:
        capture = capture_of(path)
        each = (_records, _order, _new_field, _hostile)
        broken += _held(path.name, source.folder, (partial(clause, source, capture, path) for clause in each))
    if timed and fixtures:
        largest = {path.suffix: path for path in sorted(fixtures, key=lambda path: path.stat().st_size)}
        for path in largest.values():
            broken += _held(path.name, source.folder, [partial(_growth, source, capture_of(path), path)])
        broken += _held(name, source.folder, (partial(clause, source, fixtures) for clause in (_elsewhere, _loaded)))
    return list(dict.fromkeys(broken))


def _held(where: str, folder: Path, clauses: Iterable[Callable[[], Iterator[Broken]]]) -> list[Broken]:
    """What the clauses find. Each runs without the network. One that raises is broken; ``folder`` has the parser."""
    broken: list[Broken] = []
    with no_network() as tried, raising():
        for clause in clauses:
            try:
                broken += clause()
            except (Exception, SystemExit) as error:
                broken.append(Broken("fixtures", where, told(error, folder, with_code=True)))
    return broken + [Broken("no network", where, f"the parser called {what}") for what in dict.fromkeys(tried)]


def capture_of(fixture: Path) -> Capture:
    """A fixture as it was captured: on the day in its path, else on :data:`FIXTURE_DAY`."""
    when = time_in_path(fixture.as_posix()) or FIXTURE_DAY
    return Capture(fixture.read_bytes(), fixture.as_posix(), captured_at=when)


def expected_path(fixture: Path) -> Path:
    """The file with the records that are expected of a fixture."""
    return fixture.with_name(fixture.name + EXPECTED)


def records_of(document: Document) -> dict[str, Any]:
    """A document as plain data for JSON, without empty values. Expected records are kept in this form."""
    return {k: v for k, v in _plain(document).items() if k not in ("unread", "checks")} | {
        "unread": [line.text for line in document.unread],
        "checks": [check.name for check in document.checks if not check.passed],
    }


def difference(source: Source, fixture: Path) -> list[str]:
    """The difference between the records of a fixture and the expected ones, as lines of a diff."""
    document = source.parse(capture_of(fixture))
    path = expected_path(fixture)
    before = path.read_text("utf-8").splitlines() if path.is_file() else []
    return list(difflib.unified_diff(before, written(document).splitlines(), "expected", "read", lineterm="", n=1))


def accept(source: Source, fixture: Path) -> None:
    """Write the records that are read from a fixture now as the expected ones."""
    document = source.parse(capture_of(fixture))
    expected_path(fixture).write_text(written(document), encoding="utf-8")


def written(document: Document) -> str:
    """The records of a document as the text of an expected file: JSON with an indent of one."""
    return json.dumps(records_of(document), indent=1, ensure_ascii=False) + "\n"


def _plain(value: Any) -> Any:
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        pairs = ((f.name, getattr(value, f.name), f.default) for f in dataclasses.fields(value))
        return {
            name: _plain(each)
            for name, each, usual in pairs
            if each not in (None, [], {}, ()) and not (each is usual is False)
        }
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    if isinstance(value, dict):
        return {str(k): _plain(v) for k, v in value.items()}
    return value.isoformat() if isinstance(value, date) else value


def _settings(source: Source) -> Iterator[Broken]:
    said: Mapping[str, Any] = source.settings
    for key in sorted(_SETTINGS - set(said)):
        yield Broken("settings", "source.yaml", f"{key} is missing")
    for key in sorted(set(said) - _SETTINGS - _FURTHER):
        yield Broken("settings", "source.yaml", f"{key} is no setting")
    for key, choices in _CHOICES.items():
        if key in said and said[key] not in choices:
            yield Broken("settings", "source.yaml", f"{key} is {said[key]!r}, not one of {', '.join(choices)}")
    left = [key for key in said if any(text in json.dumps(said[key], default=str) for text in placeholders())]
    if left:
        yield Broken("settings", "source.yaml", f"what the scaffold wrote is left in: {', '.join(left)}")
    for word in re.findall(r"[a-z]+", str(said.get("format", "")).replace(" and ", " ")):
        if word not in _FORMATS:
            says = f"the format {word!r} is not known{nearest(word, _FORMATS)}; there are: {', '.join(_FORMATS)}"
            yield Broken("settings", "source.yaml", says)
    if (form := (said.get("records") or {}).get("format")) and form != said.get("format"):
        yield Broken(
            "settings", "source.yaml", f"the format is {said.get('format')!r} and that of its records {form!r}"
        )
    for name, why in switched_off().items():
        if name == f"{source.folder.name}/names.yaml":
            yield Broken("names", "names.yaml", why)
    if said.get("name", source.name) != source.name:
        yield Broken("settings", "source.yaml", f"the name is {said['name']!r} and the folder's is {source.name!r}")


def _records(source: Source, capture: Capture, path: Path) -> Iterator[Broken]:
    document, again = source.parse(capture), source.parse(capture)
    if fault := fault_of(document):
        yield Broken("records", path.name, fault)
        return
    if document != again:
        yield Broken("deterministic", path.name, "two readings differ")
    if document.rejected:
        yield Broken("fixtures", path.name, f"it is rejected: {document.rejected}")
    if document.source != source.name or document.reader != source.reader:
        yield Broken("records", path.name, f"they are said to be of {document.source!r}, read by {document.reader!r}")
    knows = [each.name for each in sources().values() if each.recognise(capture)]
    if knows != [source.name]:
        yield Broken("recognised", path.name, f"by {', '.join(knows) or 'no source'}")
    others = [content for content in OF_NOBODY if source.recognise(Capture(content))]
    if others:
        yield Broken("recognised", path.name, f"it takes {others[0]!r} for its own")
    if not expected_path(path).is_file():
        yield Broken("expected records", path.name, "there are none; `ingest source check --accept` writes them")
    elif changed := difference(source, path):
        yield Broken("expected records", path.name, f"{len(changed)} lines differ, such as {changed[-1]!r}")
    for doubt in doubts_of_units(document.entries):
        yield Broken("units", path.name, doubt)
    yield from _locators(document, capture, path)


def _locators(document: Document, capture: Capture, path: Path) -> Iterator[Broken]:
    places_of = Places(capture.content, capture.media_type, capture.location)
    said: list[tuple[str, str]] = []
    for entry in document.entries:
        said += [(entry.locator, entry.name or "")]
        said += [(entry.organization_locator or entry.locator, entry.organization or "")]
        said += [(s.locator, s.raw_text) for s in entry.stated]
        said += [(p.locator, p.raw_text) for p in entry.prices]
        said += [(s.locator, s.score_text) for s in entry.scores]
        said += [(s.locator, s.description) for s in entry.scores if s.description]
    for locator, text in said:
        if not locator or not places_of.holds(locator, text):
            yield Broken("locators", path.name, f"{text[:60]!r} does not stand at {locator!r}")
    values = [(s.locator, s.raw_text) for e in document.entries for s in e.stated if not s.field.startswith("features")]
    for locator, text in values + [(p.locator, p.raw_text) for e in document.entries for p in e.prices]:
        if locator and not places_of.is_value(locator, text):
            yield Broken("locators", path.name, f"{text[:60]!r} is not the value at {locator!r}, only within it")


def _order(source: Source, capture: Capture, path: Path) -> Iterator[Broken]:
    """The records in the opposite order must be the same records, under the same keys."""
    both = reversed_records(capture.content)
    if both is None:
        return
    before, after = (source.parse(replace(capture, content=content)) for content in both)
    if after.rejected is None and _without_places(before) != _without_places(after):
        yield Broken("any order", path.name, "the records differ where they stand in another order")


def _without_places(document: Document) -> list[str]:
    """The entries of a document with their keys and without their places, in a fixed order."""
    keys, _ = record_keys(document.entries)
    plain = [
        json.dumps([key, _placeless(_plain(entry))], sort_keys=True, default=str)
        for key, entry in zip(keys, document.entries, strict=True)
    ]
    return sorted(plain)


def _placeless(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _placeless(each) for name, each in value.items() if "locator" not in name}
    if isinstance(value, list):
        return sorted(
            (_placeless(each) for each in value), key=lambda each: json.dumps(each, sort_keys=True, default=str)
        )
    return value


def _loaded(source: Source, fixtures: Sequence[Path]) -> Iterator[Broken]:
    """A run of the fixtures must load them, and `ingest verify` must find no fault."""
    of_day: dict[datetime | None, list[Path]] = {}
    for path in fixtures:
        of_day.setdefault(capture_of(path).captured_at, []).append(path)
    with tempfile.TemporaryDirectory(prefix="ingest-check-") as folder, allowed():
        here = load_settings(raw=Path(folder) / "raw", warehouse=Path(folder) / "models.duckdb", workers=1)
        for day, paths in of_day.items():
            run(here, paths, source=source.name, captured_at=day)
        for fault in faults(here)[:_MOST_FAULTS]:
            yield Broken("verify", source.name, f"{fault.kind}: {fault.says}")


_MOST_FAULTS = 5


def _new_field(source: Source, capture: Capture, path: Path) -> Iterator[Broken]:
    """A field that no rule names must show up as an unread line or in a check."""
    with_new = with_field(capture.content)
    if with_new is None:
        return
    document = source.parse(Capture(with_new, capture.location, captured_at=capture.captured_at))
    told = [line.text for line in document.unread] + [f"{check.actual} {check.expected}" for check in document.checks]
    if document.rejected is None and not any(NEW_FIELD in text for text in told):
        yield Broken("nothing dropped", path.name, "a new field of its records is neither listed nor named by a check")


def _hostile(source: Source, capture: Capture, path: Path) -> Iterator[Broken]:
    for what, content in damaged(capture.content):
        try:
            source.recognise(Capture(content, capture.location, captured_at=capture.captured_at))
            document = source.parse(Capture(content, capture.location, captured_at=capture.captured_at))
            if fault := fault_of(document):
                yield Broken("records", path.name, f"{what}: {fault}")
            elif document.rejected and document.rejected.startswith(READER_FAILED):
                yield Broken("hostile input", path.name, f"{what}: {document.rejected[:100]}")
        except IngestError:
            pass
        except Exception as error:
            yield Broken("hostile input", path.name, f"{what}: {told(error, source.folder, with_code=True)}")


def _growth(source: Source, capture: Capture, path: Path) -> Iterator[Broken]:
    """Time must grow no faster than size. What looks too slow is measured again, since other load disturbs it."""
    small, large = (grown(capture.content, max(size // max(len(capture.content), 1), 2)) for size in _GROWN)
    share = len(large) / max(len(small), 1)
    of_small = of_large = math.inf
    for _ in range(_TRIES):
        of_small = min(of_small, *(_seconds(source, replace(capture, content=small)) for _ in range(3)))
        of_large = min(of_large, _seconds(source, replace(capture, content=large)))
        if of_large <= _SLACK * share * max(of_small, 0.002):
            return
    yield Broken("linear time", path.name, f"{share:.0f} times the size took {of_large / of_small:.0f} times as long")


def _seconds(source: Source, capture: Capture) -> float:
    """Seconds of processor time that one reading takes."""
    with without_collecting():  # as a run does
        before = time.process_time()
        source.parse(capture)
        return time.process_time() - before


_ELSEWHERE = """
import json, sys
from pathlib import Path
from ingest.source_kit.contract import capture_of, written
from ingest.sources import sources, use
name, folder, *fixtures = sys.argv[1:]
source = sources().get(name) or use(Path(folder))
print(json.dumps([written(source.parse(capture_of(Path(fixture)))) for fixture in fixtures]))
"""


def _elsewhere(source: Source, fixtures: Sequence[Path]) -> Iterator[Broken]:
    """Another process with another hash seed must read the same records."""
    here = [written(source.parse(capture_of(path))) for path in fixtures]
    places = [path.as_posix() for path in fixtures]
    for seed in ("1", "2"):
        environment = {**os.environ, "PYTHONHASHSEED": seed, "PYTHONIOENCODING": "utf-8"}
        command = [sys.executable, "-P", "-c", _ELSEWHERE, source.name, str(source.folder), *places]
        with allowed():
            done = subprocess.run(
                command, capture_output=True, text=True, encoding="utf-8", env=environment, check=False
            )
        if done.returncode:
            yield Broken("deterministic", source.name, f"another process failed: {done.stderr.strip()[-100:]}")
            return
        for path, mine, theirs in zip(fixtures, here, json.loads(done.stdout), strict=True):
            if mine != theirs:
                says = "another process reads it in another way: an order that is not fixed?"
                yield Broken("deterministic", path.name, says)
