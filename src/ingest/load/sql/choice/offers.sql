-- The prices that stand at the time t, with `chosen` and `rule`: those of one offer are chosen together.
-- in:  {witnessed}: see witnesses.sql; {last_captures}; internal.source_trust, internal.overrides;
--      internal.capture_scopes, internal.providers; {stale_days}; {long_ago}: a day before all others
-- An offer is what a seller sells of a model and version in a tier, a unit and a currency. One entry of one source
-- leads it: its prices are chosen. A kind that it does not state comes from an entry that agrees with it on every kind
-- that both state.
-- `written_after`: the capture before the one that first showed a price. A price that stands since the first capture of
-- its source can be of any age before that. `is_left_behind`: another source changed this price while the entry stood
-- unchanged, so the entry is older than that change, unless its source changed another price of the seller since.
-- `is_makers`: of the maker's own price those sources count too that tell of other sellers who ask the same pair for
-- the same version: that of a preview says nothing of the price that came with the release.
WITH {last_captures}, steps AS MATERIALIZED (
    SELECT source, scope, captured_at, lag(captured_at) OVER (PARTITION BY source, scope ORDER BY captured_at) AS before
    FROM (SELECT DISTINCT source, scope, captured_at FROM internal.capture_scopes)
), lines AS MATERIALIZED (
    SELECT p.*, epoch_us(coalesce(c.last_seen, p.valid_from)) // 86_400_000_000 AS seen_day,
        coalesce(f.trust, r.trust, 900) AS trust,
        p.source = o.source AS is_override, o.reason AS override_reason,
        CASE WHEN p.unit = 'per_million_tokens' AND p.amount > 0 AND p.amount = round(p.amount, 2)
            THEN 0.005 - 1e-6 ELSE 2e-6 END AS slack,
        hash(p.model_id, p.version, p.provider, p.tier, p.unit, p.currency) AS offer,
        CASE WHEN p.is_dated THEN p.valid_from ELSE b.before END AS written_after,
        coalesce(p.amount <> p.amount_before, false) AS is_change,
        coalesce(w.kind = 'maker' AND w.organization_id = split_part(p.model_id, '/', 1), false) AS is_makers
    FROM ({witnessed}) AS p LEFT JOIN last_captures AS c ON p.source = c.source AND p.scope = c.scope
    LEFT JOIN internal.source_trust AS r ON p.source = r.source AND r.field = '*'
    LEFT JOIN internal.source_trust AS f ON p.source = f.source AND 'price from ' || p.provider = f.field
    LEFT JOIN internal.overrides AS o ON p.model_id = o.model_id AND p.field = o.field
    LEFT JOIN steps AS b ON p.source = b.source AND p.scope = b.scope AND p.valid_from = b.captured_at
    LEFT JOIN internal.providers AS w ON p.provider = w.provider
), followed AS MATERIALIZED (
    SELECT source, provider, max(written_after) AS until FROM lines WHERE is_change GROUP BY source, provider
), entries AS MATERIALIZED (
    SELECT model_id, offer, teller, any_value(source) AS source, any_value(scope) AS scope, any_value(entry) AS entry,
        coalesce(bool_or(is_override), false) AS is_override, any_value(override_reason) AS override_reason,
        coalesce(bool_or(len(doubts) > 0 AND kind IN ('input', 'output')), false) AS is_doubtful,
        NOT (bool_or(kind = 'input') AND bool_or(kind = 'output')) AS is_part,
        any_value(trust) AS trust, any_value(seen_day) AS seen_day, count(*) AS kinds,
        count(*) FILTER (slack > 0.001) AS rounded, any_value(is_makers) AS is_makers,
        max(any_value(seen_day)) OVER (PARTITION BY model_id, offer) AS fresh_day,
        coalesce(epoch_us(max(written_after) FILTER (is_change)) // 86_400_000_000, {long_ago}) AS changed_day,
        epoch_us(max(valid_from)) // 86_400_000_000 AS shown_day,
        CASE WHEN any_value(tier) IS NULL THEN hash(any_value(model_id), any_value(version), any_value(unit),
            any_value(currency), any_value(amount) FILTER (kind = 'input'),
            any_value(amount) FILTER (kind = 'output')) END AS pair
    FROM lines GROUP BY model_id, offer, teller
), meetings AS MATERIALIZED (
    SELECT a.model_id, a.offer, a.teller, b.teller AS other, any_value(b.source) AS source,
        any_value(b.seen_day) AS seen_day, count(*) AS common,
        bool_and(abs(a.amount - b.amount) <= a.slack + b.slack) AS agrees,
        bool_or(b.is_change AND b.written_after >= a.valid_from AND abs(a.amount - b.amount) > a.slack + b.slack
            AND a.source <> b.source AND b.trust <= a.trust AND len(b.doubts) = 0
            AND coalesce(f.until < b.valid_from, true)) AS is_ahead
    FROM lines AS a JOIN lines AS b ON a.model_id = b.model_id AND a.offer = b.offer AND a.kind = b.kind
    LEFT JOIN followed AS f ON a.source = f.source AND a.provider = f.provider
    GROUP BY a.model_id, a.offer, a.teller, b.teller
), asked_elsewhere AS MATERIALIZED (
    SELECT e.model_id, e.offer, e.teller, list(DISTINCT o.source) AS sources
    FROM entries AS e JOIN entries AS o ON e.model_id = o.model_id AND e.pair = o.pair AND e.offer <> o.offer
        AND e.fresh_day - o.seen_day < {stale_days}
    WHERE e.is_makers AND NOT e.is_part GROUP BY e.model_id, e.offer, e.teller
), backed AS NOT MATERIALIZED (
    SELECT e.model_id, e.offer, e.teller, max(m.seen_day) AS freshest_day,
        bool_or(m.is_ahead) AS is_left_behind,
        len(list_distinct(list(m.source) FILTER (m.agrees AND e.seen_day - m.seen_day < {stale_days})
            || coalesce(any_value(a.sources), []))) AS supporters,
        count(DISTINCT m.source) FILTER (m.agrees) AS ever
    FROM entries AS e JOIN meetings AS m ON e.model_id = m.model_id AND e.offer = m.offer AND e.teller = m.teller
    LEFT JOIN asked_elsewhere AS a ON e.model_id = a.model_id AND e.offer = a.offer AND e.teller = a.teller
    GROUP BY e.model_id, e.offer, e.teller
), placed AS MATERIALIZED (
    SELECT e.*, b.supporters, b.ever, b.is_left_behind, (b.freshest_day - e.seen_day) // {stale_days} AS age,
        {'is_ordinary': NOT is_override, 'is_doubtful': is_doubtful, 'trust': trust, 'is_part': is_part,
            'is_left_behind': is_left_behind, 'age': age,
            'alone': -supporters, 'unchanged': -changed_day, 'ever': -ever, 'unshown': -shown_day, 'unseen': -seen_day,
            'lacks': -kinds, 'length': length(coalesce(entry, '')), 'source': source, 'entry': entry, 'scope': scope}
            AS place,
        {'is_doubtful': is_doubtful, 'is_part': is_part, 'trust': trust, 'age': age, 'is_left_behind': is_left_behind,
            'supporters': supporters, 'changed_day': changed_day, 'ever': ever, 'shown_day': shown_day,
            'seen_day': seen_day, 'kinds': kinds} AS compared
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
    SELECT model_id, offer, arg_min(compared, place) FILTER (NOT agrees) AS rival,
        any_value(compared) FILTER (leads) AS front, count(*) AS tellers
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
    source, scope, entry, valid_from, until, doubts, sources AS source_count, seen_day, is_chosen AS chosen,
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
        WHEN is_chosen AND rival.is_left_behind AND NOT front.is_left_behind THEN 'change_before_left_behind'
        WHEN is_chosen AND rival.age > front.age THEN 'fresh_before_stale'
        WHEN is_chosen AND rival.supporters < front.supporters THEN 'many_before_one'
        WHEN is_chosen AND rival.changed_day < front.changed_day THEN 'last_changed'
        WHEN is_chosen AND rival.ever < front.ever THEN 'many_of_all_times'
        WHEN is_chosen AND rival.shown_day < front.shown_day THEN 'last_begun'
        WHEN is_chosen AND rival.seen_day < front.seen_day THEN 'last_seen'
        WHEN is_chosen AND rival.kinds < front.kinds THEN 'fuller_listing'
        WHEN is_chosen THEN 'plainest_listing'
        WHEN led_amount IS NULL THEN 'not_of_chosen_offer'
        WHEN amount = led_amount THEN 'same_as_chosen'
        WHEN abs(amount - led_amount) <= slack + led_slack THEN 'agrees_with_chosen'
        ELSE 'disagrees_with_chosen' END AS rule
FROM ranked
