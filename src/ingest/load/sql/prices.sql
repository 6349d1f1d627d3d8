-- Prices as rows of prices, before they are judged: those with numbers from $first to $last.
-- in:  {prices}, {captures}: what was read; {named}: which model each entry speaks of; {versions}: the tier in which a
--      seller's listings of one model are told apart, for those whose name tells no version
SELECT p.entry AS entry_number, p.problem, c.source, n.scope, n.entry_key AS entry, n.model_id, n.version,
    n.model_listed, p.provider, p.kind,
    CASE WHEN n.version IS NULL THEN coalesce(v.told, p.tier) ELSE p.tier END AS tier, {tier_parts}, p.unit,
    p.usd_per_million_tokens, p.amount, p.currency, p.raw_text, p.locator, p.capture_id, p.doubts
FROM {prices} AS p JOIN {named} AS n USING (capture_id, entry) JOIN {captures} AS c USING (capture_id)
LEFT JOIN {versions} AS v ON p.capture_id = v.capture_id AND p.entry = v.entry
    AND p.provider IS NOT DISTINCT FROM v.provider AND p.tier IS NOT DISTINCT FROM v.tier
WHERE p.rowid BETWEEN $first AND $last AND (p.amount IS NOT NULL OR p.problem IS NOT NULL)
ORDER BY p.rowid
