"""`ingest source new` writes what already runs; the contract notices what breaks it."""

from __future__ import annotations

import json
import runpy
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from outside import FINISH, fill_in

from ingest.errors import IngestError
from ingest.report.sources import freshness, name_report, states
from ingest.settings import Settings
from ingest.source_kit.contract import accept, broken_clauses, capture_of, difference, fixtures_of
from ingest.source_kit.new import formats, write_source
from ingest.source_kit.trial import try_source
from ingest.sources import Source, forget, sources, use


@pytest.fixture(autouse=True)
def _only_the_usual_sources() -> Iterator[None]:
    """Sources that a test has made are not known to the next."""
    before = set(sources())
    yield
    for name in set(sources()) - before:
        forget(name)


@pytest.fixture
def made(tmp_path: Path) -> tuple[Source, Path]:
    """A new source like JSON that stands by itself, and the folder of its fixtures."""
    write_source("made-anew", "json", tmp_path)
    folder = tmp_path / "src/made_anew"
    fill_in(folder)
    source = use(folder)
    for fixture in fixtures_of(source, folder / "fixtures"):
        accept(source, fixture)
    return source, folder / "fixtures"


@pytest.mark.parametrize(("like", "parser"), [*((like, True) for like in formats()), ("json", False), ("csv", False)])
def test_a_new_source_of_each_format_keeps_the_contract(like: str, parser: bool, tmp_path: Path) -> None:
    write_source(f"fresh-{like}", like, tmp_path, parser=parser)
    folder = tmp_path / f"src/fresh_{like}"
    assert (folder / "parse.py").exists() is parser
    fill_in(folder)
    source = use(folder)
    [fixture] = fixtures_of(source, folder / "fixtures")
    accept(source, fixture)
    assert broken_clauses(source.name, folder / "fixtures") == []
    entries = source.parse(capture_of(fixture)).entries
    assert [len(entry.prices) for entry in entries] == [2, 2]
    assert all(price.provider is None for entry in entries for price in entry.prices)  # nobody says who sells


def test_a_trial_of_a_new_source_shows_what_a_run_would_change(made: tuple[Source, Path], tmp_path: Path) -> None:
    source, fixtures = made
    [fixture] = fixtures_of(source, fixtures)
    here = Settings(raw=tmp_path / "raw", warehouse=tmp_path / "none.duckdb")
    trial = try_source(source, fixture.as_posix(), here, 1)
    assert (trial.entries, trial.fields["price: input"], trial.fields["release_date"]) == (2, 2, 2)
    assert trial.changes == {"models added": 2, "prices added": 4}
    assert (trial.differs, trial.shown[0]["model"]) == ([], "openai/gpt-4.1-mini")
    assert any("release_date = 2025-04-14" in text for text in trial.shown[0]["read"])
    assert not (tmp_path / "none.duckdb").exists()
    assert not (tmp_path / "raw").exists()


def test_what_the_scaffold_wrote_to_be_replaced_is_refused(tmp_path: Path) -> None:
    write_source("not-ready", "csv", tmp_path)
    source = use(tmp_path / "src/not_ready")
    told = [b.says for b in broken_clauses(source.name, source.folder / "fixtures") if b.clause == "settings"]
    assert told == ["what the scaffold wrote is left in: what, home, find, licence, attribution"]


@pytest.mark.parametrize("name", ["yaml", "json", "pytest"])
def test_a_package_that_would_hide_another_one_is_refused(name: str, tmp_path: Path) -> None:
    with pytest.raises(IngestError, match="would hide another one"):
        write_source(name, "json", tmp_path)


def test_in_a_checkout_it_goes_among_the_sources_with_its_test(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "src/ingest/sources").mkdir(parents=True)
    monkeypatch.chdir(tmp_path)
    written = {path.as_posix() for path in write_source("prices-of-somebody", "csv")}
    assert "src/ingest/sources/prices_of_somebody/parse.py" in written
    assert "tests/sources/prices_of_somebody/fixtures/models.csv" in written
    test = "tests/sources/prices_of_somebody/test_prices_of_somebody_contract.py"
    assert test in written
    runpy.run_path(test)  # what it imports is there


@pytest.mark.parametrize("name", ["Model Cards", "../up", "", "a" * 41, "models-dev", "model_page"])
def test_a_name_that_is_none_or_taken_is_refused(name: str, tmp_path: Path) -> None:
    with pytest.raises(IngestError):
        write_source(name, "json", tmp_path)


def test_a_changed_reading_is_shown_and_can_be_accepted(made: tuple[Source, Path]) -> None:
    source, fixtures = made
    [fixture] = fixtures_of(source, fixtures)
    root = json.loads(fixture.read_text("utf-8"))
    root["models"][0]["context"] = 64001
    fixture.write_text(json.dumps(root), "utf-8")
    assert any('"value": 64001' in line for line in difference(source, fixture))
    assert {b.clause for b in broken_clauses(source.name, fixtures)} == {"expected records"}
    accept(source, fixture)
    assert broken_clauses(source.name, fixtures) == []


