-- Each source: how fresh it is, what it states, and whom to name.
-- in:  sources, captures, claims, scores, prices
SELECT s.*, k.captures, k.rejected, coalesce(c.models, 0) AS models, coalesce(r.scores, 0) AS scores,
    coalesce(p.prices, 0) AS prices
FROM sources AS s
LEFT JOIN (SELECT source, count(*) AS captures, count(*) FILTER (status = 'rejected') AS rejected FROM captures
    GROUP BY source) AS k USING (source)
LEFT JOIN (SELECT source, count(DISTINCT model_id) AS models FROM claims
    WHERE superseded_at IS NULL AND valid_to IS NULL GROUP BY source) AS c USING (source)
LEFT JOIN (SELECT source, count(*) AS scores FROM scores GROUP BY source) AS r USING (source)
LEFT JOIN (SELECT source, count(*) AS prices FROM prices GROUP BY source) AS p USING (source)
ORDER BY s.source
