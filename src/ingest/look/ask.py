"""Answer a question in SQL from the published file: one statement that reads, bounded in time, rows and size."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from ingest.errors import IngestError
from ingest.report.cells import csv_cell
from ingest.report.opened import opened

SECONDS = 10.0
"""How long a question may take."""

ROWS = 1000
"""Rows of an answer; the rest is named."""

_COUNTED = 2**53
"""From here on a browser no longer tells whole numbers apart, and infinity is no JSON."""

CELL = 2000
"""Characters of a cell."""

LONGEST_QUESTION = 20_000
"""Characters of a question."""

_MEMORY = "512MB"
"""What one question may take, beyond which it fails."""


@dataclass(frozen=True, slots=True)
class Answer:
    """The columns and rows of an answer, and whether there are more rows."""

    columns: list[str]
    rows: list[list[Any]]
    has_more: bool

    def as_dict(self) -> dict[str, Any]:
        """As plain data, for JSON."""
        return {"columns": self.columns, "rows": self.rows, "more": self.has_more}


def answer(warehouse: Path, question: str, seconds: float = SECONDS) -> Answer:
    """The answer to one statement. The file is opened read-only and anew, so it is that of the last run.

    Raises :class:`IngestError` where the statement does more than read, fails, or takes longer than ``seconds``.
    """
    if len(question) > LONGEST_QUESTION:
        raise IngestError(f"A question has at most {LONGEST_QUESTION:,} characters.")
    with opened(warehouse) as connection:
        try:
            _check_reads(connection, question)
            connection.execute(
                f"SET memory_limit = '{_MEMORY}'; SET temp_directory = ''; SET threads = 2; "
                "SET enable_external_access = false; SET lock_configuration = true"
            )
            return _asked(connection, question, seconds)
        except duckdb.InterruptException:
            raise IngestError(f"The question took longer than {seconds:g} seconds and was stopped.") from None
        except duckdb.Error as error:
            raise IngestError(str(error)) from None


def _check_reads(connection: duckdb.DuckDBPyConnection, question: str) -> None:
    """Raise :class:`IngestError` for anything but one statement that reads."""
    statements = connection.extract_statements(question)
    if len(statements) != 1:
        raise IngestError("Ask one statement at a time.")
    if statements[0].type not in (duckdb.StatementType.SELECT, duckdb.StatementType.EXPLAIN):
        raise IngestError("Only statements that read are answered: SELECT, FROM, WITH, DESCRIBE, SUMMARIZE, EXPLAIN.")


def _asked(connection: duckdb.DuckDBPyConnection, question: str, seconds: float) -> Answer:
    timer = threading.Timer(seconds, connection.interrupt)
    timer.start()
    try:
        cursor = connection.execute(question)
        columns = [str(column[0]) for column in cursor.description or []]
        rows = cursor.fetchmany(ROWS + 1)
    finally:
        timer.cancel()
    return Answer(columns, [[_cell(value) for value in row] for row in rows[:ROWS]], len(rows) > ROWS)


def _cell(value: Any) -> Any:
    """A value as JSON has it: numbers, texts and null."""
    cell = csv_cell(value)
    if cell is None or (isinstance(cell, int | float) and abs(cell) < _COUNTED):
        return cell
    text = str(cell)
    return text if len(text) <= CELL else f"{text[:CELL]}… ({len(text):,} characters)"
