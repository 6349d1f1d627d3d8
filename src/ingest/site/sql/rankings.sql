-- The rankings without reserve, row by row, with margins of error and what the models cost.
-- in:  leaderboard, price_performance, scores, benchmarks; {error}: the standard error of a row
-- The order is that by which `differs_from_above` compares.
WITH margins AS (
    SELECT score_id, nullif(1.96 * ({error}), 0) AS margin FROM scores
), told AS (
    SELECT t.comparability_key, t.model_id, t.version, max(m.margin) AS margin
    FROM (SELECT comparability_key, model_id, version, unnest(score_ids) AS score_id FROM leaderboard) AS t
    JOIN margins AS m USING (score_id) GROUP BY ALL
)
SELECT l.* EXCLUDE (others), len(l.others) AS others, t.margin, p.input_usd_per_million_tokens AS input_usd,
    p.output_usd_per_million_tokens AS output_usd, p.blended_usd_per_million_tokens AS blended_usd, p.price_rule,
    p.on_frontier
FROM leaderboard AS l
LEFT JOIN told AS t ON l.comparability_key = t.comparability_key AND l.model_id = t.model_id
    AND l.version IS NOT DISTINCT FROM t.version
LEFT JOIN price_performance AS p ON l.comparability_key = p.comparability_key AND l.model_id = p.model_id
    AND l.version IS NOT DISTINCT FROM p.version
LEFT JOIN benchmarks AS b ON l.benchmark_id = b.benchmark_id
ORDER BY l.benchmark_id, l.models DESC, l.comparability_key,
    CASE WHEN b.higher_is_better = false THEN l.score ELSE -l.score END, l.model_id, l.version NULLS FIRST
