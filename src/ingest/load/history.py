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

from collections.abc import Set
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ingest.batch import EVIDENCE_FIELDS
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
    staged_keys: str
    """The temporary table that has the keys of what is staged, with the row numbers of ``new_<name>``."""
    flags: tuple[str, ...] = ()
    """What is worked out for a row from the others, false when it is written."""

    @property
    def columns(self) -> tuple[str, ...]:
        """All columns but the times, in the order of the table."""
        return ("source", "scope", *self.key, *self.content, *self.aside, "capture_id")

    def ddl(self) -> str:
        """The statement that makes the table."""
        columns = [f'"{name}" {self.types.get(name, "VARCHAR")}' for name in self.columns]
        columns += [f"{name} TIMESTAMP" for name in _TIMES]
        columns += [f"{name} BOOLEAN" for name in self.flags]
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
    key=("entry", "model_id", "version", "field"),
    content=("value", "number", "low", "high", "unit"),
    aside=("model_listed", "raw_text", "locator", "correction", "derived_by"),
    types=_types("claims"),
    staged_keys="new_claims",
    flags=("contested",),
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
        *tables.CONDITION_COLUMNS,
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
    staged_keys="named_scores",
)

PRICES = History(
    name="prices",
    key=("entry", "model_id", "version", "provider", "kind", "tier", *tables.TIER_COLUMNS, "unit"),
    content=("usd_per_million_tokens", "amount", "currency"),
    aside=("model_listed", "raw_text", "locator", "doubts"),
    types=_types("prices"),
    staged_keys="new_prices",
)

LISTINGS = History(
    name="listings",
    key=("entry", "model_id", "version"),
    content=("listed_id", "listed_name", "provider", "settings"),
    aside=("rule", "locator"),
    types=_types("model_ids"),
    staged_keys="new_listings",
)

HISTORIES = (CLAIMS, SCORES, PRICES, LISTINGS)


def prepare(connection: duckdb.DuckDBPyConnection) -> None:
    """Make the temporary tables that a run stages its observations in."""
    if connection.execute("FROM duckdb_views() WHERE view_name = 'new_scores'").fetchone():
        connection.execute("DROP VIEW new_scores")
    for history in HISTORIES:
        connection.execute(history.staging_ddl())
    connection.execute("""
        CREATE OR REPLACE TEMP TABLE new_capture_scopes AS FROM internal.capture_scopes LIMIT 0;
        CREATE OR REPLACE TEMP TABLE forgotten_scopes (source VARCHAR, scope VARCHAR);
    """)


def witnesses(connection: duckdb.DuckDBPyConnection) -> set[str]:
    """Loaded captures that a late one makes witnesses: where it ends what was said, they say it first again.

    These are the captures of a scope at the next time after a new capture, and those at the very same time.
    An interval keeps only where its first capture says it, so they have to be read again.
    """
    rows = connection.execute("""
        WITH later AS (
            SELECT n.source, n.scope, n.captured_at AS since, min(o.captured_at) AS next_at
            FROM new_capture_scopes AS n JOIN internal.capture_scopes AS o
                ON n.source = o.source AND n.scope = o.scope AND o.captured_at > n.captured_at
            GROUP BY ALL
        ), same AS (
            SELECT source, scope, captured_at AS next_at FROM new_capture_scopes
        )
        SELECT DISTINCT o.capture_id FROM internal.capture_scopes AS o
        JOIN (SELECT source, scope, next_at FROM later UNION FROM same) AS t
            ON o.source = t.source AND o.scope = t.scope AND o.captured_at = t.next_at
        WHERE o.capture_id NOT IN (SELECT capture_id FROM new_capture_scopes)""").fetchall()
    return {capture_id for (capture_id,) in rows}


