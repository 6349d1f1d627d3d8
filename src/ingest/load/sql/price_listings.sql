-- Listings of one model that a seller has beside each other in one tier, to tell them apart by version.
-- in:  {prices}, {entries}: what was read; {named}: which model each entry speaks of
SELECT p.capture_id, p.provider, p.tier, list(DISTINCT struct_pack(entry := p.entry, key := e.source_key)) AS listed
FROM {prices} AS p JOIN {named} AS n USING (capture_id, entry) JOIN {entries} AS e USING (capture_id, entry)
WHERE p.amount IS NOT NULL AND p.problem IS NULL AND e.source_key IS NOT NULL
GROUP BY n.model_id, p.capture_id, p.provider, p.tier
QUALIFY max(count(DISTINCT p.entry)) OVER (PARTITION BY n.model_id, p.capture_id, p.provider) > 1
ORDER BY length(coalesce(p.tier, '')), p.tier
