"""What floors hold back, case by case: what documents stated before and state now, and what is said to have fallen.

``before`` and ``now`` name documents as *source location*. Under each stand its fields, each with how many models have
it: ``10`` is the models 1 to 10, ``3-12`` the models 3 to 12, ``2 x 6`` the models 1 and 2 with six records each. A
document that ``now`` does not name was not read again. ``listed`` are models that an entry names and states nothing of.

Each source is judged by itself, so one run judges all cases; a case with a ``message`` has a run of its own.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple

import duckdb
import pyarrow as pa
import pytest
import yaml

from ingest.capture.archive import CaptureRecord
from ingest.load import floors
from ingest.load.naming import NamedTables, document_scopes
from ingest.load.staging import Read, open_staging, stage_records
from ingest.load.statements import append, from_rows, make_table, texts
from ingest.load.warehouse import create
from ingest.outcome import HeldBack, Kind

CASES = yaml.safe_load(Path(__file__).with_name("floors.yaml").read_text("utf-8"))
JUNE, JULY = date(2025, 6, 1), date(2025, 7, 1)
LEVELS = {"claims": "field", "prices": "kind", "scores": "category"}
"""The histories that floors count, and the column of each that tells a kind of fact."""


class Spoken(NamedTuple):
    """A capture of a document with the fields that it states, or the reason why it was rejected."""

    capture_id: str
    source: str
    location: str
    day: date
    said: Any

    def statements(self) -> Iterator[tuple[str, str]]:
        """Field and model of each record."""
        for field, said in self.said.items():
            models, _, times = str(said).partition(" x ")
            first, _, last = models.rpartition("-")
            for model in range(int(first or 1), int(last) + 1):
                yield from [(field, f"acme/robin-{model}")] * int(times or 1)


class Run:
    """A run that reads the documents of cases. Sources and locations have the number of their case at their end."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, cases: dict[int, dict[str, Any]]) -> None:
        self.connection = connection
        self.before = [each for number, case in cases.items() for each in self._documents(number, case, "before")]
        self.now = [each for number, case in cases.items() for each in self._documents(number, case, "now")]
        self.rejected = [e for number, case in cases.items() for e in self._documents(number, case, "rejected")]
        self.settings = {f"{s}~{n}": said for n, case in cases.items() for s, said in case.get("settings", {}).items()}
        self.accepted = {f"{source}~{n}" for n, case in cases.items() for source in case.get("accepted", ())}

    @staticmethod
    def _documents(number: int, case: dict[str, Any], when: str) -> Iterator[Spoken]:
        for document, fields in case.get(when, {}).items():
            source, location = document.split()
            days = case.get("captured", {}).get(document, (JUNE, JULY))
            capture_id = f"{when} {document}~{number}"
            yield Spoken(capture_id, f"{source}~{number}", f"{location}~{number}", days[when != "before"], fields)

    def judge(self, ended: str) -> floors.FloorsError | None:
        """What the floors say of the run. ``ended`` is the column that is set of what no longer holds."""
        connection = self.connection
        columns = texts("capture_id", "source", "location")
        append(connection, "captures", from_rows(columns, [each[:3] for each in self.before]))
        scopes = [(e.source, e.location.replace("//", "/"), e.capture_id, e.day) for e in self.before]
        columns = texts("source", "scope", "capture_id", "captured_at") | {"captured_at": pa.date32()}
        append(connection, "internal.capture_scopes", from_rows(columns, scopes))
        self._state([(scope, each) for (_, scope, *_), each in zip(scopes, self.before, strict=True)])
        read, named = self._read()
        affected = document_scopes(connection, read)
        late = floors.late(connection, affected)
        before = floors.stated(connection, read, affected, late, "before")
        for table in LEVELS:
            connection.execute(f"UPDATE internal.{table} SET {ended} = now() FROM {affected} AS s "
                               f"WHERE {table}.source = s.source AND {table}.scope = s.scope")  # fmt: skip
        said = {each.capture_id: each for each in self.now}
        again = connection.execute(f"SELECT scope, capture_id FROM {affected}").fetchall()
        self._state([(scope, said[capture_id]) for scope, capture_id in again])
        now = floors.stated(connection, read, affected, late, "now")
        try:
            floors.check(
                connection, read, named, (before, now), lambda s: self.settings.get(s, {}), accepted=self.accepted
            )
        except floors.FloorsError as error:
            return error
        return None

    def _state(self, spoken: list[tuple[str, Spoken]]) -> None:
        """Write what documents state into the histories."""
        rows: dict[str, list[tuple[str, ...]]] = {table: [] for table in LEVELS}
        for scope, each in spoken:
            for field, model in each.statements():
                kind = field.removeprefix("price of ")
                table = "scores" if field == "scores" else "claims" if kind == field else "prices"
                if field != "listed":
                    rows[table].append((each.source, scope, each.capture_id, model, kind))
        for table, column in LEVELS.items():
            columns = texts("source", "scope", "capture_id", "model_id", column)
            append(self.connection, f"internal.{table}", from_rows(columns, rows[table]))

    def _read(self) -> tuple[Read, NamedTables]:
        """Stage what was read, with the models that its entries name."""
        read = open_staging(self.connection)
        captures = [(each.capture_id, each.source, each.day, "read", None) for each in self.now]
        captures += [(each.capture_id, each.source, each.day, "rejected", each.said) for each in self.rejected]
        records = [
            CaptureRecord(each.capture_id, each.location, "", 1, "2025-07-01T00:00:00+00:00")
            for each in (*self.now, *self.rejected)
        ]
        stage_records(self.connection, read, records)
        self.connection.executemany(
            f"INSERT INTO {read.captures} (capture_id, source, captured_at, status, reason) VALUES (?, ?, ?, ?, ?)",
            captures,
        )
        entries = sorted({(each.capture_id, model) for each in self.now for _, model in each.statements()})
        named = make_table(self.connection, "entry_names", from_rows(texts("capture_id", "model_id"), entries))
        return read, NamedTables(named, *[""] * 6)


