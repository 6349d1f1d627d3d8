"""A floor that fails: a source that suddenly states far less than before does not get published.

What counts is what a run read again: pages and files that it did not touch keep what they said.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from ingest.capture.files import FILES_NAMED
from ingest.errors import IngestError

if TYPE_CHECKING:
    import duckdb

MODELS_FLOOR = 0.8
"""Least share of the models that the same pages and files stated before."""

FIELDS_FLOOR = 0.5
"""Least share of the models for which a field was stated before, and of the scores that were."""

AT_LEAST = 5
"""Below this many, a share says nothing: one model fewer of three is news, not a broken reader."""


class FloorsError(IngestError):
    """A run that fell below a floor; the message says what fell."""


_STATED = """
    SELECT source, scope, capture_id, model_id, field FROM internal.claims
    WHERE superseded_at IS NULL AND valid_to IS NULL
    UNION ALL
    SELECT source, scope, capture_id, model_id, 'price of ' || kind FROM internal.prices
    WHERE superseded_at IS NULL AND valid_to IS NULL
    UNION ALL
    SELECT source, scope, capture_id, model_id, 'scores' FROM internal.scores
    WHERE superseded_at IS NULL AND valid_to IS NULL"""
"""What sources state now of which model; each kind of price counts as a field, and so do scores."""

_EXPECTED = f"""
    SELECT k.source, k.model_id, k.field, count(*) AS times FROM ({_STATED}) AS k
    LEFT JOIN captures AS c ON k.capture_id = c.capture_id
    WHERE EXISTS (FROM affected_scopes AS a WHERE a.source = k.source AND a.scope = k.scope)
        OR c.location IN (SELECT location FROM capture_records)
    GROUP BY ALL"""


class Floors:
    """What the pages and files of a run stated before it, to hold against what they state after."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self._connection = connection
        connection.execute(f"""
            CREATE OR REPLACE TEMP TABLE stated_before AS {_EXPECTED};
            CREATE OR REPLACE TEMP TABLE documents_before AS
                SELECT source, scope, count(DISTINCT model_id) AS models, count(*) AS records
                FROM ({_STATED}) SEMI JOIN affected_scopes USING (source, scope) GROUP BY ALL""")

    def check(self, settings_of: Callable[[str], Mapping[str, Any]]) -> None:
        """Raise :class:`FloorsError` with all that fell, by source."""
        fallen = [*self._models(settings_of), *self._documents(settings_of), *self._fields(settings_of)]
        if fallen:
            raise FloorsError(
                f"Nothing was published, because much less was read than before: {'; '.join(fallen)}. "
                f"{self._rejected()}Look at the source; `--accept` publishes all the same."
            )

    def _rejected(self) -> str:
        """The files of the run that could not be read, each with the reason."""
        rows = self._connection.execute(f"""
            SELECT r.location || ': ' || c.reason FROM staged_captures AS c JOIN capture_records AS r USING (capture_id)
            WHERE c.status = 'rejected' ORDER BY 1 LIMIT {FILES_NAMED}""").fetchall()
        return f"Not read: {'; '.join(text for (text,) in rows)}. " if rows else ""

    def _models(self, settings_of: Callable[[str], Mapping[str, Any]]) -> list[str]:
        rows = self._connection.execute("""
            SELECT b.source, count(DISTINCT b.model_id), count(DISTINCT n.model_id)
            FROM stated_before AS b LEFT JOIN (
                SELECT c.source, n.model_id FROM entry_names AS n JOIN staged_captures AS c USING (capture_id)
            ) AS n ON b.source = n.source AND b.model_id = n.model_id
            GROUP BY b.source ORDER BY b.source""").fetchall()
        return [
            f"{source}: {after} models instead of {before}"
            for source, before, after in rows
            if _fell(before, after, settings_of(source), "models", MODELS_FLOOR)
        ]

    def _documents(self, settings_of: Callable[[str], Mapping[str, Any]]) -> list[str]:
        """Documents that state far fewer models, or far fewer records, than before."""
        rows = self._connection.execute(f"""
            SELECT b.source, b.scope, b.models, coalesce(a.models, 0), b.records, coalesce(a.records, 0)
            FROM documents_before AS b LEFT JOIN (
                SELECT source, scope, count(DISTINCT model_id) AS models, count(*) AS records
                FROM ({_STATED}) SEMI JOIN affected_scopes USING (source, scope) GROUP BY ALL
            ) AS a USING (source, scope) ORDER BY b.source, b.scope""").fetchall()
        fallen = []
        for source, scope, models_before, models, records_before, records in rows:
            settings = settings_of(source)
            if models_before < _at_least(settings):
                continue
            if _fell(models_before, models, settings, "models", MODELS_FLOOR):
                fallen.append(f"{source}: {models} models instead of {models_before} in {scope}")
            elif _fell(records_before, records, settings, "fields", FIELDS_FLOOR):
                fallen.append(f"{source}: {records} records instead of {records_before} in {scope}")
        return fallen

    def _fields(self, settings_of: Callable[[str], Mapping[str, Any]]) -> list[str]:
        rows = self._connection.execute(f"""
            WITH again AS (SELECT DISTINCT source, model_id FROM stated_before SEMI JOIN entry_names USING (model_id)),
            after AS (
                SELECT k.source, k.model_id, k.field, count(*) AS times FROM ({_STATED}) AS k SEMI JOIN again
                    ON k.source = again.source AND k.model_id = again.model_id GROUP BY ALL
            )
            SELECT b.source, b.field, count(*), count(a.field), sum(b.times), coalesce(sum(a.times), 0)
            FROM stated_before AS b SEMI JOIN again ON b.source = again.source AND b.model_id = again.model_id
            LEFT JOIN after AS a ON b.source = a.source AND b.model_id = a.model_id AND b.field = a.field
            GROUP BY b.source, b.field ORDER BY b.source, b.field""").fetchall()
        fallen = []
        for source, field, before, after, times_before, times in rows:
            if _fell(before, after, settings_of(source), "fields", FIELDS_FLOOR):
                fallen.append(f"{source}: {field} of {after} models instead of {before}")
            elif field == "scores" and _fell(times_before, times, settings_of(source), "fields", FIELDS_FLOOR):
                fallen.append(f"{source}: {times} of {times_before} scores")
        return fallen


def _fell(before: int, after: int, settings: Mapping[str, Any], name: str, usual: float) -> bool:
    floors = settings.get("floors") or {}
    return bool(before >= _at_least(settings) and after < floors.get(name, usual) * before)


def _at_least(settings: Mapping[str, Any]) -> int:
    return int((settings.get("floors") or {}).get("at_least", AT_LEAST))