def forget(connection: duckdb.DuckDBPyConnection, capture_ids: Set[str]) -> None:
    """Take captures out, because they are read again; their scopes are folded anew by the next merge."""
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE forgotten AS SELECT unnest(?::VARCHAR[]) AS capture_id", [sorted(capture_ids)]
    )
    connection.execute("""
        INSERT INTO forgotten_scopes
            SELECT DISTINCT source, scope FROM internal.capture_scopes SEMI JOIN forgotten USING (capture_id);
        DELETE FROM internal.capture_scopes WHERE capture_id IN (FROM forgotten);
        DELETE FROM captures WHERE capture_id IN (FROM forgotten);
        DELETE FROM checks WHERE capture_id IN (FROM forgotten);
        DELETE FROM unread_lines WHERE capture_id IN (FROM forgotten);
    """)


def merge_scopes(connection: duckdb.DuckDBPyConnection) -> None:
    """Work out the timeline of each scope that new captures speak of, before histories are merged.

    ``fresh_scopes`` are those with one time of capture, the first ever: all that was staged for them holds from
    then on. For the others ``timeline`` holds the times of capture, numbered, with the next one beside each.
    ``speaking`` holds the new captures that are heard: a page that was edited within the day that it states is
    captured twice at one moment, and of two captures of one location the later recorded is the page. Of two
    locations neither is, so that the order of reading does not matter.
    """
    connection.execute("""
        CREATE OR REPLACE TEMP TABLE speaking AS
            SELECT n.* FROM new_capture_scopes AS n JOIN captures AS c USING (capture_id)
            QUALIFY row_number() OVER (PARTITION BY n.source, n.scope, n.captured_at, c.location
                ORDER BY c.recorded_at DESC, n.capture_id) = 1;
        CREATE OR REPLACE TEMP TABLE affected_scopes AS
            SELECT source, scope FROM new_capture_scopes UNION SELECT source, scope FROM forgotten_scopes;
        CREATE OR REPLACE TEMP TABLE all_times AS
        WITH times AS (
            SELECT source, scope, captured_at, false AS is_old FROM new_capture_scopes
            UNION ALL
            SELECT source, scope, captured_at, true FROM internal.capture_scopes
            SEMI JOIN affected_scopes USING (source, scope)
        ), distinct_times AS (
            SELECT source, scope, captured_at, bool_or(is_old) AS is_old FROM times GROUP BY ALL
        )
        SELECT *, row_number() OVER w AS position, lead(captured_at) OVER w AS next_at FROM distinct_times
        WINDOW w AS (PARTITION BY source, scope ORDER BY captured_at);
        CREATE OR REPLACE TEMP TABLE fresh_scopes AS
            SELECT source, scope FROM all_times ANTI JOIN forgotten_scopes USING (source, scope)
            GROUP BY ALL HAVING count(*) = 1 AND NOT bool_or(is_old);
        CREATE OR REPLACE TEMP TABLE timeline AS FROM all_times ANTI JOIN fresh_scopes USING (source, scope);
    """)


def merge(connection: duckdb.DuckDBPyConnection, history: History, recorded_at: str) -> int:
    """Fold the staged observations of ``new_<name>`` into the history; gives the number of rows written.

    Needs :func:`merge_scopes` before it. ``recorded_at`` is an ISO time.
    """
    columns = _list(history.columns)
    table = f"internal.{history.name}"
    flags, unset = "".join(f", {name}" for name in history.flags), ", false" * len(history.flags)
    _mark_seconds(connection, history)
    written = _insert(
        connection,
        f"INSERT INTO {table} ({columns}, valid_from, recorded_at{flags}) "
        f"SELECT {_list(history.columns, 'n')}, c.captured_at, '{recorded_at}'{unset} FROM new_{history.name} AS n "
        "JOIN speaking AS c ON n.capture_id = c.capture_id AND n.scope = c.scope "
        "JOIN fresh_scopes AS f ON n.source = f.source AND n.scope = f.scope WHERE n.rowid NOT IN (FROM seconds)",
    )
    if connection.execute(
        "SELECT EXISTS (FROM affected_scopes ANTI JOIN fresh_scopes USING (source, scope))"
    ).fetchone() == (True,):
        _fold(connection, history)
        _supersede(connection, history, recorded_at)
        written += _insert(
            connection,
            f"INSERT INTO {table} ({columns}, valid_from, valid_to, recorded_at{flags}) "
            f"SELECT {columns}, valid_from, valid_to, '{recorded_at}'{unset} FROM folded",
        )
        connection.execute("DROP TABLE observed; DROP TABLE spans; DROP TABLE folded; DROP TABLE held")
    return written


