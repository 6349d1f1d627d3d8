"""Macros and views: the state of any time, told in the columns of the public tables.

The SQL is written from the pandera schemas where it lists columns, so that a new column of ``models`` needs
no change here.
"""

from __future__ import annotations

from dataclasses import dataclass

import pandera.pandas as pa

from ingest.load.choice import HOLDS, LAST_CAPTURES, OFFERED, STANDING, WEIGHED, choice_macro
from ingest.records.tables import MODELS, TABLES, sql_type


@dataclass(frozen=True, slots=True)
class Macro:
    """A table macro: its name, the statement that makes it, and what it answers."""

    name: str
    sql: str
    comment: str


NOT_CLAIMED = (
    "model_id",
    "organization_id",
    "release_date_precision",
    "knowledge_cutoff_precision",
    "source_count",
    "first_seen",
    "last_seen",
)
"""Columns of ``models`` that follow from claims instead of being claimed themselves."""

_CLAIMED = tuple(name for name in MODELS.columns if name not in NOT_CLAIMED)


def _value(name: str, column: pa.Column) -> str:
    """The SQL that turns the claim of a field into the value of its column."""
    kind = sql_type(column)
    match kind:
        case "BIGINT" | "DOUBLE":
            return f"CAST({_claimed(name, 'number')} AS {kind})"
        case "VARCHAR":
            return _claimed(name, "value")
        case "VARCHAR[]":
            return f"CAST(CAST({_claimed(name, 'value')} AS JSON) AS VARCHAR[])"
        case _:
            return f"CAST({_claimed(name, 'value')} AS {kind})"


def _claimed(name: str, part: str) -> str:
    return f"any_value(CASE WHEN field = '{name}' THEN {part} END)"  # a FILTER takes a quarter longer


def _models_macro() -> str:
    values = {name: _value(name, MODELS.columns[name]) for name in _CLAIMED}
    for date in ("release_date", "knowledge_cutoff"):
        values[f"{date}_precision"] = _claimed(date, "unit")
    told = ",\n".join(f'{value} AS "{name}"' for name, value in values.items())
    beside = {"organization_id": "split_part(model_id, '/', 1)", "source_count": "CAST(sources AS INTEGER)"}
    columns = ", ".join(f'{beside.get(name, name)} AS "{name}"' for name in MODELS.columns)
    return f"""
    CREATE OR REPLACE MACRO models_as_of(t) AS TABLE
    WITH {STANDING}, {WEIGHED}, seen AS (
        SELECT model_id, count(DISTINCT source) AS sources, max(last_seen) AS last_seen
        FROM (
            SELECT s.model_id, s.source, c.last_seen
            FROM (SELECT DISTINCT model_id, source, scope FROM standing WHERE NOT is_gone) AS s
            JOIN last_captures AS c ON s.source = c.source AND s.scope = c.scope
            UNION ALL
            SELECT s.model_id, s.source, max(c.captured_at)
            FROM (SELECT DISTINCT model_id, source, scope, until FROM standing WHERE is_gone) AS s
            JOIN internal.capture_scopes AS c
                ON s.source = c.source AND s.scope = c.scope AND s.until > c.captured_at
            GROUP BY s.model_id, s.source, s.scope
        ) GROUP BY model_id
    ), settled AS (
        SELECT model_id, field, value, number, unit FROM standing WHERE NOT contested
        UNION ALL
        SELECT model_id, field, chosen.value, chosen.number, chosen.unit FROM (
            SELECT model_id, field, arg_min({{'value': value, 'number': number, 'unit': unit}}, verdict) AS chosen
            FROM weighed GROUP BY model_id, field)
    ), told AS (
        SELECT model_id, {told} FROM settled GROUP BY model_id
    )
    SELECT {columns}
    FROM told JOIN seen USING (model_id) JOIN lives USING (model_id)"""


_SCORE_VALUES = {
    "benchmark": "b.name",
    "score_normalized": """CASE
        WHEN s.unit = 'percent' THEN s.score / 100
        WHEN s.unit = b.unit AND b.minimum IS NOT NULL AND b.maximum > b.minimum
        THEN (s.score - b.minimum) / (b.maximum - b.minimum) END""",
    "first_seen": """(SELECT min(f.valid_from) FROM internal.scores AS f
        WHERE f.score_id = s.score_id AND f.superseded_at IS NULL)""",
    "last_seen": "c.last_seen",
}


def _state_macro(table: str, values: dict[str, str], joins: str = "") -> str:
    columns = ", ".join(f'{values.get(name, f"s.{name}")} AS "{name}"' for name in TABLES[table].columns)
    return f"""
    CREATE OR REPLACE MACRO {table}_as_of(t) AS TABLE
    WITH {LAST_CAPTURES}
    SELECT {columns}
    FROM internal.{table} AS s {joins}
    WHERE {HOLDS}"""


_LAST_CAPTURE_OF_SCOPE = """
    JOIN last_captures AS c ON s.source = c.source AND s.scope = c.scope"""

