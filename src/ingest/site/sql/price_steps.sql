-- Where a listing changed a base price or announced a promotion, one row each, the largest change first.
-- in:  price_history, providers, models
-- A change is a statement that ends when the next one of the same listing begins.
WITH told AS (
    SELECT h.*, lead(h.usd_per_million_tokens) OVER w AS next_usd, lead(h.valid_from) OVER w AS next_from,
        lead(h.doubts) OVER w AS next_doubts, lead(h.capture_id) OVER w AS next_capture,
        lead(h.locator) OVER w AS next_locator, lead(h.tier_until) OVER w AS next_until
    FROM price_history AS h WHERE h.usd_per_million_tokens IS NOT NULL
    WINDOW w AS (PARTITION BY h.model_id, h.version, h.model_listed, h.provider, h.source, h.kind, h.tier
        ORDER BY h.valid_from, h.valid_to)
)
SELECT t.model_id, m.name AS model, t.version, coalesce(p.name, t.provider) AS seller, t.kind, t.tier,
    t.usd_per_million_tokens AS old_usd, t.next_usd AS new_usd, t.valid_to AS changed_at, t.source,
    t.next_capture AS capture_id, t.next_locator AS locator, t.next_until AS tier_until,
    list_distinct(list_concat(coalesce(t.doubts, []), coalesce(t.next_doubts, []))) AS doubts,
    t.next_usd / nullif(t.usd_per_million_tokens, 0) AS factor
FROM told AS t JOIN models AS m USING (model_id) LEFT JOIN providers AS p USING (provider)
WHERE t.valid_to = t.next_from AND t.next_usd <> t.usd_per_million_tokens
ORDER BY abs(ln((t.next_usd + 1e-9) / (t.usd_per_million_tokens + 1e-9))) DESC, m.name,
    seller, t.kind, changed_at, t.tier
