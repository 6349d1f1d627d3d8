-- Statements of prices of input and output over time, of the base offer or a promotion, one row for each seller.
-- in:  price_history, providers, sources
-- `stated_to` is the end of a statement, or for one that holds the last capture of its source.
SELECT h.model_id, h.version, coalesce(p.name, h.provider, 'seller not stated') AS seller, h.kind,
    h.usd_per_million_tokens AS usd, h.source, h.valid_from, h.valid_to,
    coalesce(h.valid_to, o.last_captured_at) AS stated_to, h.tier,
    h.tier_from IS NOT NULL OR h.tier_until IS NOT NULL AS is_promotion, len(coalesce(h.doubts, [])) > 0 AS is_doubtful
FROM price_history AS h LEFT JOIN providers AS p USING (provider)
LEFT JOIN sources AS o USING (source)
WHERE h.kind IN ('input', 'output') AND h.usd_per_million_tokens IS NOT NULL
    AND (h.tier IS NULL OR h.tier_from IS NOT NULL OR h.tier_until IS NOT NULL)
    AND h.valid_from IS NOT NULL
GROUP BY ALL ORDER BY h.model_id, seller, h.kind, h.valid_from, h.valid_to, usd
