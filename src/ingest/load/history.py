"""Histories: what a source stated, from when to when, and since when the warehouse knows it.

A *scope* is what a capture describes in full: a page at its address, or one file of a feed. A fact ends when a later
capture of the scope no longer states it. So a row that holds from ``valid_from`` to ``valid_to`` was stated by every
capture of the scope in between, and the observations of each capture follow from the intervals.

A merge takes the scopes of the new captures, turns their intervals back into observations, adds the new observations at
their times, and folds all of them into intervals again. So an older page that is read later takes its right place, and
reading the same page again changes nothing.
"""

from __future__ import annotations

from collections.abc import Set
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from ingest.load.statements import from_rows, make_table, quoted, statement, texts
from ingest.records import CONDITIONS, EVIDENCE_FIELDS, TIER_FIELDS, tables

if TYPE_CHECKING:
    import duckdb

_TIMES = ("valid_from", "valid_to", "recorded_at", "superseded_at")

_DATES = {"stated_from": "DATE", "stated_to": "DATE"}
"""From which day a fact holds, and from which day no more, as its source states it."""


@dataclass(frozen=True, slots=True)
class History:
    """The layout of one history, ``internal.<name>``.

    ``key`` identifies a fact within a scope. ``content`` is what the fact says; a change of it starts a new interval.
    ``aside`` goes with it without starting one (the locator, the raw text). ``flags`` follow from other rows and are
    false when a row is written. A history whose facts a source can date (``is_dated``) has the captures between which
    a row was stated in ``seen_from`` and ``seen_to``, so that ``valid_from`` and ``valid_to`` can be those days.
    """

    name: str
    key: tuple[str, ...]
    content: tuple[str, ...]
    aside: tuple[str, ...]
    types: dict[str, str]
    flags: tuple[str, ...] = ()
    is_dated: bool = False

    @property
    def seen(self) -> tuple[str, str]:
        """The columns of the captures between which a row was stated."""
        return ("seen_from", "seen_to") if self.is_dated else ("valid_from", "valid_to")

    @property
    def columns(self) -> tuple[str, ...]:
        """All columns except the times, in the order of the table."""
        return ("source", "scope", *self.key, *self.content, *self.aside, "capture_id")

    def ddl(self) -> str:
        """The statement that makes the table."""
        columns = [f'"{name}" {self.types.get(name, "VARCHAR")}' for name in self.columns]
        columns += [f"{name} TIMESTAMP" for name in _TIMES]
        columns += [f"{name} BOOLEAN" for name in self.flags]
        columns += [f"{name} TIMESTAMP" for name in self.seen if self.is_dated]
        return f"CREATE TABLE IF NOT EXISTS internal.{self.name} ({', '.join(columns)})"

    def bring_up_to_date(self) -> list[str]:
        """The statements that give a table of an earlier version the columns of dates."""
        if not self.is_dated:
            return []
        new = {**_DATES, **dict.fromkeys(self.seen, "TIMESTAMP")}
        table = f"internal.{self.name}"
        return [f"ALTER TABLE {table} ADD COLUMN IF NOT EXISTS {name} {kind}" for name, kind in new.items()] + [
            f"UPDATE {table} SET seen_from = valid_from, seen_to = valid_to WHERE seen_from IS NULL"
        ]

    def stage(self, connection: duckdb.DuckDBPyConnection) -> str:
        """Make the temporary table for a run's observations. Returns its name."""
        columns = [f'"{name}" {self.types.get(name, "VARCHAR")}' for name in self.columns]
        connection.execute(f"CREATE OR REPLACE TEMP TABLE new_{self.name} ({', '.join(columns)})")
        return f"new_{self.name}"


def _types(schema: str) -> dict[str, str]:
    return {name: tables.sql_type(column) for name, column in tables.TABLES[schema].columns.items()}


CLAIMS = History(
    name="claims",
    key=("entry", "model_id", "version", "field", "stated_from"),
    content=("value", "number", "low", "high", "unit", "stated_to"),
    aside=("model_listed", "raw_text", "locator", "correction", "derived_by"),
    types=_types("claims") | _DATES,
    flags=("contested",),
    is_dated=True,
)

SCORES = History(
    name="scores",
    key=("score_id", "model_id", "version"),
    content=(
        "benchmark_listed",
        "category",
        "score",
        "unit",
        "score_low",
        "score_high",
        *EVIDENCE_FIELDS,
        "self_reported",
        *CONDITIONS,
        "description",
    ),
    aside=(
        "model_listed",
        "benchmark_id",
        "score_text",
        "description_raw",
        "description_status",
        "description_issues",
        "conditions_confidence",
        "comparability_key",
        "group_key",
        "locator",
        "doubts",
    ),
    types=_types("scores"),
)

PRICES = History(
    name="prices",
    key=("entry", "model_id", "version", "provider", "kind", "tier", *TIER_FIELDS, "unit", "stated_from"),
    content=("usd_per_million_tokens", "amount", "currency", "stated_to"),
    aside=("model_listed", "raw_text", "locator", "doubts"),
    types=_types("prices") | _DATES,
    is_dated=True,
)

LISTINGS = History(
    name="listings",
    key=("entry", "model_id", "version"),
    content=("listed_id", "listed_name", "provider", "settings"),
    aside=("rule", "locator"),
    types=_types("model_ids"),
)

HISTORIES = (CLAIMS, SCORES, PRICES, LISTINGS)


class Timeline(NamedTuple):
    """Temporary tables that say when each scope was captured; ``sql/timeline.sql`` explains each."""

    speaking: str
    affected: str
    fresh: str
    times: str


