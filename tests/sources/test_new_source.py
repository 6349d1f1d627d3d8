"""`ingest source new` writes what already runs; the contract notices what breaks it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from ingest.cli.source_check import accept, broken_clauses, difference, fixtures_of
from ingest.cli.source_new import formats, write_source
from ingest.cli.source_state import freshness, name_report, states
from ingest.cli.source_try import try_source
from ingest.errors import IngestError
from ingest.settings import Settings
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
    folder = tmp_path / "made_anew"
    source = use(folder)
    for fixture in fixtures_of(source, folder / "fixtures"):
        accept(source, fixture)
    return source, folder / "fixtures"


@pytest.mark.parametrize("like", formats())
def test_a_new_source_of_each_format_keeps_the_contract(like: str, tmp_path: Path) -> None:
    write_source(f"fresh-{like}", like, tmp_path)
    folder = tmp_path / f"fresh_{like}"
    source = use(folder)
    [fixture] = fixtures_of(source, folder / "fixtures")
    accept(source, fixture)
    assert broken_clauses(source.name, folder / "fixtures") == []
    trial = try_source(source, fixture.as_posix(), Settings(raw=tmp_path / "raw", warehouse=tmp_path / "none.duckdb"))
    assert (trial.entries, trial.fields["price: input"], trial.fields["release_date"]) == (2, 2, 2)
    assert trial.changes == {"models added": 2, "prices added": 4}
    assert not (tmp_path / "none.duckdb").exists()
    assert not (tmp_path / "raw").exists()


def test_in_a_checkout_it_goes_among_the_sources_with_its_test(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "src/ingest/sources").mkdir(parents=True)
    monkeypatch.chdir(tmp_path)
    written = {path.as_posix() for path in write_source("prices-of-somebody", "csv")}
    assert "src/ingest/sources/prices_of_somebody/parse.py" in written
    assert "tests/sources/prices_of_somebody/fixtures/models.csv" in written
    assert "tests/sources/prices_of_somebody/test_prices_of_somebody_contract.py" in written


@pytest.mark.parametrize("name", ["Model Cards", "../up", "", "a" * 41, "models-dev", "model_page"])
def test_a_name_that_is_none_or_taken_is_refused(name: str, tmp_path: Path) -> None:
    with pytest.raises(IngestError):
        write_source(name, "json", tmp_path)


def test_a_changed_reading_is_shown_and_can_be_accepted(made: tuple[Source, Path]) -> None:
    source, fixtures = made
    [fixture] = fixtures_of(source, fixtures)
    root = json.loads(fixture.read_text("utf-8"))
    root["models"][0]["context"] = 5
    fixture.write_text(json.dumps(root), "utf-8")
    assert any('"value": 5' in line for line in difference(source, fixture))
    assert {b.clause for b in broken_clauses(source.name, fixtures)} == {"expected records"}
    accept(source, fixture)
    assert broken_clauses(source.name, fixtures) == []


BREAKS = {
    "hostile input": ("document.rejected = str(error)", "raise ValueError(str(error)) from None"),
    "locators": ('text.get("name"), place', 'text.get("name"), "/elsewhere"'),
    "no network": (
        "reading = Reading(",
        "import socket; socket.create_connection(('127.0.0.1', 9)); reading = Reading(",
    ),
    "deterministic": ("reading.finish(document)", "reading.finish(document); document.repairs = [str(id(object()))]"),
    "recognised": ("head = capture.content", "return True; head = capture.content"),
}


@pytest.mark.parametrize("clause", BREAKS)
def test_the_contract_notices_a_parser_that_breaks_it(clause: str, tmp_path: Path) -> None:
    was, becomes = BREAKS[clause]
    name = f"broken-{clause.replace(' ', '-')}"
    write_source(name, "json", tmp_path)
    parser = tmp_path / name.replace("-", "_") / "parse.py"
    assert was in parser.read_text("utf-8")
    parser.write_text(parser.read_text("utf-8").replace(was, becomes), "utf-8")
    source = use(parser.parent)
    assert clause in {b.clause for b in broken_clauses(source.name, parser.parent / "fixtures")}


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
