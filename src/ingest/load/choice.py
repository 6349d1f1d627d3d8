"""The chosen value: which of the claims of a field ``models`` holds, and why.

Claims that can all be true given their rounding are one value, and the most precise of them is chosen. Beyond
that, in this order: an override of reviewed data; the maker's own statement before that of an aggregator; the
fresh before the stale; the many before the one; the last seen; then a fixed order, so that the answer never
depends on the order of loading. ``claims.rule`` names what decided. What is stale against a claim is no support for it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple

from ingest.knowledge import FOLDER, read_yaml

STALE_DAYS = 90
"""A claim is stale against another whose source was seen this much later. Vendors change prices and limits
within a quarter, and a feed that is fetched daily must not outvote one that is fetched weekly."""

AGREE = """(CASE
    WHEN {c}.field = 'knowledge_cutoff' THEN
        date_trunc(coalesce(greatest({c}.coarse, {o}.coarse), 'day'), TRY_CAST({c}.value AS DATE))
        = date_trunc(coalesce(greatest({c}.coarse, {o}.coarse), 'day'), TRY_CAST({o}.value AS DATE))
    WHEN {c}.number IS NOT NULL AND {o}.number IS NOT NULL THEN
        coalesce({c}.low, {c}.number) <= coalesce({o}.high, {o}.number)
        AND coalesce({o}.low, {o}.number) <= coalesce({c}.high, {c}.number)
    ELSE {c}.value = {o}.value END)"""
"""Whether two claims can both be true, given what their rounding or their precision allows.

Two dates are held against each other at the coarser precision of the two: 'year' sorts after 'month', and NULL
(a day) counts for nothing.
"""

_PLACE = """{'is_ordinary': is_override IS NOT TRUE, 'trust': trust, 'age': age, 'alone': -supporters,
    'unseen': -epoch_us(last_seen), 'width': width, 'source': source, 'scope': scope, 'entry': entry, 'value': value}"""
"""Where a claim stands among those of its field, as a structure that sorts: the least is the best."""

_VERDICT = """{'disagrees': NOT agrees, 'is_ordinary': is_override IS NOT TRUE, 'width': width, 'place': place}"""
"""As :data:`_PLACE`, with what the best claim has decided: the least is chosen."""

AT = """(CASE WHEN regexp_matches(t::VARCHAR, ':[0-9.]+(Z|[+-][0-9:]+)$')
    THEN make_timestamp(epoch_us(t::TIMESTAMPTZ)) ELSE t::TIMESTAMP END)"""
"""The argument ``t`` of a macro as a moment in UTC, whatever the time zone of the session.

``t`` is a day, a TIMESTAMP in UTC, a TIMESTAMPTZ, or one of these as text.
"""

HOLDS = f"superseded_at IS NULL AND valid_from <= {AT} AND (valid_to IS NULL OR valid_to > {AT})"
"""Whether a row of a history holds at the time ``t``, as far as is known now."""

LAST_CAPTURES = f"""last_captures AS NOT MATERIALIZED (
        SELECT source, scope, max(captured_at) AS last_seen FROM internal.capture_scopes
        WHERE captured_at <= {AT} GROUP BY source, scope
    )"""
"""When a source last spoke for each of its scopes, at the time ``t``."""

STANDING = f"""
    lives AS NOT MATERIALIZED (
        SELECT model_id, min(valid_from) AS first_seen, max(coalesce(valid_to, 'infinity'::TIMESTAMP)) AS ended_at
        FROM internal.claims WHERE superseded_at IS NULL AND valid_from <= {AT} GROUP BY model_id
    ), standing AS NOT MATERIALIZED (
        SELECT rowid AS id, source, scope, entry, model_id, field, field AS trusted_for, value, number, low, high, unit,
            valid_from, coalesce(valid_to, 'infinity'::TIMESTAMP) AS until,
            contested IS DISTINCT FROM false AS contested, false AS is_gone
        FROM internal.claims
        WHERE {HOLDS}
        UNION ALL
        SELECT c.rowid, c.source, c.scope, c.entry, c.model_id, c.field, c.field, c.value, c.number, c.low, c.high,
            c.unit, c.valid_from, c.valid_to, c.contested IS DISTINCT FROM false, true
        FROM internal.claims AS c
        JOIN (FROM lives WHERE ended_at <= {AT} AND ended_at <> 'infinity') AS l
            ON c.model_id = l.model_id AND c.valid_to = l.ended_at
        WHERE c.superseded_at IS NULL
    ), {LAST_CAPTURES}"""
"""What stands at the time ``t``, as common table expressions.