def contest(connection: duckdb.DuckDBPyConnection) -> None:
    """Flag the claims of contested facts, for the models that a merge touched.

    A field of a model is contested when two of its sources or entries say different things of it at one time. Only
    the claims of such fields, all of them, have to be weighed to tell what is chosen.
    """
    connection.execute("""
        CREATE OR REPLACE TEMP TABLE told_by_many AS
            SELECT model_id FROM (
                SELECT DISTINCT c.model_id, c.source, c.scope, c.entry FROM internal.claims AS c
                SEMI JOIN (SELECT model_id FROM internal.claims SEMI JOIN affected_scopes USING (source, scope)) AS m
                    ON c.model_id = m.model_id
            ) GROUP BY model_id HAVING count(*) > 1;
        CREATE OR REPLACE TEMP TABLE suspected AS
            SELECT rowid AS id, model_id, field, hash(source, scope, entry) AS teller, hash(value, unit) AS said,
                valid_from, coalesce(valid_to, 'infinity'::TIMESTAMP) AS until, contested
            FROM internal.claims SEMI JOIN told_by_many USING (model_id) WHERE superseded_at IS NULL;
        CREATE OR REPLACE TEMP TABLE disputes AS
            WITH disagreeing AS (
                SELECT * FROM suspected SEMI JOIN (
                    SELECT model_id, field FROM suspected GROUP BY ALL
                    HAVING min(teller) <> max(teller) AND min(said) <> max(said)
                ) USING (model_id, field)
            )
            SELECT DISTINCT model_id, field FROM disagreeing AS one JOIN disagreeing AS other USING (model_id, field)
            WHERE one.said <> other.said AND one.valid_from < other.until AND other.valid_from < one.until;
        UPDATE internal.claims SET contested = now.is_contested FROM (
            SELECT s.id, s.contested, d.field IS NOT NULL AS is_contested
            FROM suspected AS s LEFT JOIN disputes AS d ON s.model_id = d.model_id AND s.field = d.field
        ) AS now WHERE claims.rowid = now.id AND now.contested IS DISTINCT FROM now.is_contested;
    """)


def _list(columns: tuple[str, ...], table: str | None = None) -> str:
    prefix = f"{table}." if table else ""
    return ", ".join(f'{prefix}"{column}"' for column in columns)


def _insert(connection: duckdb.DuckDBPyConnection, sql: str) -> int:
    row = connection.execute(sql).fetchone()
    return int(row[0]) if row else 0


def _mark_seconds(connection: duckdb.DuckDBPyConnection, history: History) -> None:
    """Note in ``seconds`` the staged rows of scopes without a history that repeat a fact of the same moment."""
    key, keys = _list(("source", "scope", *history.key)), _list(("source", "scope", *history.key), "n")
    connection.execute(f"""
        CREATE OR REPLACE TEMP TABLE seconds AS
        WITH suspects AS (
            SELECT hash({key}) AS suspect FROM {history.staged_keys} GROUP BY ALL HAVING count(*) > 1
        ), placed AS (
            SELECT n.rowid AS id,
                row_number() OVER (PARTITION BY {keys} ORDER BY capture_id, locator) AS place
            FROM {history.staged_keys} AS n JOIN speaking AS s USING (source, scope, capture_id)
            WHERE hash({keys}) IN (FROM suspects)
        )
        SELECT id FROM placed WHERE place > 1
    """)


