-- The prices that stand at the time t, with `chosen` and `rule`: those of one offer are chosen together.
-- in:  {witnessed}: see witnesses.sql; {last_captures}; internal.source_trust, internal.overrides;
--      {stale_days}
-- An offer is what a seller sells of a model and version in a tier, a unit and a currency. One entry of one source
-- leads it: its prices are chosen. A kind that it does not state comes from an entry that agrees with it on every kind
-- that both state.
WITH {last_captures}, lines AS MATERIALIZED (
    SELECT p.*, epoch_us(coalesce(c.last_seen, p.valid_from)) // 86_400_000_000 AS seen_day,
        coalesce(f.trust, r.trust, 900) AS trust,
        p.source = o.source AS is_override, o.reason AS override_reason,
        CASE WHEN p.unit = 'per_million_tokens' AND p.amount > 0 AND p.amount = round(p.amount, 2)
            THEN 0.005 - 1e-6 ELSE 2e-6 END AS slack,
        hash(p.model_id, p.version, p.provider, p.tier, p.unit, p.currency) AS offer
    FROM ({witnessed}) AS p LEFT JOIN last_captures AS c ON p.source = c.source AND p.scope = c.scope
    LEFT JOIN internal.source_trust AS r ON p.source = r.source AND r.field = '*'
    LEFT JOIN internal.source_trust AS f ON p.source = f.source AND 'price from ' || p.provider = f.field
    LEFT JOIN internal.overrides AS o ON p.model_id = o.model_id AND p.field = o.field
), entries AS MATERIALIZED (
    SELECT model_id, offer, teller, any_value(source) AS source, any_value(scope) AS scope, any_value(entry) AS entry,
        coalesce(bool_or(is_override), false) AS is_override, any_value(override_reason) AS override_reason,
        coalesce(bool_or(len(doubts) > 0 AND kind IN ('input', 'output')), false) AS is_doubtful,
        NOT (bool_or(kind = 'input') AND bool_or(kind = 'output')) AS is_part,
        any_value(trust) AS trust, any_value(seen_day) AS seen_day, count(*) AS kinds,
        count(*) FILTER (slack > 0.001) AS rounded
    FROM lines GROUP BY model_id, offer, teller
), meetings AS MATERIALIZED (
    SELECT a.model_id, a.offer, a.teller, b.teller AS other, any_value(b.source) AS source,
        any_value(b.seen_day) AS seen_day, count(*) AS common,
        bool_and(abs(a.amount - b.amount) <= a.slack + b.slack) AS agrees
    FROM lines AS a JOIN lines AS b ON a.model_id = b.model_id AND a.offer = b.offer AND a.kind = b.kind
    GROUP BY a.model_id, a.offer, a.teller, b.teller
), backed AS NOT MATERIALIZED (
    SELECT e.model_id, e.offer, e.teller, max(m.seen_day) AS freshest_day,
        count(DISTINCT CASE WHEN m.agrees AND e.seen_day - m.seen_day < {stale_days} THEN m.source END) AS supporters
    FROM entries AS e JOIN meetings AS m ON e.model_id = m.model_id AND e.offer = m.offer AND e.teller = m.teller
    GROUP BY e.model_id, e.offer, e.teller
), placed AS MATERIALIZED (
    SELECT e.*, b.supporters, (b.freshest_day - e.seen_day) // {stale_days} AS age,
        {'is_ordinary': NOT is_override, 'is_doubtful': is_doubtful, 'trust': trust, 'is_part': is_part,
            'age': (b.freshest_day - e.seen_day) // {stale_days}, 'alone': -supporters, 'unseen': -seen_day,
            'lacks': -kinds, 'length': length(coalesce(entry, '')), 'source': source, 'entry': entry, 'scope': scope}
            AS place
    FROM entries AS e JOIN backed AS b ON e.model_id = b.model_id AND e.offer = b.offer AND e.teller = b.teller
), best AS MATERIALIZED (
    SELECT model_id, offer, arg_min(teller, place) AS teller FROM placed GROUP BY model_id, offer
), near_best AS MATERIALIZED (
    SELECT p.model_id, p.offer, arg_min(p.teller, {'is_ordinary': NOT p.is_override, 'is_doubtful': p.is_doubtful,
            'trust': p.trust, 'is_part': p.is_part, 'rounded': p.rounded / p.kinds, 'place': p.place}) AS leader
    FROM placed AS p JOIN best AS b ON p.model_id = b.model_id AND p.offer = b.offer
    JOIN meetings AS m ON p.model_id = m.model_id AND p.offer = m.offer AND p.teller = m.teller AND b.teller = m.other
        AND m.agrees
    GROUP BY p.model_id, p.offer
), led AS MATERIALIZED (
    SELECT p.*, l.leader, p.teller = l.leader AS leads, coalesce(m.agrees, true) AS agrees
    FROM placed AS p JOIN near_best AS l ON p.model_id = l.model_id AND p.offer = l.offer
    LEFT JOIN meetings AS m ON p.model_id = m.model_id AND p.offer = m.offer AND p.teller = m.teller
        AND m.other = l.leader
), fronts AS MATERIALIZED (
    SELECT model_id, offer, arg_min({'is_doubtful': is_doubtful, 'is_part': is_part, 'trust': trust, 'age': age,
            'supporters': supporters, 'seen_day': seen_day, 'kinds': kinds}, place) FILTER (NOT agrees) AS rival,
        any_value({'is_doubtful': is_doubtful, 'is_part': is_part, 'trust': trust, 'age': age,
            'supporters': supporters, 'seen_day': seen_day, 'kinds': kinds}) FILTER (leads) AS front,
        count(*) AS tellers
    FROM led GROUP BY model_id, offer
), told AS MATERIALIZED (
    SELECT l.*, o.leads, o.agrees, o.place, o.is_override AND o.leads AS leads_by_override,
        o.override_reason AS offer_reason
    FROM lines AS l
    JOIN led AS o ON l.model_id = o.model_id AND l.offer = o.offer AND l.teller = o.teller
), firsts AS MATERIALIZED (
    SELECT model_id, offer, kind,
        arg_min(id, {'follows': NOT leads, 'disagrees': NOT agrees, 'place': place, 'id': id}) AS first_id,
        any_value(amount) FILTER (leads) AS led_amount, any_value(slack) FILTER (leads) AS led_slack,
        count(*) AS times, count(DISTINCT amount) AS amounts, CAST(count(DISTINCT source) AS INTEGER) AS sources
    FROM told GROUP BY model_id, offer, kind
), ranked AS NOT MATERIALIZED (
    SELECT t.*, f.rival, f.front, f.tellers, k.led_amount, k.led_slack, k.times, k.amounts,
        k.sources, t.id = k.first_id AND t.agrees AS is_chosen
    FROM told AS t JOIN fronts AS f ON t.model_id = f.model_id AND t.offer = f.offer
    JOIN firsts AS k ON t.model_id = k.model_id AND t.offer = k.offer AND t.kind = k.kind
)
SELECT id, model_id, version, provider, kind, tier, field, amount::VARCHAR AS value, amount AS number,
    NULL::VARCHAR AS unit,
    source, scope, entry, valid_from, until, doubts, sources AS source_count, is_chosen AS chosen,
    CASE
        WHEN is_chosen AND is_override THEN 'override: ' || override_reason
        WHEN is_chosen AND leads_by_override AND rival IS NOT NULL THEN 'override: ' || offer_reason
        WHEN is_chosen AND NOT leads THEN 'agrees_with_chosen_offer'
        WHEN is_chosen AND tellers = 1 THEN 'only_claim'
        WHEN is_chosen AND rival IS NULL AND times = 1 THEN 'only_claim'
        WHEN is_chosen AND rival IS NULL AND amounts = 1 THEN 'sources_agree'
        WHEN is_chosen AND rival IS NULL THEN 'most_precise'
        WHEN is_chosen AND rival.is_doubtful AND NOT front.is_doubtful THEN 'undoubted_before_doubtful'
        WHEN is_chosen AND rival.trust > front.trust THEN 'maker_before_aggregator'
        WHEN is_chosen AND rival.is_part AND NOT front.is_part THEN 'whole_offer_before_part'
        WHEN is_chosen AND rival.age > front.age THEN 'fresh_before_stale'
        WHEN is_chosen AND rival.supporters < front.supporters THEN 'many_before_one'
        WHEN is_chosen AND rival.seen_day < front.seen_day THEN 'last_seen'
        WHEN is_chosen AND rival.kinds < front.kinds THEN 'fuller_listing'
        WHEN is_chosen THEN 'plainest_listing'
        WHEN led_amount IS NULL THEN 'not_of_chosen_offer'
        WHEN amount = led_amount THEN 'same_as_chosen'
        WHEN abs(amount - led_amount) <= slack + led_slack THEN 'agrees_with_chosen'
        ELSE 'disagrees_with_chosen' END AS rule
FROM ranked
