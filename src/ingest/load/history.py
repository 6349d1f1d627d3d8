"""Histories: what was stated, from when to when, and since when that is known here.

A *scope* is what a capture speaks for in full: the page of one model, or one file of a feed. Whatever an
earlier capture of the scope stated and a later one does not has ended. Since a capture speaks for its whole
scope, a row that holds from ``valid_from`` to ``valid_to`` was stated by every capture of the scope in
between: the observations of any capture can be had back from the intervals. A merge does just that for the
scopes that new captures speak of, adds the new observations wherever their time places them, and folds the
result into intervals again. So an older page that is read later takes its right place, and reading the same
page once more changes nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ingest.records import tables

if TYPE_CHECKING:
    import duckdb

_TIMES = ("valid_from", "valid_to", "recorded_at", "superseded_at")


@dataclass(frozen=True, slots=True)
class History:
    """The layout of one history.

    ``key`` tells facts apart within a source's scope, ``content`` is what a fact says (a change of it is
    history), ``aside`` goes with it and is none (where it stood, the text as written).
    """

    name: str
    key: tuple[str, ...]
    content: tuple[str, ...]
    aside: tuple[str, ...]
    types: dict[str, str]

    @property
    def columns(self) -> tuple[str, ...]:
        """All columns but the times, in the order of the table."""
        return ("source", "scope", *self.key, *self.content, *self.aside, "capture_id")

    def ddl(self) -> str:
        """The statement that makes the table."""
        columns = [f'"{name}" {self.types.get(name, "VARCHAR")}' for name in self.columns]
        columns += [f"{name} TIMESTAMPTZ" for name in _TIMES]
        return f"CREATE TABLE IF NOT EXISTS internal.{self.name} ({', '.join(columns)})"

    def staging_ddl(self) -> str:
        """The statement that makes the temporary table for a run's observations."""
        columns = [f'"{name}" {self.types.get(name, "VARCHAR")}' for name in self.columns]
        return f"CREATE OR REPLACE TEMP TABLE new_{self.name} ({', '.join(columns)})"


def _types(*schemas: str) -> dict[str, str]:
    return {
        name: tables.sql_type(column) for schema in schemas for name, column in tables.TABLES[schema].columns.items()
    }


CLAIMS = History(
    name="claims",
    key=("entry", "model_id", "field"),
    content=("value", "number", "low", "high", "unit"),
    aside=("raw_text", "locator"),
    types=_types("claims"),
)

SCORES = History(
    name="scores",
    key=("score_id", "model_id"),
    content=(
        "benchmark_listed",
        "category",
        "score",
        "unit",
        "score_low",
        "score_high",
        "stderr",
        "self_reported",
        *tables.CONDITION_COLUMNS,
        "description",
    ),
    aside=(
        "benchmark_id",
        "score_text",
        "description_raw",
        "description_status",
        "description_issues",
        "conditions_confidence",
        "comparability_key",
        "locator",
    ),
    types=_types("scores"),
)

PRICES = History(
    name="prices",
    key=("entry", "model_id", "provider", "kind", "tier", "unit"),
    content=("usd_per_million_tokens", "amount", "currency"),
    aside=("raw_text", "locator"),
    types=_types("prices"),
)

HISTORIES = (CLAIMS, SCORES, PRICES)


def prepare(connection: duckdb.DuckDBPyConnection) -> None:
    """Make the temporary tables that a run stages its observations in."""
    for history in HISTORIES:
        connection.execute(history.staging_ddl())
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE new_capture_scopes AS SELECT * FROM internal.capture_scopes LIMIT 0"
    )


def merge_scopes(connection: duckdb.DuckDBPyConnection) -> None:
    """Work out the timeline of each scope that new captures speak of, before histories are merged.

    ``timeline`` holds the times at which the scope was captured, numbered, with the next time beside each.
    """
    connection.execute("""
        DELETE FROM new_capture_scopes AS n WHERE EXISTS
            (FROM internal.capture_scopes AS c WHERE c.capture_id = n.capture_id AND c.scope = n.scope);
        CREATE OR REPLACE TEMP TABLE timeline AS
        WITH times AS (
            SELECT source, scope, captured_at, false AS is_old FROM new_capture_scopes
            UNION ALL
            SELECT source, scope, captured_at, true FROM internal.capture_scopes
            SEMI JOIN new_capture_scopes USING (source, scope)
        ), distinct_times AS (
            SELECT source, scope, captured_at, bool_or(is_old) AS is_old FROM times GROUP BY ALL
        )
        SELECT *, row_number() OVER w AS position, lead(captured_at) OVER w AS next_at FROM distinct_times
        WINDOW w AS (PARTITION BY source, scope ORDER BY captured_at);
    """)


