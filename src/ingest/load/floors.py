"""Floors: what a run read of a source that states far less than before is not published.

Only the pages and files that the run read again count; the others keep what they stated. Each source is judged by
itself, and holds no other back.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Set
from typing import TYPE_CHECKING, Any, NamedTuple

from ingest.capture.files import FILES_NAMED
from ingest.errors import IngestError
from ingest.load.statements import statement
from ingest.outcome import HeldBack, Kind

if TYPE_CHECKING:
    import duckdb

    from ingest.load.naming import NamedTables, SettingsOf
    from ingest.load.staging import Read

MODELS_FLOOR = 0.8
"""The least share of the models stated before that the same pages and files must still state."""

FIELDS_FLOOR = 0.5
"""The least share of the models with a field, and of the scores, that must still be stated."""

AT_LEAST = 5
"""Floors apply from this number on. One model fewer of three is news, not a broken reader."""


class Fall(NamedTuple):
    """What fell of a source, in words."""

    source: str
    says: str


class FloorsError(IngestError):
    """Sources fell below a floor. The message says what fell, and so does ``fallen``; ``captures`` has the sources of
    the captures of these sources by id."""

    def __init__(self, message: str, fallen: list[Fall], captures: dict[str, str]) -> None:
        super().__init__(message)
        self.fallen = fallen
        self.captures = captures

    @property
    def held_back(self) -> list[HeldBack]:
        """The sources, each with all that fell of it."""
        return [HeldBack(source, source, Kind.FLOOR, reason) for source, reason in self.reasons.items()]

    @property
    def reasons(self) -> dict[str, str]:
        """All that fell, by source."""
        return {
            source: "; ".join(fall.says for fall in self.fallen if fall.source == source)
            for source in sorted({fall.source for fall in self.fallen})
        }


class StatedTables(NamedTuple):
    """Tables of what the pages and files of a run state: ``models`` by model and field, ``documents`` by scope,
    ``document_fields`` by scope and field."""

    models: str
    documents: str
    document_fields: str


def late(connection: duckdb.DuckDBPyConnection, scopes: str) -> str:
    """The documents of which a run reads only captures that are older than one that is known: they end nothing now.

    ``scopes`` has the captures of the run by document. To be asked before these are in the warehouse.
    """
    connection.execute(f"CREATE OR REPLACE TEMP TABLE late_scopes AS {statement('late_scopes', scopes=scopes)}")
    return "late_scopes"


def stated(connection: duckdb.DuckDBPyConnection, read: Read, affected: str, late: str, when: str) -> StatedTables:
    """Count what the pages and files of a run state now, but for ``late`` ones. ``when`` is put into table names."""
    columns = {
        "models": "k.source, k.model_id, k.field, count(*) AS times",
        "documents": "k.source, k.scope, count(DISTINCT k.model_id) AS models, count(*) AS records",
        "document_fields": "k.source, k.scope, k.field, count(DISTINCT k.model_id) AS models",
    }
    found = StatedTables(f"models_{when}", f"documents_{when}", f"document_fields_{when}")
    for kind, table in found._asdict().items():
        sql = statement(
            "stated", affected=affected, late=late, read=read.captures, records=read.records, columns=columns[kind]
        )
        connection.execute(f"CREATE OR REPLACE TEMP TABLE {table} AS {sql}")
    return found


def check(
    connection: duckdb.DuckDBPyConnection,
    read: Read,
    named: NamedTables,
    stated: tuple[StatedTables, StatedTables],
    settings_of: SettingsOf,
    *,
    accepted: Set[str] = frozenset(),
) -> None:
    """Raise :class:`FloorsError` with everything that fell, but for the ``accepted`` sources.

    ``stated`` has the tables before and after the merge.
    """
    before, after = stated
    run = {"before": before.models, "named": named.entries, "captures": read.captures}
    models = connection.execute(statement("models_read", **run)).fetchall()
    fields = connection.execute(statement("fields_read", **run, after=after.models)).fetchall()
    documents = connection.execute(
        statement("documents_read", before=before.documents, after=after.documents)
    ).fetchall()
    document_fields = connection.execute(
        statement("document_fields_read", before=before.document_fields, after=after.document_fields)
    ).fetchall()
    whole = [*_models(models, settings_of)]
    # the only document of a source has fallen as the source has
    of_documents = [
        fall
        for fall in _documents(documents, settings_of)
        if not any(fall.source == each.source and fall.says.startswith(f"{each.says} in ") for each in whole)
    ]
    every = [*whole, *of_documents, *_fields(fields, settings_of)]
    told = {fall.source for fall in every}
    every += [fall for fall in _document_fields(document_fields, settings_of) if fall.source not in told]
    fallen = [fall for fall in every if fall.source not in accepted]
    if fallen:
        sources = sorted({fall.source for fall in fallen})
        raise FloorsError(
            f"Nothing of {' and '.join(sources)} was published, because much less was read than before: "
            f"{'; '.join(f'{fall.source}: {fall.says}' for fall in fallen)}. "
            f"{_rejected(connection, read)}Look at the source; `--accept-source {sources[0]}` publishes it all the "
            "same, and `--accept` all of them.",
            fallen,
            _captures_of(connection, read, sources),
        )


def _captures_of(connection: duckdb.DuckDBPyConnection, read: Read, sources: list[str]) -> dict[str, str]:
    """The captures of a run that are of these sources, with the source of each."""
    rows = connection.execute(
        f"SELECT capture_id, source FROM {read.captures} WHERE source IN (SELECT unnest(?))", [sources]
    ).fetchall()
    return dict(rows)


def _rejected(connection: duckdb.DuckDBPyConnection, read: Read) -> str:
    """The sentence that names files of the run that could not be read, each with the reason."""
    rows = connection.execute(
        f"SELECT r.location || ': ' || c.reason FROM {read.captures} AS c JOIN {read.records} AS r USING (capture_id) "
        f"WHERE c.status = 'rejected' AND NOT starts_with(c.reason, 'discovery') ORDER BY 1 LIMIT {FILES_NAMED}"
    ).fetchall()
    return f"Not read: {'; '.join(text for (text,) in rows)}. " if rows else ""


def _documents(rows: list[Any], settings_of: SettingsOf) -> Iterator[Fall]:
    """The documents that state far fewer models or far fewer records than before."""
    for source, scope, models_before, models, records_before, records in rows:
        settings = settings_of(source)
        if models_before < _at_least(settings):
            continue
        if _fell(models_before, models, settings, "models", MODELS_FLOOR):
            yield Fall(source, f"{models} models instead of {models_before} in {_address(scope)}")
        elif _fell(records_before, records, settings, "fields", FIELDS_FLOOR):
            yield Fall(source, f"{records} records instead of {records_before} in {_address(scope)}")


def _document_fields(rows: list[Any], settings_of: SettingsOf) -> Iterator[Fall]:
    """The fields that one document no longer states, though others of its source may."""
    for source, scope, field, before, after in rows:
        if _fell(before, after, settings_of(source), "fields", FIELDS_FLOOR):
            yield Fall(source, f"{field} of {after} models instead of {before} in {_address(scope)}")


def _address(scope: str) -> str:
    """A scope as people know it: a URL in a scope has one slash behind its scheme."""
    return re.sub(r"^(https?):/(?=[^/])", r"\1://", scope)


def _models(rows: list[Any], settings_of: SettingsOf) -> Iterator[Fall]:
    for source, before, after in rows:
        if _fell(before, after, settings_of(source), "models", MODELS_FLOOR):
            yield Fall(source, f"{after} models instead of {before}")


def _fields(rows: list[Any], settings_of: SettingsOf) -> Iterator[Fall]:
    for source, field, before, after, times_before, times in rows:
        if _fell(before, after, settings_of(source), "fields", FIELDS_FLOOR):
            yield Fall(source, f"{field} of {after} models instead of {before}")
        elif field == "scores" and _fell(times_before, times, settings_of(source), "fields", FIELDS_FLOOR):
            yield Fall(source, f"{times} of {times_before} scores")


def _fell(before: int, after: int, settings: Mapping[str, Any], name: str, usual: float) -> bool:
    floors = settings.get("floors") or {}
    return bool(before >= _at_least(settings) and after < floors.get(name, usual) * before)


def _at_least(settings: Mapping[str, Any]) -> int:
    return int((settings.get("floors") or {}).get("at_least", AT_LEAST))