def test_a_check_names_the_folder_of_fixtures_that_is_missing(
    made: tuple[Source, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source, fixtures = made
    fixtures.rename(tmp_path / "elsewhere")
    monkeypatch.chdir(tmp_path)
    assert [each.says for each in broken_clauses(source.name)] == [
        f"there is none in {fixtures}; keep a small file of the source there"
    ]
    with pytest.raises(IngestError, match="in a checkout of the project: name their folder: --fixtures"):
        broken_clauses("models-dev")


TWO_CELLS = (
    "from ingest.records.document import Score; document.entries[0].scores = "
    "[Score('MMLU', 0.4, 'points', '0.4', '/models/0/input_price', description='GPT-4.1 mini by OpenAI')]"
)
"""A description that is put together from two cells with a word of the parser's own."""

BREAKS = {
    "hostile input": ("document.rejected = str(error)", "raise ValueError(str(error)) from None"),
    "locators": ("document.entries.append(entry)", "entry.locator = '/elsewhere'; document.entries.append(entry)"),
    "no network": (
        "reading = RuleReader(",
        "import socket; socket.create_connection(('127.0.0.1', 9)); reading = RuleReader(",
    ),
    "deterministic": (
        FINISH,
        f"{FINISH}; document.repairs = [str(id(object()))]",
    ),
    "no network ": (
        "reading = RuleReader(",
        "import socket; socket.getaddrinfo('localhost', 80); reading = RuleReader(",
    ),
    "no network  ": (
        "reading = RuleReader(",
        "import os; os.system('true'); reading = RuleReader(",
    ),
    "nothing dropped": (
        "entry_of(record,",
        "entry_of(record._replace(fields=[f for f in record.fields if reading.rules.of(f.path)]),",
    ),
    "locators ": (
        FINISH,
        "first = document.entries[0].prices; first[0] = type(first[0])('input', 0.4, '0.4', '/models')",
    ),
    "locators  ": (
        FINISH,
        "first = document.entries[0].prices; first[0] = type(first[0])('input', 0.4, '4', '/models/0/input_price')",
    ),
    "recognised": ("head = capture.content", "return True; head = capture.content"),
    "locators   ": (FINISH, f"{FINISH}; {TWO_CELLS}"),
}


@pytest.mark.parametrize("clause", BREAKS)
def test_the_contract_notices_a_parser_that_breaks_it(clause: str, tmp_path: Path) -> None:
    was, becomes = BREAKS[clause]
    name = f"broken-{clause.strip().replace(' ', '-')}-{clause.count(' ')}"
    write_source(name, "json", tmp_path)
    parser = tmp_path / "src" / name.replace("-", "_") / "parse.py"
    assert was in parser.read_text("utf-8")
    parser.write_text(parser.read_text("utf-8").replace(was, becomes), "utf-8")
    source = use(parser.parent)
    assert clause.strip() in {b.clause for b in broken_clauses(source.name, parser.parent / "fixtures")}


def test_an_order_that_is_not_fixed_and_what_verify_finds_show_in_other_processes(tmp_path: Path) -> None:
    write_source("unordered", "json", tmp_path)
    parser = tmp_path / "src/unordered/parse.py"
    words = ", ".join(f"'word {n}'" for n in range(12))
    text = parser.read_text("utf-8").replace(
        FINISH,
        f"{FINISH}; {TWO_CELLS}; document.repairs = list({{{words}}})",
    )
    parser.write_text(text, "utf-8")
    source = use(parser.parent)
    broken = broken_clauses(source.name, parser.parent / "fixtures", timed=True)
    assert any(b.clause == "deterministic" and "another process" in b.says for b in broken)
    assert any(b.clause == "verify" and "GPT-4.1 mini by OpenAI" in b.says for b in broken), broken


def test_a_trial_says_where_a_run_would_not_recognise_the_file(made: tuple[Source, Path], tmp_path: Path) -> None:
    source, _ = made
    other = tmp_path / "other.json"
    other.write_text('{"models": [{"id": "gpt-4o", "name": "GPT-4o", "released": "2024-05-13"}]}', "utf-8")
    trial = try_source(source, other.as_posix(), Settings(raw=tmp_path / "raw", warehouse=tmp_path / "none.duckdb"))
    assert (trial.entries, trial.recognised_as) == (1, None)


def test_states_and_names_of_a_warehouse(tmp_path: Path) -> None:
    now = datetime(2025, 9, 1, tzinfo=UTC)
    assert freshness(None, 5, now) == "never"
    assert freshness(now - timedelta(days=6), 5, now) == "stale"
    assert freshness(now - timedelta(days=4), 5, now) == "fresh"
    assert freshness(now - timedelta(days=400), None, now) == "fresh"
    rows = {row["source"]: row for row in states(tmp_path / "none.duckdb")}
    assert rows["models-dev"]["freshness"] == "never"
    assert rows["models-dev"]["state"] == "off"
    assert name_report(tmp_path / "none.duckdb") == []