@pytest.fixture(scope="module")
def warehouse() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect(config={"threads": 1}) as connection:
        create(connection)
        yield connection


@pytest.fixture
def connection(warehouse: duckdb.DuckDBPyConnection) -> Iterator[duckdb.DuckDBPyConnection]:
    warehouse.execute("BEGIN")
    yield warehouse
    warehouse.execute("ROLLBACK")


@pytest.mark.parametrize("ended", ["valid_to", "superseded_at"])
def test_what_has_fallen(connection: duckdb.DuckDBPyConnection, ended: str) -> None:
    error = Run(connection, dict(enumerate(CASES))).judge(ended)
    assert error is not None
    assert [each.source for each in error.held_back] == sorted(error.reasons)
    fell: dict[str, dict[str, str]] = {case["says"]: {} for case in CASES}
    for source, reason in error.reasons.items():
        name, _, number = source.partition("~")
        fell[CASES[int(number)]["says"]][name] = reason.replace(f"~{number}", "")
    assert fell == {case["says"]: case["fell"] for case in CASES}


@pytest.mark.parametrize("case", [each for each in CASES if "message" in each], ids=lambda each: str(each["says"]))
def test_what_is_said_of_it(connection: duckdb.DuckDBPyConnection, case: dict[str, Any]) -> None:
    run = Run(connection, {0: case})
    error = run.judge("valid_to")
    assert error is not None
    assert str(error).replace("~0", "") == case["message"]
    reasons = {f"{source}~0": reason for source, reason in case["fell"].items()}
    assert {source: reason.replace("~0", "") for source, reason in error.reasons.items()} == reasons
    assert error.held_back == [HeldBack(s, s, Kind.FLOOR, reason) for s, reason in error.reasons.items()]
    fallen = {each.capture_id: each.source for each in (*run.now, *run.rejected) if each.source in reasons}
    assert error.captures == fallen


def test_where_nothing_fell_nothing_is_raised(connection: duckdb.DuckDBPyConnection) -> None:
    assert Run(connection, {n: case for n, case in enumerate(CASES) if not case["fell"]}).judge("valid_to") is None


def test_what_is_stated_is_counted_anew_in_one_connection(connection: duckdb.DuckDBPyConnection) -> None:
    same = {"before": {"shop a.json": {"name": 5}}, "now": {"shop a.json": {"name": 5}}}
    assert Run(connection, {0: same}).judge("valid_to") is None
    error = Run(connection, {0: {"before": {}, "now": {"shop a.json": {"name": 3}}}}).judge("valid_to")
    assert error is not None
    assert error.reasons == {"shop~0": "3 models instead of 5"}