def _fold(connection: duckdb.DuckDBPyConnection, history: History) -> None:
    """Make ``folded``: the intervals of all scopes of ``timeline``, from old observations and new ones.

    What is sorted is narrow: the number of a row, hashes of its key (128 bits) and of what it says, and where it
    stands. The rows themselves are fetched for what is left.
    """
    key, content = ("source", "scope", *history.key), history.content
    connection.execute(f"""
        CREATE OR REPLACE TEMP TABLE observed AS
        WITH seen AS (
            SELECT n.rowid AS id, true AS is_new, {_identity(key, "n")} AS fact, hash({_list(content, "n")}) AS said,
                n.capture_id, n.locator, t.position
            FROM new_{history.name} AS n
            JOIN speaking AS c ON n.capture_id = c.capture_id AND n.scope = c.scope
            JOIN timeline AS t ON c.source = t.source AND c.scope = t.scope AND c.captured_at = t.captured_at
            UNION ALL
            SELECT h.rowid, false, {_identity(key, "h")}, hash({_list(content, "h")}), h.capture_id, h.locator,
                t.position
            FROM internal.{history.name} AS h JOIN timeline AS t ON h.source = t.source AND h.scope = t.scope
                AND t.is_old AND t.captured_at >= h.valid_from AND (h.valid_to IS NULL OR t.captured_at < h.valid_to)
            WHERE h.superseded_at IS NULL
        )
        SELECT id, is_new, fact, said, position FROM seen
        QUALIFY row_number() OVER (PARTITION BY fact, position ORDER BY capture_id, locator) = 1;
        CREATE OR REPLACE TEMP TABLE spans AS
        WITH marked AS (
            SELECT *, coalesce(lag(said) OVER w <> said OR lag(position) OVER w <> position - 1, true) AS begins
            FROM observed WINDOW w AS (PARTITION BY fact ORDER BY position)
        ), numbered AS (
            SELECT *, sum(begins::INT) OVER (PARTITION BY fact ORDER BY position) AS island FROM marked
        )
        SELECT id, is_new, position, max(position) OVER (PARTITION BY fact, island) AS last_position FROM numbered
        QUALIFY begins;
        CREATE OR REPLACE TEMP TABLE folded AS
        WITH stated AS (
            SELECT {_list(history.columns, "n")}, s.position, s.last_position
            FROM spans AS s JOIN new_{history.name} AS n ON s.id = n.rowid WHERE s.is_new
            UNION ALL
            SELECT {_list(history.columns, "h")}, s.position, s.last_position
            FROM spans AS s JOIN internal.{history.name} AS h ON s.id = h.rowid WHERE NOT s.is_new
        )
        SELECT {_list(history.columns, "s")}, b.captured_at AS valid_from, e.next_at AS valid_to
        FROM stated AS s
        JOIN timeline AS b ON s.source = b.source AND s.scope = b.scope AND s.position = b.position
        JOIN timeline AS e ON s.source = e.source AND s.scope = e.scope AND s.last_position = e.position;
    """)


def _identity(columns: tuple[str, ...], table: str) -> str:
    """Two hashes of the columns in one number of 128 bits, which no two keys of a warehouse share by chance."""
    names = _list(columns, table)
    return f"(hash({names})::UHUGEINT * 18446744073709551616::UHUGEINT + hash('again', {names}))"


def _supersede(connection: duckdb.DuckDBPyConnection, history: History, recorded_at: str) -> None:
    """End the belief in rows that ``folded`` no longer holds, and leave in ``folded`` only what is new."""
    table = f"internal.{history.name}"
    identity = _list(("source", "scope", *history.key, *history.content, "capture_id", "valid_from", "valid_to"))
    connection.execute(f"""
        CREATE OR REPLACE TEMP TABLE held AS
        SELECT rowid AS id, hash({identity}) AS identity FROM {table}
        SEMI JOIN affected_scopes USING (source, scope) ANTI JOIN fresh_scopes USING (source, scope)
        WHERE superseded_at IS NULL;
        UPDATE {table} SET superseded_at = '{recorded_at}' WHERE rowid IN
            (SELECT id FROM held WHERE identity NOT IN (SELECT hash({identity}) FROM folded));
        DELETE FROM folded WHERE hash({identity}) IN (SELECT identity FROM held);
    """)
