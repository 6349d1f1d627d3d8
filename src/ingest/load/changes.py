"""What a run changed in models, prices and scores, for the table ``changes``."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from ingest.load.statements import quoted, statement
from ingest.records import CONDITIONS
from ingest.records.tables import MODELS

if TYPE_CHECKING:
    import duckdb

_KEYS = {
    "scores": "score_id",
    "prices": "concat_ws('|', model_id, coalesce(provider, '-'), kind, coalesce(tier, 'base'), unit, source, entry)",
}
_FIELDS = {
    "models": tuple(
        name for name in MODELS.columns if name not in ("model_id", "source_count", "first_seen", "last_seen")
    ),
    "scores": ("score", "unit", *CONDITIONS, "description"),
    "prices": ("amount", "unit", "currency"),
}


class Before(NamedTuple):
    """The public state before a merge: one table for each kind, and the fields to compare."""

    tables: dict[str, str]
    fields: dict[str, tuple[str, ...]]
    affected: str | None


def state_before(connection: duckdb.DuckDBPyConnection, affected: str, published: str | None = None) -> Before:
    """Keep the state before a merge: of the ``affected`` scopes, or of a whole ``published`` file.

    If the published file has another layout, only the fields that both layouts have are compared.
    """
    there = _columns_of(connection, published) if published else None
    fields = {
        table: tuple(name for name in names if there is None or (table, name) in there)
        for table, names in _FIELDS.items()
    }
    catalog = f"{published}." if published else ""
    before = Before({table: f"before_{table}" for table in _FIELDS}, fields, None if published else affected)
    models = _models(f"{catalog}main.models" if published else "models", fields["models"])
    connection.execute(f"CREATE OR REPLACE TEMP TABLE {before.tables['models']} AS {models}")
    for table in _KEYS:
        sql = _state(f"{catalog}internal.{table}", table, fields[table], before.affected)
        connection.execute(f"CREATE OR REPLACE TEMP TABLE {before.tables[table]} AS {sql}")
    return before


def write_changes(connection: duckdb.DuckDBPyConnection, before: Before, run_id: str, changed_at: str) -> None:
    """Rewrite ``models``, and write to ``changes`` what differs from ``before``. ``changed_at`` is an ISO time."""
    connection.execute("CREATE OR REPLACE TEMP TABLE models_now AS FROM models_as_of('infinity'::TIMESTAMP)")
    after = {"models": _models("models_now", before.fields["models"])}
    for table in _KEYS:
        after[table] = _state(f"internal.{table}", table, before.fields[table], before.affected)
    for table, sql in after.items():
        connection.execute(f"CREATE OR REPLACE TEMP VIEW after_{table} AS {sql}")
        values = {"run_id": run_id, "changed_at": changed_at, "table_name": table}
        tables = {"before": before.tables[table], "after": f"after_{table}"}
        connection.execute(statement("changes_rows", **tables), values)
        if connection.execute(f"SELECT EXISTS (FROM {tables['before']})").fetchone() == (True,):
            # comparing each field takes time to plan, even where there is nothing to compare with
            pairs = ", ".join(
                f"CASE WHEN b.{f} IS DISTINCT FROM a.{f} THEN {{'field': '{f}', 'old': b.{f}, 'new': a.{f}}} END"
                for f in before.fields[table]
            )
            connection.execute(statement("changes_fields", **tables, pairs=pairs), values)
    connection.execute(statement("models", now="models_now"))


def _models(table: str, fields: tuple[str, ...]) -> str:
    return f"SELECT model_id AS key, {_texts(fields)} FROM {table}"


def _state(table: str, kind: str, fields: tuple[str, ...], affected: str | None) -> str:
    """What a history says now, in the affected scopes or in all."""
    touched = f"SEMI JOIN {affected} USING (source, scope)" if affected else ""
    return (
        f"SELECT {_KEYS[kind]} AS key, {_texts(fields)} FROM {table} {touched} "
        "WHERE superseded_at IS NULL AND valid_to IS NULL"
    )


def _texts(fields: tuple[str, ...]) -> str:
    return ", ".join(f"{quoted([name])}::VARCHAR AS {quoted([name])}" for name in fields)


def _columns_of(connection: duckdb.DuckDBPyConnection, catalog: str) -> set[tuple[str, str]]:
    """Every table and column of an attached file."""
    return set(
        connection.execute(
            "SELECT table_name, column_name FROM duckdb_columns() WHERE database_name = ?", [catalog]
        ).fetchall()
    )