def merge(connection: duckdb.DuckDBPyConnection, history: History, recorded_at: str) -> int:
    """Fold the staged observations of ``new_<name>`` into the history; gives the number of rows written.

    Needs :func:`merge_scopes` before it. ``recorded_at`` is an ISO time.
    """
    columns = ", ".join(f'"{c}"' for c in history.columns)
    key = ", ".join(f'"{c}"' for c in ("source", "scope", *history.key))
    content = ", ".join(f'"{c}"' for c in history.content)
    table, staged = f"internal.{history.name}", f"new_{history.name}"
    believed = f"{table} SEMI JOIN (SELECT DISTINCT source, scope FROM new_capture_scopes) USING (source, scope)"
    has_old = connection.execute(f"SELECT EXISTS (FROM {believed} WHERE superseded_at IS NULL)").fetchone()
    old_observations = f"""
        UNION ALL
        SELECT {", ".join(f'h."{c}"' for c in history.columns)}, t.captured_at, t.position, 0 AS age
        FROM {table} AS h JOIN timeline AS t ON h.source = t.source AND h.scope = t.scope AND t.is_old
            AND t.captured_at >= h.valid_from AND (h.valid_to IS NULL OR t.captured_at < h.valid_to)
        WHERE h.superseded_at IS NULL"""
    connection.execute(f"""
        CREATE OR REPLACE TEMP TABLE folded AS
        WITH seen AS (
            SELECT {", ".join(f'n."{c}"' for c in history.columns)}, t.captured_at, t.position, 1 AS age
            FROM {staged} AS n
            JOIN new_capture_scopes AS c ON n.capture_id = c.capture_id AND n.scope = c.scope
            JOIN timeline AS t ON c.source = t.source AND c.scope = t.scope AND c.captured_at = t.captured_at
            {old_observations if has_old and has_old[0] else ""}
        ), observed AS (
            SELECT *, hash({content}) AS said FROM seen
            QUALIFY row_number() OVER (PARTITION BY {key}, position ORDER BY age, capture_id, locator) = 1
        ), marked AS (
            SELECT *, coalesce(lag(said) OVER w <> said OR lag(position) OVER w <> position - 1, true) AS begins
            FROM observed WINDOW w AS (PARTITION BY {key} ORDER BY position)
        ), numbered AS (
            SELECT *, sum(begins::INT) OVER (PARTITION BY {key} ORDER BY position) AS island FROM marked
        ), spans AS (
            SELECT *, max(position) OVER (PARTITION BY {key}, island) AS last_position FROM numbered
            QUALIFY begins
        )
        SELECT {", ".join(f's."{c}"' for c in history.columns)}, s.captured_at AS valid_from, t.next_at AS valid_to
        FROM spans AS s JOIN timeline AS t
            ON s.source = t.source AND s.scope = t.scope AND s.last_position = t.position
    """)
    if has_old and has_old[0]:
        identity = f"hash({key}, {content}, capture_id, valid_from, valid_to)"
        connection.execute(f"""
            CREATE OR REPLACE TEMP TABLE held AS
            SELECT rowid AS id, {identity} AS identity FROM {believed} WHERE superseded_at IS NULL;
            UPDATE {table} SET superseded_at = '{recorded_at}' WHERE rowid IN
                (SELECT id FROM held WHERE identity NOT IN (SELECT {identity} FROM folded));
            DELETE FROM folded WHERE {identity} IN (SELECT identity FROM held);
        """)
    written = connection.execute(
        f"INSERT INTO {table} ({columns}, valid_from, valid_to, recorded_at) "
        f"SELECT {columns}, valid_from, valid_to, '{recorded_at}' FROM folded"
    ).fetchone()
    return int(written[0]) if written else 0
