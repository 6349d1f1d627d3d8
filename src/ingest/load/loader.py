"""One run's load: records go to temporary tables as they come, and in one transaction become history.

Names are resolved once for each distinct name of the run, since a name means the same on every page.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Set
from itertools import groupby
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from ingest.batch import COLUMNS
from ingest.capture.archive import CaptureRecord
from ingest.capture.files import FILES_NAMED, undated
from ingest.load import history
from ingest.load.choice import weights
from ingest.load.connection import FIRST_LOAD_MB, FIRST_LOAD_THREADS, SCORES_FOR_A_MB
from ingest.load.floors import Floors
from ingest.name import (
    ModelRegistry,
    ModelRequest,
    ResolvedModel,
    benchmark_catalogue,
    comparability_key,
    group_key,
    normalise_license,
    resolve_benchmarks,
    resolve_models,
    versions,
)
from ingest.records.tables import BENCHMARKS, CAPTURES, CONDITION_COLUMNS, MODELS, arrow_schema
from ingest.validate import Validated

if TYPE_CHECKING:
    import duckdb

ReadAgain = tuple[list[CaptureRecord], Iterable[Validated]]
"""Captures that were read again: their records, and what they say."""

ROW_GROUP = 122_880
"""Rows in a row group of DuckDB, its unit of parallel work (https://duckdb.org/docs/stable/internals/storage)."""

_STAGED = ("captures", "entries", "stated", "prices", "scores", "unread_lines", "checks", "quarantine")


class Loader:
    """Stages validated batches on an open warehouse, then merges them all at once.

    ``settings_of`` gives what the ``source.yaml`` of a source says: ``scope`` (what its captures speak for in
    full, ``model`` or ``document``), ``trust`` and ``floors``.
    """

    def __init__(
        self,
        connection: duckdb.DuckDBPyConnection,
        settings_of: Callable[[str], Mapping[str, Any]],
        *,
        read_again: Callable[[set[str]], ReadAgain],
        forget: Set[str],
        published: str | None = None,
    ) -> None:
        self._connection = connection
        self._settings_of = settings_of
        self._read_again = read_again
        self._forget = forget
        self._published = published
        self._staged: set[str] = set()

    def stage(self, batch: Validated) -> None:
        """Put a batch into temporary tables."""
        for kind in _STAGED:
            # DuckDB finds it by its name here; what is registered would stay in memory until the transaction ends
            incoming = batch.quarantine if kind == "quarantine" else batch.tables[kind]  # noqa: F841
            if kind in self._staged:
                self._connection.execute(f"INSERT INTO staged_{kind} SELECT * FROM incoming")
            else:
                self._connection.execute(f"CREATE OR REPLACE TEMP TABLE staged_{kind} AS SELECT * FROM incoming")
                self._staged.add(kind)

    def merge(
        self, run_id: str, recorded_at: str, records: Iterable[CaptureRecord], *, accept: bool = False
    ) -> dict[str, Any]:
        """Turn what was staged into history, in the transaction that the caller has begun.

        Gives the counts of a run's summary by name. Raises :class:`ingest.load.floors.FloorsError` when a
        source states far less than before, unless that is accepted.
        """
        db = self._connection
        if self._published:
            self._keep_past()
        if not self._staged:
            return {}
        records = list(records)
        self._choose_threads()
        self._weigh_sources()
        self._resolve(records)
        witnesses = history.witnesses(db) - self._forget
        if witnesses:
            again, batches = self._read_again(witnesses)
            for batch in batches:
                self.stage(batch)
            self._resolve([*records, *again])
        history.forget(db, self._forget | witnesses)
        self._write_captures()
        self._name_benchmarks()
        self._stage_claims()
        self._stage_listings()
        self._stage_prices()
        self._stage_scores()
        history.merge_scopes(db)
        before, floors = _Before(db, self._published), Floors(db)
        written = {each.name: history.merge(db, each, recorded_at) for each in history.HISTORIES}
        history.contest(db)
        db.execute("INSERT INTO internal.capture_scopes FROM new_capture_scopes")
        if not accept:
            floors.check(self._settings_of)
        before.write_changes(run_id, recorded_at)
        self._write_findings(recorded_at)
        rows = sum(written.values()) - written["listings"]
        return {"rows_written": rows, **self._counts(witnesses)}

    def _choose_threads(self) -> None:
        """DuckDB divides work by row groups: with less than one, a second thread only waits, and not idly."""
        row = self._connection.execute(
            "SELECT (SELECT count(*) FROM staged_scores), EXISTS (FROM internal.capture_scopes)"
        ).fetchone()
        assert row is not None
        rows, is_update = row
        if rows > ROW_GROUP and is_update:
            self._connection.execute("RESET threads")
        elif rows > ROW_GROUP:
            memory = FIRST_LOAD_MB * FIRST_LOAD_THREADS + rows // SCORES_FOR_A_MB
            self._connection.execute(f"SET threads = {FIRST_LOAD_THREADS}; SET memory_limit = '{memory}MB'")

    def _resolve(self, records: list[CaptureRecord]) -> None:
        """Work out which captures there are, which models they speak of, and what they speak for."""
        history.prepare(self._connection)
        self._list_captures(records)
        self._name_models()

    def _keep_past(self) -> None:
        """Take the story of earlier runs over from the published file, which a rebuild takes the place of."""
        self._connection.execute(f"""
            INSERT INTO runs BY NAME SELECT * FROM {self._published}.main.runs;
            INSERT INTO changes BY NAME SELECT * FROM {self._published}.main.changes;
        """)

    def _counts(self, witnesses: set[str]) -> dict[str, Any]:
        """What a run's summary tells, by its names; ``witnesses`` were read before and are not news."""
        db = self._connection

        def by_reason(sql: str) -> dict[str, int]:
            return dict(db.execute(f"SELECT reason, count(*) FROM ({sql}) GROUP BY 1 ORDER BY 2 DESC, 1").fetchall())

        db.execute(
            "CREATE OR REPLACE TEMP TABLE witnesses AS SELECT unnest(?::VARCHAR[]) AS capture_id", [sorted(witnesses)]
        )
        news = "WHERE capture_id NOT IN (FROM witnesses)"
        names = (
            "captures_read", "captures_rejected", "rows_quarantined", "checks_passed", "unread_lines", "models",
            "scores", "prices",
        )  # fmt: skip
        row = db.execute(f"""
            SELECT count(*) FILTER (status <> 'rejected'), count(*) FILTER (status = 'rejected'),
                (SELECT count(*) FROM staged_quarantine {news}),
                (SELECT count(*) FROM staged_checks {news} AND passed),
                (SELECT count(*) FROM staged_unread_lines {news}), (SELECT count(*) FROM models),
                (SELECT count(*) FROM internal.scores WHERE superseded_at IS NULL AND valid_to IS NULL),
                (SELECT count(*) FROM internal.prices WHERE superseded_at IS NULL AND valid_to IS NULL)
            FROM staged_captures {news}""").fetchone()
        assert row is not None
        rejected = f"FROM staged_captures {news} AND status = 'rejected'"
        files = db.execute(f"""
            SELECT location || ': ' || reason FROM (FROM capture_records JOIN (SELECT capture_id, reason {rejected})
                USING (capture_id)) ORDER BY ALL LIMIT {FILES_NAMED}""").fetchall()
        return dict(zip(names, row, strict=True)) | {
            "quarantined": by_reason(f"SELECT unnest(reasons) AS reason FROM staged_quarantine {news}"),
            "rejected": by_reason(f"SELECT split_part(reason, ':', 1) AS reason {rejected}"),
            "rejected_files": [file for (file,) in files],
            "checks_failed": by_reason(f"SELECT name AS reason FROM staged_checks {news} AND NOT passed"),
        }

    def _list_captures(self, records: list[CaptureRecord]) -> None:
        names = ("capture_id", "location", "recorded_at", "sha256", "bytes", "media_type", "http_status", "etag")
        rows = [tuple(getattr(record, name) for name in names) for record in records]
        types = arrow_schema(CAPTURES)
        columns = list(zip(*rows, strict=True))
        table = pa.table(
            {
                name: pa.array(column, pa.string() if name == "recorded_at" else types.field(name).type)
                for name, column in zip(names, columns, strict=True)
            }
        )
        self._connection.register("incoming", table)
        self._connection.execute("CREATE OR REPLACE TEMP TABLE capture_records AS FROM incoming")
        self._connection.unregister("incoming")

    def _write_captures(self) -> None:
        self._connection.execute(f"""
            INSERT INTO captures ({", ".join(CAPTURES.columns)})
            SELECT s.capture_id, s.source, r.location, s.captured_at, r.recorded_at::TIMESTAMP, r.sha256, r.bytes,
                r.media_type, r.http_status, r.etag, nullif(s.reader, ''), s.status, s.reason
            FROM staged_captures AS s JOIN capture_records AS r USING (capture_id);
            CREATE OR REPLACE TEMP TABLE repeated AS
            SELECT capture_id, sha256 = lag(sha256) OVER (PARTITION BY location ORDER BY captured_at, capture_id)
                AS is_repeated
            FROM captures SEMI JOIN capture_records USING (location);
            UPDATE captures SET status = CASE WHEN is_repeated THEN 'unchanged' ELSE 'read' END
            FROM repeated WHERE captures.capture_id = repeated.capture_id AND status <> 'rejected'
                AND (status = 'unchanged') <> coalesce(is_repeated, false);
            INSERT INTO staged_checks FROM name_doubts;
        """)

    def _weigh_sources(self) -> None:
        """Write anew whom to believe, for all sources that have a say."""
        db = self._connection
        names = db.execute(
            "SELECT DISTINCT source FROM staged_captures UNION SELECT DISTINCT source FROM internal.source_trust "
            "ORDER BY 1"
        ).fetchall()
        weighed = weights([name for (name,) in names], self._settings_of)
        self._fill("trust", ("source", "field", "trust"), weighed.trust, {"trust": pa.int32()})
        facts = ("title", "home", "licence", "attribution", "trust", "freshness_days")
        settings = {name: self._settings_of(name) for (name,) in names}
        self._fill(
            "known_sources",
            ("source", *facts),
            [(name, *(said.get(fact) for fact in facts)) for name, said in settings.items()],
            {"freshness_days": pa.int32()},
        )
        self._fill("overrides", ("model_id", "field", "source", "reason"), weighed.overrides)
        db.execute("""
            DELETE FROM internal.sources;
            INSERT INTO internal.sources FROM known_sources;
            DELETE FROM internal.source_trust;
            INSERT INTO internal.source_trust FROM trust;
            DELETE FROM internal.overrides;
            INSERT INTO internal.overrides FROM overrides;
        """)

    def _name_models(self) -> None:
        """Resolve which model each entry speaks of, and what its capture speaks for in full."""
        db = self._connection
        rows = db.execute("""
            SELECT e.capture_id, e.entry, c.source, r.location, e.name, e.organization, e.source_key,
                TRY_CAST(s.value AS DATE), r.recorded_at
            FROM staged_entries AS e JOIN staged_captures AS c USING (capture_id)
            JOIN capture_records AS r USING (capture_id)
            LEFT JOIN staged_stated AS s
                ON s.capture_id = e.capture_id AND s.entry = e.entry AND s.field = 'release_date'
            QUALIFY row_number() OVER (PARTITION BY e.capture_id, e.entry) = 1
            ORDER BY r.recorded_at, c.source, c.captured_at, r.location, e.capture_id, e.entry
        """).fetchall()
        registry = ModelRegistry.from_rows(db.execute("FROM internal.model_names").fetchall())
        requests = [
            ModelRequest(
                source=source,
                scope=f"{undated(location)}#{key or entry}",
                name=name,
                organization=organization,
                source_key=key,
                release_date=release,
            )
            for _, entry, source, location, name, organization, key, release, _ in rows
        ]
        resolved: list[
            ResolvedModel
        ] = []  # run by run, as they were recorded, so that a rebuild gives the ids that the runs gave
        for _, group in groupby(zip(rows, requests, strict=True), key=lambda pair: pair[0][-1]):
            resolved += resolve_models([request for _, request in group], registry)
        read = db.execute("SELECT DISTINCT source FROM staged_captures").fetchall()  # also of documents without entries
        kinds = {source: self._settings_of(source).get("scope", "document") for (source,) in read}
        named: list[tuple[Any, ...]] = []
        doubts: list[tuple[Any, ...]] = []
        for (capture_id, entry, source, location, name, organization, *_), model in zip(rows, resolved, strict=True):
            scope = model.scope if kinds[source] == "model" else undated(location)
            key = None if kinds[source] == "model" else requests[len(named)].scope
            named.append(
                (capture_id, entry, scope, key, model.model_id, model.name, name, model.organization, organization,
                 name or requests[len(named)].source_key, model.version, list(model.settings), model.rule)
            )  # fmt: skip
            if model.doubt:
                doubts.append((capture_id, entry, None, "model_name", False, model.doubt, name))
        self._fill(
            "entry_names",
            (
                "capture_id", "entry", "scope", "entry_key", "model_id", "name", "listed", "organization", "org_listed",
                "model_listed", "version", "settings", "rule",
            ),
            named,
            {"settings": pa.list_(pa.string())},
        )  # fmt: skip
        self._fill("name_doubts", COLUMNS["checks"], doubts, {"passed": pa.bool_()})
        self._fill(
            "model_names",
            ("source", "scope", "base_id", "release_date", "model_id", "name"),
            registry.rows(),
            {"release_date": pa.date32()},
        )
        db.execute("""
            DELETE FROM internal.model_names;
            INSERT INTO internal.model_names SELECT DISTINCT * FROM model_names;
            INSERT INTO new_capture_scopes
                SELECT DISTINCT c.source, n.scope, c.capture_id, c.captured_at
                FROM entry_names AS n JOIN staged_captures AS c USING (capture_id)
        """)
        documents = [source for source, kind in kinds.items() if kind == "document"]
        if documents:  # a document without entries has ended whatever it said before
            self._fill("documents", ("source",), [(source,) for source in documents])
            locations = db.execute("""
                SELECT c.source, r.location, c.capture_id, c.captured_at FROM staged_captures AS c
                JOIN capture_records AS r USING (capture_id)
                WHERE c.status = 'read' AND c.source IN (SELECT source FROM documents)
                    AND c.capture_id NOT IN (SELECT capture_id FROM entry_names)""").fetchall()
            if locations:
                db.executemany(
                    "INSERT INTO new_capture_scopes VALUES (?, ?, ?, ?)",
                    [(source, undated(location), *rest) for source, location, *rest in locations],
                )

    def _name_benchmarks(self) -> None:
        """Resolve each distinct listed name, and write the catalogue with what it does not know yet."""
        db = self._connection
        listed = [name for (name,) in db.execute("SELECT DISTINCT benchmark_listed FROM staged_scores").fetchall()]
        known = db.execute("SELECT DISTINCT benchmark_listed FROM internal.scores").fetchall()
        resolved = resolve_benchmarks(sorted({*listed, *(name for (name,) in known)}))
        catalogue = benchmark_catalogue()
        rows = [(*(getattr(b, c) for c in _CATALOGUE_COLUMNS), True) for b in catalogue.values()]
        new = {r.benchmark_id: r for r in resolved.values() if r.benchmark_id not in catalogue}
        rows += [
            (r.benchmark_id, r.name, r.family, *[None] * (len(_CATALOGUE_COLUMNS) - 3), False) for r in new.values()
        ]
        types = {field.name: field.type for field in arrow_schema(BENCHMARKS)}
        self._fill("catalogue", tuple(BENCHMARKS.columns), rows, types)
        self._fill(
            "benchmark_names",
            ("benchmark_listed", "benchmark_id", "doubt"),
            [(name, resolved[name].benchmark_id, resolved[name].doubt) for name in listed],
        )
        db.execute("""
            INSERT OR REPLACE INTO benchmarks SELECT * FROM catalogue EXCEPT SELECT * FROM benchmarks;
            INSERT INTO staged_checks
                SELECT DISTINCT capture_id, entry, locator, 'benchmark_name', false, doubt, benchmark_listed
                FROM staged_scores JOIN benchmark_names USING (benchmark_listed) WHERE doubt IS NOT NULL
        """)

    def _stage_claims(self) -> None:
        db = self._connection
        texts = db.execute("SELECT DISTINCT value FROM staged_stated WHERE field = 'license'").fetchall()
        self._fill("licenses", ("value", "license"), [(text, normalise_license(text)) for (text,) in texts])
        db.execute("""
            INSERT INTO new_claims BY NAME
            WITH said AS (
                SELECT capture_id, entry, field, coalesce(l.license, s.value) AS value, number, low, high, unit,
                    raw_text, locator, correction, derived_by
                FROM staged_stated AS s LEFT JOIN licenses AS l ON s.field = 'license' AND s.value = l.value
                UNION ALL
                SELECT e.capture_id, e.entry, 'name', n.name, NULL, NULL, NULL, NULL, e.name, e.locator, NULL, NULL
                FROM staged_entries AS e JOIN entry_names AS n USING (capture_id, entry)
                UNION ALL
                SELECT e.capture_id, e.entry, 'organization', n.organization, NULL, NULL, NULL, NULL,
                    e.organization, e.organization_locator, NULL, NULL
                FROM staged_entries AS e JOIN entry_names AS n USING (capture_id, entry)
            )
            SELECT c.source, n.scope, n.entry_key AS entry, n.model_id, n.version, n.model_listed, s.field, s.value,
                s.number, s.low, s.high, s.unit, s.raw_text, s.locator, s.capture_id, s.correction, s.derived_by
            FROM said AS s JOIN entry_names AS n USING (capture_id, entry) JOIN staged_captures AS c USING (capture_id)
            WHERE s.value IS NOT NULL
        """)

    def _stage_listings(self) -> None:
        """Keep by what ids and names a source lists each model: the crosswalk ``model_ids`` is made of it."""
        self._connection.execute("""
            INSERT INTO new_listings BY NAME
            SELECT c.source, n.scope, n.entry_key AS entry, n.model_id, n.version, e.source_key AS listed_id,
                e.name AS listed_name, (
                    SELECT CASE WHEN count(DISTINCT p.provider) = 1 THEN any_value(p.provider) END
                    FROM staged_prices AS p WHERE p.capture_id = e.capture_id AND p.entry = e.entry
                ) AS provider, n.settings, n.rule, e.locator, e.capture_id
            FROM staged_entries AS e JOIN entry_names AS n USING (capture_id, entry)
            JOIN staged_captures AS c USING (capture_id)
        """)

    def _stage_prices(self) -> None:
        """Where a seller lists a model several times, say in the tier which version of it a price is for.

        A version is one in all tiers of its prices, also in those where nothing is listed beside it.
        """
        db = self._connection
        listings = db.execute("""
            SELECT p.capture_id, p.provider, p.tier, list(DISTINCT {'entry': p.entry, 'key': e.source_key})
            FROM staged_prices AS p JOIN entry_names AS n USING (capture_id, entry)
            JOIN staged_entries AS e USING (capture_id, entry)
            WHERE p.amount IS NOT NULL AND e.source_key IS NOT NULL
            GROUP BY n.model_id, p.capture_id, p.provider, p.tier
            QUALIFY max(count(DISTINCT p.entry)) OVER (PARTITION BY n.model_id, p.capture_id, p.provider) > 1
            ORDER BY length(coalesce(p.tier, '')), p.tier""").fetchall()
        told: list[tuple[Any, ...]] = []
        in_plainest_tier: dict[tuple[Any, ...], str | None] = {}
        for capture_id, provider, tier, listed in listings:
            for listing, here in zip(listed, versions([each["key"] for each in listed]), strict=True):
                entry = listing["entry"]
                version = in_plainest_tier.setdefault((capture_id, provider, entry), here) or here
                if version is not None:
                    said = f"{tier}, version {version}" if tier else f"version {version}"
                    told.append((capture_id, entry, provider, tier, said))
        self._fill("versions", ("capture_id", "entry", "provider", "tier", "told"), told)
        db.execute("""
            INSERT INTO new_prices BY NAME
            SELECT c.source, n.scope, n.entry_key AS entry, n.model_id, n.version, n.model_listed, p.provider, p.kind,
                coalesce(v.told, p.tier) AS tier, p.tier_above_tokens, p.tier_region, p.tier_service, p.tier_from,
                p.tier_until, p.unit, p.usd_per_million_tokens, p.amount, p.currency, p.raw_text, p.locator,
                p.capture_id, p.doubts
            FROM staged_prices AS p JOIN entry_names AS n USING (capture_id, entry)
            JOIN staged_captures AS c USING (capture_id)
            LEFT JOIN versions AS v ON p.capture_id = v.capture_id AND p.entry = v.entry
                AND p.provider IS NOT DISTINCT FROM v.provider AND p.tier IS NOT DISTINCT FROM v.tier
            WHERE p.amount IS NOT NULL
        """)

    def _stage_scores(self) -> None:
        """Give each result its stable id and the key that says what it may be compared with."""
        db = self._connection
        conditions = ", ".join(CONDITION_COLUMNS)
        texts = ", ".join(f"coalesce(s.{c}::VARCHAR, '')" for c in CONDITION_COLUMNS)
        db.execute(f"""
            CREATE OR REPLACE TEMP TABLE named_scores AS
            WITH named AS (
                SELECT s.rowid AS id, s.capture_id, c.source, n.scope, n.entry_key, n.model_id, n.version,
                    n.model_listed, b.benchmark_id, trim(s.benchmark_listed) AS listed,
                    md5(concat_ws('|', {texts})) AS under, s.locator, s.description,
                    CASE WHEN s.unit = 'points' AND k.unit <> 'percent' THEN k.unit ELSE s.unit END AS unit
                FROM staged_scores AS s JOIN entry_names AS n USING (capture_id, entry)
                JOIN staged_captures AS c USING (capture_id) JOIN benchmark_names AS b USING (benchmark_listed)
                LEFT JOIN benchmarks AS k ON b.benchmark_id = k.benchmark_id
                WHERE s.score IS NOT NULL
            )
            SELECT * EXCLUDE (description),
                md5(concat_ws('|', source, model_id, version, coalesce(entry_key, ''), listed, under,
                    CASE WHEN count(*) OVER w > 1 THEN coalesce(description, '') END)) AS score_id
            FROM named WINDOW w AS (PARTITION BY capture_id, model_id, entry_key, listed, under)
        """)
        cursor = db.execute(f"""
            SELECT n.benchmark_id, n.unit, n.under, {conditions}
            FROM (SELECT benchmark_id, unit, under, min(id) AS id FROM named_scores GROUP BY ALL) AS n
            JOIN staged_scores AS s ON n.id = s.rowid""")
        names = [column[0] for column in cursor.description]
        distinct = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
        self._fill(
            "comparability",
            ("benchmark_id", "unit", "under", "comparability_key", "group_key"),
            [(d["benchmark_id"], d["unit"], d["under"], comparability_key(d), group_key(d)) for d in distinct],
        )
        made = dict.fromkeys(
            ("source", "scope", "score_id", "model_id", "version", "model_listed", "benchmark_id", "unit"), "n"
        )
        made["comparability_key"] = made["group_key"] = "k"
        ranked = {"comparability_key": "CASE WHEN len(s.doubts) = 0 THEN k.comparability_key END AS comparability_key"}
        columns = ", ".join(ranked.get(name, f"{made.get(name, 's')}.{name}") for name in history.SCORES.columns)
        db.execute(f"""
            DROP TABLE new_scores;
            CREATE TEMP VIEW new_scores AS
            SELECT {columns}, n.rowid AS rowid
            FROM named_scores AS n JOIN staged_scores AS s ON n.id = s.rowid JOIN comparability AS k
                ON n.benchmark_id = k.benchmark_id AND n.under = k.under AND n.unit IS NOT DISTINCT FROM k.unit
        """)

    def _write_findings(self, recorded_at: str) -> None:
        self._connection.execute(f"""
            INSERT INTO unread_lines SELECT capture_id, line, text FROM staged_unread_lines;
            INSERT INTO checks BY NAME
                SELECT k.capture_id, n.model_id, k.locator, k.name, k.passed, k.expected, k.actual
                FROM staged_checks AS k LEFT JOIN entry_names AS n USING (capture_id, entry);
            INSERT INTO quarantine BY NAME
            SELECT {_QUARANTINE_ID} AS quarantine_id,
                first(q.capture_id ORDER BY c.captured_at) AS capture_id,
                first(n.model_id ORDER BY c.captured_at) AS model_id, first(c.source) AS source,
                first(q.locator ORDER BY c.captured_at) AS locator, first(q.table_name) AS table_name,
                first(q.record)::JSON AS record, first(q.reasons) AS reasons, min(c.captured_at) AS first_seen,
                max(c.captured_at) AS last_seen
            FROM staged_quarantine AS q JOIN staged_captures AS c USING (capture_id)
            JOIN capture_records AS r USING (capture_id) LEFT JOIN entry_names AS n USING (capture_id, entry)
            GROUP BY quarantine_id
            ON CONFLICT (quarantine_id) DO UPDATE SET
                capture_id = CASE WHEN excluded.first_seen < first_seen THEN excluded.capture_id ELSE capture_id END,
                model_id = coalesce(excluded.model_id, model_id),
                locator = CASE WHEN excluded.first_seen < first_seen THEN excluded.locator ELSE locator END,
                first_seen = least(first_seen, excluded.first_seen),
                last_seen = greatest(last_seen, excluded.last_seen), resolved_at = NULL;
            UPDATE quarantine SET resolved_at = '{recorded_at}' WHERE resolved_at IS NULL
                AND capture_id IN (FROM forgotten) AND quarantine_id NOT IN (
                    SELECT {_QUARANTINE_ID} FROM staged_quarantine AS q
                    JOIN staged_captures AS c USING (capture_id) JOIN capture_records AS r USING (capture_id))
        """)

    def _fill(
        self,
        name: str,
        columns: tuple[str, ...],
        rows: Iterable[tuple[Any, ...]],
        types: Mapping[str, pa.DataType] | None = None,
    ) -> None:
        """Make the temporary table ``name`` from rows, text where ``types`` does not say otherwise."""
        default = {"entry": pa.int64()}
        given = list(zip(*rows, strict=True)) or [()] * len(columns)
        table = pa.table(
            {
                column: pa.array(list(values), (types or {}).get(column) or default.get(column, pa.string()))
                for column, values in zip(columns, given, strict=True)
            }
        )
        self._connection.register("incoming", table)
        self._connection.execute(f"CREATE OR REPLACE TEMP TABLE {name} AS SELECT * FROM incoming")
        self._connection.unregister("incoming")


def _columns_of(connection: duckdb.DuckDBPyConnection, catalog: str) -> set[tuple[str, str]]:
    """Table and column of all that an attached file has."""
    return set(
        connection.execute(
            "SELECT table_name, column_name FROM duckdb_columns() WHERE database_name = ?", [catalog]
        ).fetchall()
    )


_QUARANTINE_ID = "md5(concat_ws('|', c.source, r.location, q.table_name, q.record, q.reasons::VARCHAR))"
"""The same fault at the same place is one row of quarantine, however often it is captured."""

_CATALOGUE_COLUMNS = tuple(name for name in BENCHMARKS.columns if name != "is_known")

_NOT_COMPARED = {"models": ("source_count", "first_seen", "last_seen")}
_CHANGE_KEYS = {
    "models": "model_id",
    "scores": "score_id",
    "prices": "concat_ws('|', model_id, coalesce(provider, '-'), kind, coalesce(tier, 'base'), unit, source, entry)",
}
_CHANGE_FIELDS = {
    "scores": ("score", "unit", *CONDITION_COLUMNS, "description"),
    "prices": ("amount", "unit", "currency"),
}


class _Before:
    """The public state before a merge, for the scopes that it touches, to tell afterwards what changed."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, published: str | None = None) -> None:
        self._connection = connection
        self._catalog = f"{published}." if published else ""
        self._there = _columns_of(connection, published) if published else None
        for table in ("scores", "prices"):
            connection.execute(f"CREATE OR REPLACE TEMP TABLE before_{table} AS {self._state(table, self._catalog)}")

    def _has(self, table: str, column: str) -> bool:
        """Whether what is published has a column: one of another layout is compared by those that both have."""
        return self._there is None or (table, column) in self._there

    def _fields(self, table: str) -> tuple[str, ...]:
        return tuple(name for name in _CHANGE_FIELDS[table] if self._has(table, name))

    def _state(self, table: str, catalog: str = "") -> str:
        """What ``table`` says now in the scopes that the merge touches; of a published file, in all."""
        fields = ", ".join(f"{name}::VARCHAR AS {name}" for name in self._fields(table))
        touched = "" if self._catalog else "SEMI JOIN affected_scopes USING (source, scope)"
        return f"""SELECT {_CHANGE_KEYS[table]} AS key, {fields} FROM {catalog}internal.{table} {touched}
            WHERE superseded_at IS NULL AND valid_to IS NULL"""

    def write_changes(self, run_id: str, changed_at: str) -> None:
        """Write ``models`` anew, and to ``changes`` what is different."""
        db = self._connection
        left_out = ("model_id", *_NOT_COMPARED["models"])
        names = [n for n in MODELS.columns if n not in left_out and self._has("models", n)]
        texts = ", ".join(f'"{n}"::VARCHAR AS "{n}"' for n in names)
        db.execute(f"""
            CREATE OR REPLACE TEMP TABLE models_now AS FROM models_as_of('infinity'::TIMESTAMP);
            CREATE OR REPLACE TEMP TABLE before_models AS
                SELECT model_id AS key, {texts} FROM {self._catalog + "main." if self._catalog else ""}models;
            CREATE OR REPLACE TEMP VIEW after_models AS SELECT model_id AS key, {texts} FROM models_now;
        """)
        for table in ("scores", "prices"):
            db.execute(f"CREATE OR REPLACE TEMP VIEW after_{table} AS {self._state(table)}")
        compared = {table: self._fields(table) for table in _CHANGE_FIELDS}
        for table, fields in {"models": tuple(names), **compared}.items():
            self._compare(table, fields, run_id, changed_at)
        db.execute("""
            CREATE OR REPLACE TEMP TABLE models_new AS FROM models_now EXCEPT FROM models;
            DELETE FROM models WHERE model_id NOT IN (SELECT model_id FROM models_now)
                OR model_id IN (SELECT model_id FROM models_new);
            INSERT INTO models FROM models_new ORDER BY model_id;
        """)

    def _compare(self, table: str, fields: tuple[str, ...], run_id: str, changed_at: str) -> None:
        self._connection.execute(f"""
            INSERT INTO changes
            SELECT '{run_id}', '{changed_at}'::TIMESTAMP, '{table}', coalesce(b.key, a.key), NULL, NULL, NULL,
                CASE WHEN b.key IS NULL THEN 'added' ELSE 'removed' END
            FROM before_{table} AS b FULL JOIN after_{table} AS a ON b.key = a.key
            WHERE b.key IS NULL OR a.key IS NULL
        """)
        if self._connection.execute(f"SELECT EXISTS (FROM before_{table})").fetchone() == (False,):
            return  # comparing each field takes time to plan, even where there is nothing to compare with
        pairs = ", ".join(
            f"CASE WHEN b.{f} IS DISTINCT FROM a.{f} THEN {{'field': '{f}', 'old': b.{f}, 'new': a.{f}}} END"
            for f in fields
        )
        self._connection.execute(f"""
            INSERT INTO changes
            WITH parts AS (
                SELECT a.key, unnest(list_filter([{pairs}], lambda part: part IS NOT NULL)) AS part
                FROM before_{table} AS b JOIN after_{table} AS a ON b.key = a.key
            )
            SELECT '{run_id}', '{changed_at}'::TIMESTAMP, '{table}', key, part.field, part.old, part.new, 'changed'
            FROM parts
        """)