``standing`` are the claims that hold, and of a model that had vanished by then its last ones (``is_gone``). Those
that are ``contested`` (see :func:`ingest.load.history.contest`) have to be weighed, which costs many times as much as
taking a value that nobody contests; one that was never looked at counts as contested.

A condition on ``model_id`` reaches the scans, since every step keeps it among its keys.
"""

_QUOTED = "CASE WHEN regexp_matches({0}, '[{1}\"]') THEN to_json({0})::VARCHAR ELSE {0} END"

PRICE_FIELD = f"""'price of ' || kind || coalesce(' from ' || {_QUOTED.format("provider", ",(")}, '')
                || coalesce(', ' || {_QUOTED.format("tier", "(")}, '')
                || CASE WHEN unit = 'per_million_tokens' THEN '' ELSE coalesce(' (' || unit || ')', ' (no unit)') END
                || CASE WHEN currency = 'USD' THEN '' ELSE coalesce(' (in ' || currency || ')', ' (no currency)') END"""
"""One thing that is sold at one price, in words: 'price of input from openai, batch (per_image)'.

Prices of two things must not meet, so that a name with a sign that parts the words here stands in quotes.
"""

_IS_ROUNDED = "unit = 'per_million_tokens' AND amount > 0 AND amount = round(amount, 2)"
"""Lists that round write prices of tokens to the cent (0.08 beside 0.075), so that such a price means a range. The
range is a millionth short of half a cent, so that two prices a cent apart do not meet."""

OFFERED = f"""
    standing AS NOT MATERIALIZED (
        SELECT rowid AS id, source, scope, entry, model_id, {PRICE_FIELD} AS field,
            'price from ' || provider AS trusted_for, amount::VARCHAR AS value, amount AS number,
            amount - CASE WHEN {_IS_ROUNDED} THEN 0.005 - 1e-6 ELSE 2e-6 END AS low,
            amount + CASE WHEN {_IS_ROUNDED} THEN 0.005 - 1e-6 ELSE 2e-6 END AS high,
            NULL::VARCHAR AS unit, valid_from, coalesce(valid_to, 'infinity'::TIMESTAMP) AS until, true AS contested
        FROM internal.prices
        WHERE {HOLDS}
    ), {LAST_CAPTURES}"""
"""The prices that stand at the time ``t``, in the columns of ``standing``: a price is a claim of what is sold."""

_RIVALS = """
        SELECT s.*, c.last_seen, epoch_us(c.last_seen) // 86_400_000_000 AS seen_day,
            coalesce(f.trust, r.trust, 900) AS trust, s.source = o.source AS is_override, o.reason AS override_reason,
            CASE WHEN s.unit IN ('year', 'month') THEN s.unit END AS coarse,
            CASE WHEN s.unit = 'year' THEN 365 WHEN s.unit = 'month' THEN 30
                 WHEN s.number IS NULL THEN 0 ELSE coalesce(s.high - s.low, 0) END AS width
        FROM {these} AS s LEFT JOIN last_captures AS c ON s.source = c.source AND s.scope = c.scope
        LEFT JOIN internal.source_trust AS r ON s.source = r.source AND r.field = '*'
        LEFT JOIN internal.source_trust AS f ON s.source = f.source AND s.trusted_for = f.field
        LEFT JOIN internal.overrides AS o ON s.model_id = o.model_id AND s.field = o.field"""

WEIGHED = f"""
    rivals AS NOT MATERIALIZED ({_RIVALS.format(these="(FROM standing WHERE contested)")}
    ), backed AS NOT MATERIALIZED (
        SELECT c.model_id, c.id, max(o.seen_day) AS freshest_day,
            count(DISTINCT CASE WHEN c.seen_day - o.seen_day < {STALE_DAYS} AND {AGREE.format(c="c", o="o")}
                THEN o.source END) AS supporters
        FROM rivals AS c JOIN rivals AS o ON c.model_id = o.model_id AND c.field = o.field GROUP BY c.model_id, c.id
    ), placed AS NOT MATERIALIZED (
        SELECT *, {_PLACE} AS place FROM (
            SELECT r.*, b.supporters, (b.freshest_day - r.seen_day) // {STALE_DAYS} AS age
            FROM rivals AS r JOIN backed AS b ON r.model_id = b.model_id AND r.id = b.id)
    ), best_placed AS NOT MATERIALIZED (
        SELECT model_id, field, arg_min({{'value': value, 'number': number, 'low': low, 'high': high,
            'coarse': coarse, 'trust': trust, 'age': age, 'supporters': supporters}}, place) AS best
        FROM placed GROUP BY model_id, field
    ), weighed AS NOT MATERIALIZED (
        SELECT *, {_VERDICT} AS verdict FROM (
            SELECT p.*, b.best, {AGREE.format(c="p", o="b.best")} AS agrees
            FROM placed AS p JOIN best_placed AS b ON p.model_id = b.model_id AND p.field = b.field)
    )"""
"""The contested claims, weighed: the least ``verdict`` of a field is the chosen one."""


def choice_macro(name: str, standing: str) -> str:
    """The statement that makes the macro ``internal.<name>(t)``: what stands at a time, with ``chosen`` and ``rule``.

    ``standing`` is :data:`STANDING` or :data:`OFFERED`.
    """
    columns = "id, model_id, field, value, number, low, high, unit, source, scope, entry, valid_from, until"
    return f"""
    CREATE OR REPLACE MACRO internal.{name}(t) AS TABLE
    WITH {standing}, {WEIGHED}, judged AS (
        SELECT *, row_number() OVER (PARTITION BY model_id, field ORDER BY verdict) AS final, count(*) OVER g AS times,
            bool_and(agrees) OVER g AS unanimous, count(DISTINCT value) OVER g AS values_said,
            bool_or(NOT agrees AND trust > best.trust) OVER g AS trust_decided,
            bool_or(NOT agrees AND age > best.age) OVER g AS age_decided,
            bool_or(NOT agrees AND supporters < best.supporters) OVER g AS support_decided
        FROM weighed WINDOW g AS (PARTITION BY model_id, field)
    ), alike AS (
        SELECT *, count(*) OVER (PARTITION BY model_id, field) AS times FROM standing WHERE NOT contested
    ), same AS ({_RIVALS.format(these="(FROM alike WHERE times > 1)")}
    ), same_ranked AS (
        SELECT *, row_number() OVER (PARTITION BY model_id, field
            ORDER BY is_override DESC NULLS LAST, width, trust, last_seen DESC, source, scope, entry) AS final
        FROM same
    )
    SELECT {columns}, final = 1 AS chosen,
        CASE WHEN times = 1 THEN 'only_claim'
            WHEN is_override AND final = 1 THEN 'override: ' || override_reason
            WHEN final = 1 AND values_said = 1 THEN 'sources_agree'
            WHEN final = 1 AND unanimous THEN 'most_precise'
            WHEN final = 1 AND trust_decided THEN 'maker_before_aggregator'
            WHEN final = 1 AND age_decided THEN 'fresh_before_stale'
            WHEN final = 1 AND support_decided THEN 'many_before_one'
            WHEN final = 1 THEN 'last_seen'
            WHEN agrees AND values_said = 1 THEN 'same_as_chosen'
            WHEN agrees THEN 'agrees_with_chosen'
            ELSE 'disagrees_with_chosen' END AS rule
    FROM judged
    UNION ALL
    SELECT {columns}, final = 1,
        CASE WHEN final > 1 THEN 'same_as_chosen' WHEN is_override THEN 'override: ' || override_reason
            ELSE 'sources_agree' END
    FROM same_ranked
    UNION ALL
    SELECT {columns}, true, 'only_claim'
    FROM alike WHERE times = 1"""


class Weights(NamedTuple):
    """Rows for ``internal.source_trust`` (source, field or ``*``, rank) and ``internal.overrides``."""

    trust: list[tuple[str, str, int]]
    overrides: list[tuple[str, str, str, str]]


def weights(names: Iterable[str], settings_of: Callable[[str], Mapping[str, Any]]) -> Weights:
    """What ``choice.yaml`` and the settings of the named sources say of whom to believe."""
    rules = read_yaml(FOLDER / "choice.yaml")
    ranks = rules["trust"]
    trust = [(name, "*", 100 * ranks.get(settings_of(name).get("trust"), ranks["unknown"])) for name in names]
    for order in rules["field_order"]:
        trust += [(source, order["field"], place) for place, source in enumerate(order["sources"])]
    overrides = [(o["model_id"], o["field"], o["source"], o["reason"]) for o in rules["overrides"]]
    return Weights(trust, overrides)
