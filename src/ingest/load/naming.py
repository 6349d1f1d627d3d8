"""The step ``name``: find the model of each entry and the benchmark of each listed name.

All names of a run are resolved together and once, so that a name means the same on every page.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

import pyarrow as pa

from ingest.batch import COLUMNS, as_claim
from ingest.capture.files import undated
from ingest.load.staging import Read
from ingest.load.statements import from_rows, make_table, rows_by_name, statement, texts
from ingest.name import (
    ModelRegistry,
    ModelRequest,
    ResolvedModel,
    benchmark_catalogue,
    comparability_key,
    counts_other_way,
    derive,
    group_key,
    normalise_license,
    organizations,
    providers,
    resolve_benchmarks,
    resolve_models,
    versions,
)
from ingest.name.comparability import ran_it
from ingest.name.derived import DERIVED_FROM
from ingest.name.reports import is_own_report
from ingest.records import CONDITIONS
from ingest.records.tables import BENCHMARKS, arrow_schema

if TYPE_CHECKING:
    import duckdb

    Connection = duckdb.DuckDBPyConnection


class NamedTables(NamedTuple):
    """Tables of what the names of a run mean.

    ``entries``: the model, version and settings of each entry. ``licenses``: the normal form of each licence.
    ``derived``: statements that follow from others. ``benchmarks``: the benchmark of each listed name. ``scores``: the
    id of each result. ``keys``: what each result may be compared with. ``versions``: the tier that tells a seller's
    listings of one model apart.
    """

    entries: str
    licenses: str
    derived: str
    benchmarks: str
    scores: str
    keys: str
    versions: str


def name_all(connection: Connection, read: Read) -> NamedTables:
    """Resolve every name in ``read``. Doubts become rows of ``read.checks``.

    Updates the registry ``internal.model_names`` and the catalogue ``benchmarks``.
    """
    rows = _entries_to_name(connection, read)
    models = _resolve_models(connection, rows)
    entries = _name_entries(connection, read, rows, models)
    named = NamedTables(
        entries=entries,
        licenses=_licenses(connection, read),
        derived=_derived(connection, read, rows, models),
        benchmarks=_name_benchmarks(connection, read),
        scores="named_scores",
        keys="score_keys",
        versions=_versions(connection, read, entries),
    )
    _name_scores(connection, read, named)
    _list_who(connection)
    return named


def captures_named_otherwise(connection: Connection, read: Read) -> set[str]:
    """Ids of loaded captures whose listings mean another model now, by what was read: they have to be read again.

    A later file can name the maker of an id, or show a page of the same name with an earlier release date.
    """
    registry = _registry(connection)
    if not registry.rows():
        return set()
    resolve_models([request for request, _ in _requests(_entries_to_name(connection, read))], registry)
    changed = {(request.source, request.scope) for request in registry.changed()}
    if not changed:
        return set()
    places = make_table(connection, "changed_places", from_rows(texts("source", "scope"), sorted(changed)))
    return {
        capture_id
        for (capture_id,) in connection.execute(
            statement("captures_named_otherwise", places=places, captures=read.captures)
        ).fetchall()
    }


def _entries_to_name(connection: Connection, read: Read) -> list[Any]:
    return connection.execute(
        statement("model_requests", **_parts(read, "entries", "captures", "stated", "records"))
    ).fetchall()


def _parts(tables: NamedTuple, *names: str) -> dict[str, str]:
    return {name: getattr(tables, name) for name in names}


_REGISTERED = texts(
    "source", "scope", "name", "organization", "source_key", "release_date", "own_id", "model_id", "version",
    "shown_name", "document",
) | {"release_date": pa.date32()}  # fmt: skip


def _registry(connection: Connection) -> ModelRegistry:
    columns = ", ".join(name for name in _REGISTERED if name != "document")
    return ModelRegistry.from_rows(connection.execute(f"SELECT {columns} FROM internal.model_names").fetchall())


def _requests(rows: list[Any]) -> list[tuple[ModelRequest, str]]:
    """What each row of ``sql/model_requests.sql`` asks, and the document that it stands in."""
    found = []
    for _, _, source, location, name, organization, key, release, record_key in rows:
        document = undated(location)
        found.append((ModelRequest(source, f"{document}#{record_key}", name, organization, key, release), document))
    return found


def _resolve_models(connection: Connection, rows: list[Any]) -> list[ResolvedModel]:
    """The model of each row of ``sql/model_requests.sql``. What earlier runs read has its part in it."""
    registry = _registry(connection)
    requests = _requests(rows)
    documents = {request.scope: document for request, document in requests}
    resolved = resolve_models([request for request, _ in requests], registry)
    added = [(*row, documents.get(row[1])) for row in registry.rows(only_new=True)]
    made = make_table(connection, "model_names", from_rows(_REGISTERED, added))
    connection.execute(statement("register_models", added=made))
    return resolved


def _name_entries(connection: Connection, read: Read, rows: list[Any], models: list[ResolvedModel]) -> str:
    """Make the table with the model of each entry and the scope of its capture."""
    several = _captures_of_several(rows)
    named = []
    doubts = []
    for (capture_id, entry, _, location, name, organization, key, _, record_key), model in zip(
        rows, models, strict=True
    ):
        scope = undated(location)
        has_key = key or capture_id in several or record_key != str(entry)
        place = f"{scope}#{record_key}" if has_key else None
        named.append(
            (capture_id, entry, scope, place, model.model_id, model.name, name, model.organization, organization,
             name or key, model.version, list(model.settings), model.rule)
        )  # fmt: skip
        if model.doubt:
            doubts.append((capture_id, entry, None, "model_name", False, model.doubt, name))
    columns = texts(
        "capture_id", "entry", "scope", "entry_key", "model_id", "name", "listed", "organization", "org_listed",
        "model_listed", "version", "settings", "rule",
    ) | {"entry": pa.int64(), "settings": pa.list_(pa.string())}  # fmt: skip
    _add_checks(connection, read, doubts)
    return make_table(connection, "entry_names", from_rows(columns, named))


def _captures_of_several(rows: list[Any]) -> set[str]:
    """The captures that describe more than one model."""
    seen: set[str] = set()
    return {row[0] for row in rows if row[0] in seen or seen.add(row[0])}  # type: ignore[func-returns-value]


def _add_checks(connection: Connection, read: Read, rows: list[Any]) -> None:
    columns = texts(*COLUMNS["checks"]) | {"entry": pa.int64(), "passed": pa.bool_()}
    made = make_table(connection, "name_doubts", from_rows(columns, rows))
    connection.execute(f"INSERT INTO {read.checks} FROM {made}")


def _licenses(connection: Connection, read: Read) -> str:
    said = connection.execute(f"SELECT DISTINCT value FROM {read.stated} WHERE field = 'license'").fetchall()
    rows = [(text, normalise_license(text)) for (text,) in said]
    return make_table(connection, "licenses", from_rows(texts("value", "license"), rows))


def _derived(connection: Connection, read: Read, rows: list[Any], models: list[ResolvedModel]) -> str:
    """Make the table of derived statements, each with the text and place of the statement it follows from.

    Doubts of what an entry states become checks.
    """
    stated: dict[tuple[str, int], dict[str, tuple[Any, Any, Any]]] = {}
    fields = ", ".join(f"'{field}'" for field in sorted(DERIVED_FROM))
    for capture_id, entry, field, value, raw_text, locator in connection.execute(
        f"SELECT capture_id, entry, field, value, raw_text, locator FROM {read.stated} "
        f"WHERE field IN ({fields}) AND value IS NOT NULL AND problem IS NULL"
    ).fetchall():
        stated.setdefault((capture_id, entry), {}).setdefault(field, (value, raw_text, locator))
    places = {
        (capture_id, entry): (locator, organization_locator)
        for capture_id, entry, locator, organization_locator in connection.execute(
            f"SELECT capture_id, entry, locator, organization_locator FROM {read.entries}"
        ).fetchall()
    }
    feeds = {
        capture_id
        for (capture_id,) in connection.execute(f"SELECT capture_id FROM {read.records} WHERE is_feed").fetchall()
    }
    found = []
    doubts: list[tuple[Any, ...]] = []
    for (capture_id, entry, _, _, name, organization, *_), model in zip(rows, models, strict=True):
        said = stated.get((capture_id, entry), {})
        here = places[capture_id, entry]
        of = {"name": (None, name, here[0]), "organization": (None, organization, here[1])} | said
        plain = {field: _plain(value) for field, (value, _, _) in said.items()}
        for derived in derive(plain, model, in_a_list=capture_id in feeds):
            if derived.of in of:
                value, number = as_claim(derived.value)
                _, raw_text, locator = of[derived.of]
                row = (derived.field, value, number, *derived.bounds, derived.unit, raw_text, locator, derived.rule)
                found.append((capture_id, entry, *row))
                if derived.doubt:
                    what, expected, actual = derived.doubt
                    doubts.append((capture_id, entry, locator, what, False, expected, actual))
    _add_checks(connection, read, doubts)
    columns = texts(
        "capture_id", "entry", "field", "value", "amount", "low", "high", "unit", "raw_text", "locator", "derived_by"
    ) | {"entry": pa.int64(), **dict.fromkeys(("amount", "low", "high"), pa.float64())}
    return make_table(connection, "derived", from_rows(columns, found))


def _plain(value: str) -> Any:
    """A stated value as the column holds it: lists are JSON in a claim."""
    return json.loads(value) if value.startswith("[") else value


_CATALOGUE_COLUMNS = tuple(name for name in BENCHMARKS.columns if name != "is_known")


def _name_benchmarks(connection: Connection, read: Read) -> str:
    """Resolve each distinct listed name, and add unknown benchmarks to the catalogue."""
    listed = _texts_of(connection, f"SELECT DISTINCT benchmark_listed FROM {read.scores}")
    known = _texts_of(connection, "SELECT DISTINCT benchmark_listed FROM internal.scores")
    resolved = resolve_benchmarks(sorted({*listed, *known}))
    catalogue = benchmark_catalogue()
    rows = [(*(getattr(b, c) for c in _CATALOGUE_COLUMNS), True) for b in catalogue.values()]
    new = {r.benchmark_id: r for r in resolved.values() if r.benchmark_id not in catalogue}
    rows += [(r.benchmark_id, r.name, r.family, *[None] * (len(_CATALOGUE_COLUMNS) - 3), False) for r in new.values()]
    types = {field.name: field.type for field in arrow_schema(BENCHMARKS)}
    content = make_table(connection, "catalogue", from_rows(types, rows))
    names = make_table(
        connection,
        "benchmark_names",
        from_rows(
            texts("benchmark_listed", "benchmark_id", "doubt"),
            [(name, resolved[name].benchmark_id, resolved[name].doubt) for name in listed],
        ),
    )
    connection.execute(statement("benchmarks", catalogue=content, names=names, **_parts(read, "scores", "checks")))
    return names


def _texts_of(connection: Connection, sql: str) -> list[str]:
    return [text for (text,) in connection.execute(sql).fetchall()]


def _versions(connection: Connection, read: Read, entries: str) -> str:
    """Make the table of versions to name in the tier of a price, for sellers that list a model several times.

    A version is named in all tiers of its prices, even in a tier that lists nothing else.
    """
    listings = connection.execute(
        statement("price_listings", named=entries, **_parts(read, "prices", "entries"))
    ).fetchall()
    told: list[tuple[Any, ...]] = []
    in_plainest_tier: dict[tuple[Any, ...], str | None] = {}
    for capture_id, provider, tier, listed in listings:
        for listing, here in zip(listed, versions([each["key"] for each in listed]), strict=True):
            entry = listing["entry"]
            version = in_plainest_tier.setdefault((capture_id, provider, entry), here) or here
            if version is not None:
                said = f"{tier}, version {version}" if tier else f"version {version}"
                told.append((capture_id, entry, provider, tier, said))
    columns = texts("capture_id", "entry", "provider", "tier", "told") | {"entry": pa.int64()}
    return make_table(connection, "versions", from_rows(columns, told))


def _name_scores(connection: Connection, read: Read, named: NamedTables) -> None:
    """Give each result its stable id, and its keys: results with equal keys may be compared."""
    _mark_who_measured(connection, read, named)
    connection.execute(
        statement(
            "score_names",
            **_parts(read, "scores", "captures"),
            named=named.entries,
            benchmarks=named.benchmarks,
            out=named.scores,
            conditions=", ".join(f"coalesce(s.{name}::VARCHAR, '')" for name in CONDITIONS),
        )
    )
    keys = statement("score_keys", named=named.scores, scores=read.scores, conditions=", ".join(CONDITIONS))
    rows = rows_by_name(connection.execute(keys))
    make_table(
        connection,
        named.keys,
        from_rows(
            texts("benchmark_id", "unit", "compared", "comparability_key", "group_key", "doubt"),
            [
                (r["benchmark_id"], r["unit"], r["compared"], comparability_key(r), group_key(r), _direction(r))
                for r in rows
            ],
        ),
    )
    connection.execute(
        statement("score_doubts", named=named.scores, keys=named.keys, **_parts(read, "scores", "checks"))
    )


def _mark_who_measured(connection: Connection, read: Read, named: NamedTables) -> None:
    """Say of results whose source does not whether they are their maker's own, by who measured them.

    A report of the model's own maker is; what an evaluator ran that makes no models is not.
    """
    told = connection.execute(
        f"SELECT DISTINCT s.measured_by, split_part(n.model_id, '/', 1), s.harness FROM {read.scores} AS s "
        f"JOIN {named.entries} AS n USING (capture_id, entry) "
        "WHERE s.self_reported IS NULL AND s.measured_by IS NOT NULL"
    ).fetchall()
    known = [
        (title, maker, harness, str(is_own).lower())
        for title, maker, harness in told
        if (is_own := is_own_report(title, maker)) or ran_it(title, harness)
    ]
    if known:
        marks = make_table(
            connection, "known_measurers", from_rows(texts("measured_by", "maker", "harness", "is_own"), known)
        )
        connection.execute(
            f"UPDATE {read.scores} AS s SET self_reported = r.is_own::BOOLEAN FROM {named.entries} AS n, {marks} AS r "
            "WHERE s.capture_id = n.capture_id AND s.entry = n.entry AND s.self_reported IS NULL "
            "AND s.measured_by = r.measured_by AND s.harness IS NOT DISTINCT FROM r.harness "
            "AND split_part(n.model_id, '/', 1) = r.maker"
        )


def _direction(score: Mapping[str, Any]) -> str | None:
    """The doubt of a result whose metric counts the other way than its benchmark."""
    return "metric_counts_other_way" if counts_other_way(score["benchmark_id"], score["metric"]) else None


def _list_who(connection: Connection) -> None:
    """Rewrite the tables of known makers and sellers."""
    makers = make_table(
        connection,
        "known_organizations",
        from_rows(
            texts("organization_id", "name", "aliases") | {"aliases": pa.list_(pa.string())},
            [(each.organization_id, each.name, list(each.aliases)) for each in organizations()],
        ),
    )
    sellers = make_table(
        connection,
        "known_providers",
        from_rows(
            texts("provider", "name", "kind", "organization_id"),
            [(each.id, each.name, each.kind, each.organization_id) for each in providers() if each.id],
        ),
    )
    connection.execute(f"""
        DELETE FROM internal.organizations; INSERT INTO internal.organizations FROM {makers};
        DELETE FROM internal.providers; INSERT INTO internal.providers FROM {sellers};
    """)


SettingsOf = Callable[[str], Mapping[str, Any]]
"""Returns the content of a source's ``source.yaml``."""


def document_scopes(connection: Connection, read: Read) -> str:
    """Make the table of the scope of each capture: its address without dates. A rejected capture has no scope.

    Columns: ``source``, ``scope``, ``capture_id``, ``captured_at``. A capture ends what earlier captures of its own
    scope stated and it does not; it ends nothing of another scope.
    """
    rows = connection.execute(
        f"SELECT c.source, r.location, c.capture_id, c.captured_at FROM {read.captures} AS c "
        f"JOIN {read.records} AS r USING (capture_id) WHERE c.status = 'read'"
    ).fetchall()
    scopes: Iterator[tuple[Any, ...]] = ((source, undated(location), *rest) for source, location, *rest in rows)
    columns = texts("source", "scope", "capture_id", "captured_at") | {"captured_at": pa.timestamp("us")}
    return make_table(connection, "new_capture_scopes", from_rows(columns, list(scopes)))
