"""The chosen value: which of the claims of a field ``models`` holds, and why.

Claims that can all be true given their rounding are one value, and the most precise of them is chosen. Beyond
that, in this order: an override of reviewed data; the maker's own statement before that of an aggregator; the
fresh before the stale; the many before the one; the last seen; then a fixed order, so that the answer never
depends on the order of loading. ``claims.rule`` names what decided.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from ingest.read.data import load_yaml

STALE_DAYS = 90
"""A claim is stale against another whose source was seen this much later. Vendors change prices and limits
within a quarter, and a feed that is fetched daily must not outvote one that is fetched weekly."""

AGREE = """(CASE
    WHEN {c}.field = 'knowledge_cutoff' THEN
        date_trunc(coalesce(least({c}.coarse, {o}.coarse), 'day'), {c}.value::DATE)
        = date_trunc(coalesce(least({c}.coarse, {o}.coarse), 'day'), {o}.value::DATE)
    WHEN {c}.number IS NOT NULL AND {o}.number IS NOT NULL THEN
        coalesce({c}.low, {c}.number) <= coalesce({o}.high, {o}.number)
        AND coalesce({o}.low, {o}.number) <= coalesce({c}.high, {c}.number)
    ELSE {c}.value = {o}.value END)"""
"""Whether two claims can both be true, given what their rounding or their precision allows."""

_ORDER = """
    is_override DESC NULLS LAST, trust, age, supporters DESC, last_seen DESC, width, source, scope, entry, value"""


def choice_macro() -> str:
    """The statement that makes ``internal.chosen_claims(t)``.

    It gives the claims that stand at a time, and of a model that had vanished by then its last ones, with
    ``chosen`` and ``rule``. Fields with one claim, by far the most, take no part in the weighing.
    """
    return f"""
    CREATE OR REPLACE MACRO internal.chosen_claims(t) AS TABLE
    WITH known AS (
        SELECT rowid AS id, *, coalesce(valid_to, 'infinity'::TIMESTAMPTZ) AS until FROM internal.claims
        WHERE superseded_at IS NULL AND valid_from <= t::TIMESTAMPTZ
    ), vanished AS (
        FROM (SELECT model_id, max(until) AS until FROM known GROUP BY model_id)
        WHERE until <= t::TIMESTAMPTZ AND until <> 'infinity'
    ), standing AS (
        SELECT * FROM known WHERE until > t::TIMESTAMPTZ OR until = 'infinity'
        UNION ALL
        SELECT k.* FROM known AS k JOIN vanished AS v ON k.model_id = v.model_id AND k.until = v.until
    ), contested AS (
        SELECT model_id, field FROM standing GROUP BY ALL HAVING count(*) > 1
    ), rivals AS (
        SELECT s.*, coalesce(f.trust, r.trust, 900) AS trust, s.source = o.source AS is_override,
            o.reason AS override_reason,
            CASE WHEN s.unit IN ('year', 'month') THEN s.unit END AS coarse,
            CASE WHEN s.unit = 'year' THEN 365 WHEN s.unit = 'month' THEN 30
                 WHEN s.number IS NULL THEN 0 ELSE coalesce(s.high - s.low, 0) END AS width,
            (SELECT max(captured_at) FROM internal.scope_times AS c
                WHERE c.source = s.source AND c.scope = s.scope AND c.captured_at <= t::TIMESTAMPTZ) AS last_seen
        FROM standing AS s SEMI JOIN contested USING (model_id, field)
        LEFT JOIN internal.source_trust AS r ON s.source = r.source AND r.field = '*'
        LEFT JOIN internal.source_trust AS f ON s.source = f.source AND s.field = f.field
        LEFT JOIN internal.overrides AS o ON s.model_id = o.model_id AND s.field = o.field
    ), aged AS (
        SELECT *, datediff('day', last_seen, max(last_seen) OVER (PARTITION BY model_id, field)) // {STALE_DAYS} AS age
        FROM rivals
    ), support AS (
        SELECT c.id, count(DISTINCT o.source) AS supporters
        FROM rivals AS c JOIN rivals AS o ON c.model_id = o.model_id AND c.field = o.field
        WHERE {AGREE.format(c="c", o="o")} GROUP BY c.id
    ), placed AS (
        SELECT *, row_number() OVER (PARTITION BY model_id, field ORDER BY {_ORDER}) AS place
        FROM aged JOIN support USING (id)
    ), front AS (
        FROM placed WHERE place = 1
    ), weighed AS (
        SELECT p.*, {AGREE.format(c="p", o="l")} AS agrees, l.trust AS best_trust, l.is_override AS is_overridden,
            l.supporters AS best_supporters, l.age AS best_age
        FROM placed AS p JOIN front AS l ON p.model_id = l.model_id AND p.field = l.field
    ), ranked AS (
        SELECT *, row_number() OVER (PARTITION BY model_id, field
                ORDER BY agrees DESC, is_override DESC NULLS LAST, width, place) AS final,
            bool_and(agrees) OVER g AS unanimous, count(DISTINCT value) OVER g AS values_said,
            bool_or(NOT agrees AND trust > best_trust) OVER g AS trust_decided,
            bool_or(NOT agrees AND age > best_age) OVER g AS age_decided,
            bool_or(NOT agrees AND supporters < best_supporters) OVER g AS support_decided
        FROM weighed WINDOW g AS (PARTITION BY model_id, field)
    )
    SELECT id, model_id, field, value, number, low, high, unit, source, scope, entry, valid_from, until,
        final = 1 AS chosen,
        CASE WHEN is_overridden AND final = 1 THEN 'override: ' || override_reason
            WHEN final = 1 AND values_said = 1 THEN 'sources_agree'
            WHEN final = 1 AND unanimous THEN 'most_precise'
            WHEN final = 1 AND trust_decided THEN 'maker_before_aggregator'
            WHEN final = 1 AND age_decided THEN 'fresh_before_stale'
            WHEN final = 1 AND support_decided THEN 'many_before_one'
            WHEN final = 1 THEN 'last_seen'
            WHEN agrees AND values_said = 1 THEN 'same_as_chosen'
            WHEN agrees THEN 'agrees_with_chosen'
            ELSE 'disagrees_with_chosen' END AS rule
    FROM ranked
    UNION ALL
    SELECT id, model_id, field, value, number, low, high, unit, source, scope, entry, valid_from, until,
        true, 'only_claim'
    FROM standing ANTI JOIN contested USING (model_id, field)"""


class Weights(NamedTuple):
    """Rows for ``internal.source_trust`` (source, field or ``*``, rank) and ``internal.overrides``."""

    trust: list[tuple[str, str, int]]
    overrides: list[tuple[str, str, str, str]]


def weights(names: Iterable[str], settings_of: Callable[[str], Mapping[str, Any]]) -> Weights:
    """What ``choice.yaml`` and the settings of the named sources say of whom to believe."""
    rules = load_yaml(Path(__file__).with_name("choice.yaml"))
    ranks = rules["trust"]
    trust = [(name, "*", 100 * ranks.get(settings_of(name).get("trust"), ranks["unknown"])) for name in names]
    for order in rules["field_order"]:
        trust += [(source, order["field"], place) for place, source in enumerate(order["sources"])]
    overrides = [(o["model_id"], o["field"], o["source"], o["reason"]) for o in rules["overrides"]]
    return Weights(trust, overrides)
