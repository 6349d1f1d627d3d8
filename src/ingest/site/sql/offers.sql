-- The prices that stand for what each seller sells, those of one offer together.
-- in:  chosen_prices, providers
SELECT c.model_id, c.version, c.provider, coalesce(p.name, c.provider) AS seller, p.kind AS seller_kind, c.kind, c.tier,
    c.tier_from, c.tier_until, c.unit, c.currency, c.amount, c.usd_per_million_tokens AS usd, c.source, c.source_count,
    c.capture_id, c.locator, c.valid_from, c.raw_text, c.doubts, c.rule
FROM chosen_prices AS c LEFT JOIN providers AS p USING (provider)
ORDER BY c.model_id, seller NULLS FIRST, c.version NULLS FIRST, c.tier NULLS FIRST, c.kind