_LAST_CAPTURED = f"""{_LAST_CAPTURE_OF_SCOPE}
    LEFT JOIN benchmarks AS b ON s.benchmark_id = b.benchmark_id"""

_CHOSEN_PRICE = {"rule": "j.rule", "source_count": "j.source_count"}


def _chosen_prices_macro() -> str:
    columns = ", ".join(
        f'{_CHOSEN_PRICE.get(name, f"p.{name}")} AS "{name}"' for name in TABLES["chosen_prices"].columns
    )
    return f"""
    CREATE OR REPLACE MACRO chosen_prices_as_of(t) AS TABLE
    SELECT {columns}
    FROM (
        SELECT *, CAST(count(DISTINCT source) OVER (PARTITION BY model_id, field) AS INTEGER) AS source_count
        FROM internal.chosen_prices(t)
    ) AS j JOIN (SELECT rowid AS id, * FROM internal.prices) AS p ON j.id = p.id WHERE j.chosen"""


MACROS = (
    Macro("internal.chosen_claims", choice_macro("chosen_claims", STANDING), "The claims of a time, weighed."),
    Macro("internal.chosen_prices", choice_macro("chosen_prices", OFFERED), "The prices of a time, weighed."),
    Macro("models_as_of", _models_macro(), "The rows of models as they were at a time: models_as_of('2025-06-01')."),
    Macro(
        "scores_as_of",
        _state_macro("scores", _SCORE_VALUES, _LAST_CAPTURED),
        "The rows of scores as they were at a time.",
    ),
    Macro(
        "prices_as_of",
        _state_macro("prices", {"last_seen": "c.last_seen"}, _LAST_CAPTURE_OF_SCOPE),
        "The rows of prices as they were at a time.",
    ),
    Macro("chosen_prices_as_of", _chosen_prices_macro(), "The rows of chosen_prices as they were at a time."),
)

_CLAIM_COLUMNS = ", ".join(f'"{name}"' for name in TABLES["claims"].columns)

