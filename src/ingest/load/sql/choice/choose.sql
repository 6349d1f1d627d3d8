-- What stands at a time, with `chosen` and `rule`.
-- in:  {in_lists}: whether a claim is a list that is put together; {features}, {inputs}: see features.sql; {standing}:
--      see standing.sql and offered.sql; {weighed}: see weighed.sql; {same}: see rivals.sql; {columns}
WITH {standing}, {weighed}, inputs AS (
    {inputs}
), judged AS (
    SELECT *, row_number() OVER (PARTITION BY model_id, field ORDER BY verdict) AS final, count(*) OVER g AS times,
        bool_and(agrees) OVER g AS unanimous, count(DISTINCT value) OVER g AS values_said,
        bool_or(NOT agrees AND preference > best.preference) OVER g AS preference_decided,
        bool_or(NOT agrees AND preference >= 1) OVER g AS host_beaten,
        bool_or(NOT agrees AND preference = 0.75) OVER g AS outdone_beaten,
        bool_or(NOT agrees AND preference >= 2) OVER g AND best.preference < 2 AS late_beaten,
        bool_or(NOT agrees AND trust > best.trust) OVER g AS trust_decided,
        bool_or(NOT agrees AND age > best.age) OVER g AS age_decided,
        bool_or(NOT agrees AND supporters < best.supporters) OVER g AS support_decided,
        bool_or(NOT agrees AND is_slip > best.is_slip) OVER g AS slip_decided,
        bool_or(NOT agrees AND sellers < best.sellers) OVER g AS sellers_decided
    FROM weighed WINDOW g AS (PARTITION BY model_id, field)
), alike AS (
    SELECT *, count(*) OVER (PARTITION BY model_id, field) AS times FROM standing WHERE NOT contested AND NOT {in_lists}
), same AS (
    {same}
), same_ranked AS (
    SELECT *, row_number() OVER (PARTITION BY model_id, field
        ORDER BY is_override DESC NULLS LAST, width, trust, seen_day DESC, source, scope, entry) AS final
    FROM same
)
SELECT {columns}, final = 1 AS chosen,
    CASE WHEN times = 1 THEN 'only_claim'
        WHEN is_override AND final = 1 THEN 'override: ' || override_reason
        WHEN final = 1 AND values_said = 1 THEN 'sources_agree'
        WHEN final = 1 AND is_voted THEN 'day_of_most'
        WHEN final = 1 AND unanimous THEN 'most_precise'
        WHEN final = 1 AND preference_decided AND field = 'open_weights' THEN
            CASE WHEN value = 'true' THEN 'weights_somewhere_are_open' ELSE 'maker_before_host' END
        WHEN final = 1 AND preference_decided AND field = 'release_date' THEN 'earliest_release'
        WHEN final = 1 AND preference_decided AND field = 'context_tokens' AND best.preference >= 1 THEN
            'largest_of_hosts'
        WHEN final = 1 AND preference_decided AND field = 'context_tokens' AND outdone_beaten THEN
            'window_of_most_input'
        WHEN final = 1 AND preference_decided AND field = 'context_tokens' AND NOT host_beaten THEN
            'window_before_most_input'
        WHEN final = 1 AND preference_decided AND field = 'knowledge_cutoff' AND late_beaten THEN
            'cutoff_before_release'
        WHEN final = 1 AND preference_decided AND field IN ('context_tokens', 'knowledge_cutoff') THEN
            'maker_before_host'
        WHEN final = 1 AND preference_decided AND field = 'max_output_tokens' THEN 'maker_before_host_or_filler'
        WHEN final = 1 AND preference_decided AND field IN ('parameters', 'active_parameters') THEN
            CASE best.preference WHEN 0 THEN 'family_before_stated' ELSE 'stated_before_derived' END
        WHEN final = 1 AND preference_decided AND late_beaten THEN 'stated_before_derived'
        WHEN final = 1 AND preference_decided THEN 'last_end'
        WHEN final = 1 AND trust_decided THEN 'maker_before_aggregator'
        WHEN final = 1 AND age_decided THEN 'fresh_before_stale'
        WHEN final = 1 AND support_decided THEN 'many_before_one'
        WHEN final = 1 AND slip_decided THEN 'round_before_slip'
        WHEN final = 1 AND sellers_decided THEN 'many_sellers_before_one'
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
FROM alike WHERE times = 1
UNION ALL
SELECT {columns}, is_used, CASE WHEN is_used THEN 'put_together' WHEN field = 'features_doubted' THEN 'doubtful'
    ELSE 'of_an_offer_alone' END
FROM (
    SELECT s.*, field NOT IN ('features_of_offer', 'features_of_inputs', 'features_doubted')
        OR coalesce(list_has_any(CAST(CAST(value AS JSON) AS VARCHAR[]), f.there), false) AS is_used
    FROM standing AS s LEFT JOIN (
        SELECT model_id, list(feature) FILTER (is_there) AS there FROM ({features}) GROUP BY model_id
    ) AS f ON s.model_id = f.model_id WHERE {in_lists}
)