def captures_to_read_again(connection: duckdb.DuckDBPyConnection, scopes: str) -> set[str]:
    """Ids of loaded captures that must be read again because a late capture can make them the first of an interval.

    ``scopes`` is the table of the scopes of new captures. ``sql/next_captures.sql`` says which captures and why.
    """
    return {capture_id for (capture_id,) in connection.execute(statement("next_captures", scopes=scopes)).fetchall()}


def forget(connection: duckdb.DuckDBPyConnection, capture_ids: Set[str]) -> tuple[str, str]:
    """Take captures out of the histories, because they are read again.

    Returns two tables: their ids, and their scopes, which the next merge folds again.
    """
    captures = make_table(
        connection, "forgotten", from_rows(texts("capture_id"), [(each,) for each in sorted(capture_ids)])
    )
    connection.execute(statement("forget", captures=captures, scopes="forgotten_scopes"))
    return captures, "forgotten_scopes"


def timeline(connection: duckdb.DuckDBPyConnection, scopes: str, forgotten: str) -> Timeline:
    """The times of capture of every scope that has new captures (``scopes``) or lost some (``forgotten``)."""
    found = Timeline("speaking", "affected_scopes", "fresh_scopes", "times")
    connection.execute(statement("timeline", scopes=scopes, forgotten=forgotten, **found._asdict()))
    return found


def merge(
    connection: duckdb.DuckDBPyConnection, history: History, staged: str, when: Timeline, recorded_at: str
) -> int:
    """Fold staged observations into the history. ``recorded_at`` is an ISO time. Returns the number of rows written."""
    table = f"internal.{history.name}"
    key = ("source", "scope", *history.key)
    common = {
        "history": table,
        "columns": quoted(history.columns),
        "flags": "".join(f", {name}" for name in history.flags),
        "unset": ", false" * len(history.flags),
    }
    since, until = history.seen
    new = {"staged": staged, "speaking": when.speaking, "staged_columns": quoted(history.columns, "n")}
    connection.execute(
        statement(
            "repeated", staged=staged, speaking=when.speaking, out="repeated", key=quoted(key),
            staged_key=quoted(key, "n"),
        )
    )  # fmt: skip
    dated = history.is_dated
    seen = {"seen_from": f"{since}, " if dated else "", "captured_at": "c.captured_at, " if dated else ""}
    fresh = statement("add_fresh", **common, **new, **seen, fresh=when.fresh, repeated="repeated")
    written = _insert(connection, fresh, recorded_at)
    if not _has_past(connection, when):
        return written
    connection.execute(
        statement(
            "fold",
            **new,
            history=table,
            times=when.times,
            observed="observed",
            spans="spans",
            folded="folded",
            staged_identity=_identity(key, "n"),
            old_identity=_identity(key, "h"),
            staged_content=quoted(history.content, "n"),
            old_content=quoted(history.content, "h"),
            old_columns=quoted(history.columns, "h"),
            columns=quoted(history.columns, "s"),
            since=since,
            until=until,
        )
    )
    connection.execute(
        statement(
            "supersede", history=table, folded="folded", held="held", affected=when.affected, fresh=when.fresh,
            recorded_at=f"TIMESTAMP '{recorded_at}'",
            identity=quoted((*key, *history.content, "capture_id", "valid_from", "valid_to")),
            held_identity=quoted((*key, *history.content, "capture_id", since, until)),
        )
    )  # fmt: skip
    again = {"seen": f"{since}, {until}, " if dated else "", "again": "valid_from, valid_to, " if dated else ""}
    written += _insert(connection, statement("add_folded", **common, **again, folded="folded"), recorded_at)
    connection.execute("DROP TABLE observed; DROP TABLE spans; DROP TABLE folded; DROP TABLE held")
    return written


def put_in_force(connection: duckdb.DuckDBPyConnection, affected: str) -> None:
    """Let dated statements of the ``affected`` scopes hold from and to the days that they state."""
    for history in HISTORIES:
        if history.is_dated:
            fact = ("source", "scope", *(name for name in history.key if name not in _DATES))
            table = f"internal.{history.name}"
            dated = f"SELECT EXISTS (FROM {table} WHERE stated_from IS NOT NULL OR stated_to IS NOT NULL)"
            if connection.execute(dated).fetchone() == (True,):
                connection.execute(
                    statement("in_force", history=table, alias=history.name, fact=quoted(fact), affected=affected)
                )


def contest(connection: duckdb.DuckDBPyConnection, affected: str) -> None:
    """Flag the claims on contested facts of all models in the ``affected`` scopes (``sql/contest.sql``)."""
    connection.execute(statement("contest", affected=affected))


def _has_past(connection: duckdb.DuckDBPyConnection, when: Timeline) -> bool:
    row = connection.execute(
        f"SELECT EXISTS (FROM {when.affected} ANTI JOIN {when.fresh} USING (source, scope))"
    ).fetchone()
    return row == (True,)


def _insert(connection: duckdb.DuckDBPyConnection, sql: str, recorded_at: str) -> int:
    row = connection.execute(sql, {"recorded_at": recorded_at}).fetchone()
    return int(row[0]) if row else 0


def _identity(columns: tuple[str, ...], table: str) -> str:
    """Two hashes of the columns as one number of 128 bits. No two keys of a warehouse share it by chance."""
    names = quoted(columns, table)
    return f"(hash({names})::UHUGEINT * 18446744073709551616::UHUGEINT + hash('again', {names}))"
