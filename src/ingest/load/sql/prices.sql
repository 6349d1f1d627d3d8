-- Prices as rows of prices, before they are judged: those with numbers from $first to $last.
-- in:  {prices}, {captures}: what was read; {named}: which model each entry speaks of; {versions}: the tier in which a
--      seller's listings of one model are told apart, for those whose name tells no version; {tier_parts}
-- A price that begins after its capture is announced: its tier says from when.
SELECT p.entry AS entry_number, p.problem, c.source, n.scope, n.entry_key AS entry, n.model_id, n.version,
    n.model_listed, p.provider, p.kind,
    nullif(concat_ws(', ', CASE WHEN n.version IS NULL THEN coalesce(v.told, p.tier) ELSE p.tier END,
        CASE WHEN p.stated_from > c.captured_at::DATE THEN 'from ' || p.stated_from END), '') AS tier,
    {tier_parts}, p.unit,
    CASE WHEN p.stated_from <= c.captured_at::DATE THEN p.stated_from END AS stated_from, p.stated_to,
    p.usd_per_million_tokens, p.amount, p.currency, p.raw_text, p.locator, p.capture_id, p.doubts
FROM {prices} AS p JOIN {named} AS n USING (capture_id, entry) JOIN {captures} AS c USING (capture_id)
LEFT JOIN {versions} AS v ON p.capture_id = v.capture_id AND p.entry = v.entry
    AND p.provider IS NOT DISTINCT FROM v.provider AND p.tier IS NOT DISTINCT FROM v.tier
WHERE p.rowid BETWEEN $first AND $last AND (p.amount IS NOT NULL OR p.problem IS NOT NULL)
ORDER BY p.rowid
