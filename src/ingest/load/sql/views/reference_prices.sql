-- What a million tokens of each model cost: at its maker, else at the middle one of its sellers.
-- A maker sells by itself or in its own cloud; its offer for China is that of one seller of many.
-- in:  internal.judged_prices, internal.providers; {stale_days}
-- An offer is a pair of base prices of one seller, of the model itself or of its newest version; one that nobody has
-- seen for {stale_days} days, while others of the seller were, comes after them, and so does a moving name. Free offers
-- and subscriptions are no prices of tokens, and what is doubtful has no part.
WITH base AS (
    SELECT model_id, provider, coalesce(version, regexp_extract(tier, '^version ([^,]+)$', 1)) AS version,
        kind, usd_per_million_tokens, seen_day
    FROM internal.judged_prices
    WHERE chosen AND kind IN ('input', 'output') AND usd_per_million_tokens IS NOT NULL
        AND len(coalesce(doubts, [])) = 0 AND (tier IS NULL OR regexp_matches(tier, '^version [^,]+$'))
), pairs AS (
    SELECT model_id, provider, nullif(version, '') AS version,
        min(CASE WHEN kind = 'input' THEN usd_per_million_tokens END) AS input,
        min(CASE WHEN kind = 'output' THEN usd_per_million_tokens END) AS output,
        max(seen_day) AS seen_day
    FROM base GROUP BY ALL HAVING input IS NOT NULL AND output IS NOT NULL AND input + output > 0
), offers AS (
    SELECT p.*, coalesce(w.organization_id = split_part(p.model_id, '/', 1) AND NOT ends_with(w.name, '(China)'), false)
            AS is_maker, w.kind IS DISTINCT FROM 'maker' AS is_cloud, (3 * input + output) / 4 AS blended
    FROM (
        SELECT *, (max(seen_day) OVER (PARTITION BY model_id, provider) - seen_day) // {stale_days} AS age FROM pairs
    ) AS p LEFT JOIN internal.providers AS w ON p.provider = w.provider
    WHERE w.kind IS DISTINCT FROM 'subscription'
    QUALIFY row_number() OVER (PARTITION BY p.model_id, p.provider
        ORDER BY age, version IS NOT NULL, version NOT SIMILAR TO '.*[0-9].*', version DESC, input, output) = 1
), placed AS (
    SELECT *, row_number() OVER (PARTITION BY model_id ORDER BY blended, input, provider) AS place,
        count(*) OVER (PARTITION BY model_id) AS sellers, bool_or(is_maker) OVER (PARTITION BY model_id) AS has_maker
    FROM offers
)
SELECT model_id, input AS input_usd_per_million_tokens, output AS output_usd_per_million_tokens,
    blended AS blended_usd_per_million_tokens,
    CASE WHEN has_maker THEN 'maker' ELSE 'median of ' || sellers || CASE sellers WHEN 1 THEN ' seller' ELSE ' sellers'
        END END AS rule, sellers::INTEGER AS sellers
FROM placed
QUALIFY row_number() OVER (PARTITION BY model_id
    ORDER BY has_maker AND NOT is_maker, has_maker AND is_cloud,
        CASE WHEN has_maker THEN place ELSE abs(place - (sellers + 1) // 2) END) = 1