VIEWS = {
    "scores": "SELECT * FROM scores_as_of('infinity'::TIMESTAMP)",
    "prices": "SELECT * FROM prices_as_of('infinity'::TIMESTAMP)",
    "claims": f"""
        WITH judged AS (
            SELECT c.*, coalesce(j.chosen AND c.valid_to IS NULL, false) AS chosen,
                CASE WHEN c.superseded_at IS NOT NULL THEN 'superseded' WHEN c.valid_to IS NOT NULL THEN 'ended'
                     ELSE j.rule || coalesce('; corrected: ' || c.correction, '')
                         || coalesce('; derived: ' || c.derived_by, '') END AS rule
            FROM (SELECT rowid AS id, * FROM internal.claims) AS c
            LEFT JOIN internal.chosen_claims('infinity') AS j ON c.id = j.id AND c.model_id = j.model_id
        )
        SELECT {_CLAIM_COLUMNS} FROM judged""",
    "chosen_prices": "SELECT * FROM chosen_prices_as_of('infinity'::TIMESTAMP)",
    "conflicts": """
        WITH now AS (
            FROM internal.chosen_claims('infinity') WHERE until = 'infinity'
                AND field NOT IN ('name', 'organization', 'description', 'features', 'average_score', 'last_updated_on')
            UNION ALL
            FROM internal.chosen_prices('infinity')
        ), disagreeing AS (
            SELECT DISTINCT model_id, field FROM now WHERE rule = 'disagrees_with_chosen'
        ), said AS (
            SELECT *, source || ': ' || CASE unit WHEN 'month' THEN left(value, 7) WHEN 'year' THEN left(value, 4)
                ELSE value END AS statement
            FROM now JOIN disagreeing USING (model_id, field)
        )
        SELECT model_id, NULL::VARCHAR AS version, field, list(DISTINCT statement ORDER BY statement) AS said,
            any_value(source) FILTER (chosen) AS chosen_source, any_value(rule) FILTER (chosen) AS rule
        FROM said GROUP BY model_id, field""",
    "model_ids": """
        SELECT l.source, l.listed_id, l.listed_name, l.provider, l.model_id, l.version, l.settings,
            arg_max(l.rule, l.valid_from) AS rule, min(l.valid_from) AS first_seen, max(c.captured_at) AS last_seen
        FROM internal.listings AS l JOIN internal.capture_scopes AS c ON l.source = c.source AND l.scope = c.scope
            AND c.captured_at >= l.valid_from AND (l.valid_to IS NULL OR c.captured_at < l.valid_to)
        WHERE l.superseded_at IS NULL GROUP BY ALL""",
    "model_versions": """
        WITH dated AS (
            SELECT model_id, version, min(valid_from) AS first_seen,
                any_value(CAST(value AS DATE)) FILTER (field = 'release_date' AND valid_to IS NULL) AS release_date,
                any_value(CAST(value AS DATE)) FILTER (field = 'deprecated_on' AND valid_to IS NULL) AS deprecated_on
            FROM internal.claims WHERE version IS NOT NULL AND superseded_at IS NULL GROUP BY ALL
        )
        SELECT d.model_id, d.version, d.release_date, d.deprecated_on, NULL::VARCHAR AS is_alias_of, d.first_seen,
            i.last_seen
        FROM dated AS d LEFT JOIN (
            SELECT model_id, version, max(last_seen) AS last_seen FROM model_ids GROUP BY ALL
        ) AS i USING (model_id, version)""",
    "reference_prices": """
        WITH offers AS (
            SELECT model_id, provider,
                min(CASE WHEN kind = 'input' THEN usd_per_million_tokens END) AS input,
                min(CASE WHEN kind = 'output' THEN usd_per_million_tokens END) AS output
            FROM chosen_prices WHERE tier IS NULL AND kind IN ('input', 'output') GROUP BY ALL
            HAVING input IS NOT NULL AND output IS NOT NULL
        )
        SELECT model_id, median(input) AS input_usd_per_million_tokens, median(output) AS output_usd_per_million_tokens,
            (3 * median(input) + median(output)) / 4 AS blended_usd_per_million_tokens,
            'median of ' || count(*) || ' sellers' AS rule, count(*)::INTEGER AS sellers
        FROM offers GROUP BY model_id""",
    "organizations": """
        SELECT organization_id, any_value(organization) AS name, NULL::VARCHAR[] AS aliases, NULL::BOOLEAN AS is_known
        FROM models GROUP BY organization_id""",
    "providers": """
        SELECT DISTINCT provider, provider AS name, NULL::VARCHAR AS kind, NULL::VARCHAR AS organization_id
        FROM internal.prices WHERE provider IS NOT NULL AND superseded_at IS NULL""",
    "sources": """
        SELECT s.*, c.last_captured_at,
            c.last_captured_at < now()::TIMESTAMP - to_days(s.freshness_days) AS is_stale
        FROM internal.sources AS s JOIN (
            SELECT source, max(captured_at) FILTER (status <> 'rejected') AS last_captured_at FROM captures GROUP BY ALL
        ) AS c USING (source)""",
    "leaderboard": """
        SELECT s.comparability_key,
            rank() OVER (PARTITION BY s.comparability_key
                ORDER BY CASE WHEN b.higher_is_better = false THEN s.score ELSE -s.score END) AS rank,
            count(*) OVER (PARTITION BY s.comparability_key) AS ranked,
            s.model_id, m.name AS model, s.benchmark_id, s.benchmark, s.score, s.unit, s.self_reported, s.score_id,
            s.source
        FROM scores AS s JOIN models AS m USING (model_id) LEFT JOIN benchmarks AS b USING (benchmark_id)
        WHERE s.score IS NOT NULL AND s.comparability_key IS NOT NULL""",
    "not_comparable": """
        WITH rankings AS (
            SELECT DISTINCT benchmark_id, comparability_key FROM scores WHERE score IS NOT NULL
        )
        SELECT r.comparability_key, s.benchmark_id, s.benchmark, s.model_id, s.score, s.unit, s.score_id,
            s.comparability_key AS own_key,
            list_concat(
                list_transform(
                    list_filter(string_split(s.comparability_key, '|'), lambda part:
                        part NOT LIKE '?=%' AND NOT list_contains(string_split(r.comparability_key, '|'), part)),
                    lambda part: 'has ' || part),
                list_transform(
                    list_filter(string_split(r.comparability_key, '|'), lambda part:
                        part NOT LIKE '?=%' AND NOT list_contains(string_split(s.comparability_key, '|'), part)),
                    lambda part: 'lacks ' || part)) AS differs_in
        FROM rankings AS r JOIN scores AS s ON r.benchmark_id = s.benchmark_id
            AND r.comparability_key <> s.comparability_key
        WHERE s.score IS NOT NULL""",
    "price_performance": """
        WITH base AS (
            SELECT model_id, provider, string_agg(DISTINCT source, ', ' ORDER BY source) AS source,
                min(usd_per_million_tokens) FILTER (kind = 'input') AS input_usd_per_million_tokens,
                min(usd_per_million_tokens) FILTER (kind = 'output') AS output_usd_per_million_tokens
            FROM chosen_prices
            WHERE tier IS NULL AND kind IN ('input', 'output') AND usd_per_million_tokens IS NOT NULL GROUP BY ALL
        )
        SELECT l.comparability_key, l.benchmark, l.model_id, l.model, l.score, l.unit, l.rank,
            p.provider, p.source AS price_source, p.input_usd_per_million_tokens, p.output_usd_per_million_tokens,
            (3 * p.input_usd_per_million_tokens + p.output_usd_per_million_tokens) / 4 AS blended_usd_per_million_tokens
        FROM leaderboard AS l JOIN base AS p USING (model_id)""",
}
"""Views by name, in the order in which they build on each other."""
