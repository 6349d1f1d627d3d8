-- Each row of the leaderboard beside what its model costs; NULL where nobody sells it.
-- in:  leaderboard, benchmarks; {reference}: the query of reference_prices, which sorts behind this view: by its name
--      IMPORT DATABASE would fail
-- DuckDB 1.1 cannot list the views of a file where one has a window of GROUPS, so the window leaves out its own group.
-- A row is on the frontier where no other row of its ranking is both better and cheaper.
WITH priced AS (
    SELECT l.*, p.input_usd_per_million_tokens, p.output_usd_per_million_tokens, p.blended_usd_per_million_tokens,
        p.rule AS price_rule, CASE WHEN b.higher_is_better = false THEN -l.score ELSE l.score END AS goodness
    FROM leaderboard AS l LEFT JOIN ({reference}) AS p USING (model_id)
    LEFT JOIN benchmarks AS b USING (benchmark_id)
), cheaper AS (
    SELECT *, max(goodness) OVER (PARTITION BY benchmark_id, benchmark, comparability_key,
            blended_usd_per_million_tokens IS NULL
        ORDER BY blended_usd_per_million_tokens RANGE BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW EXCLUDE GROUP)
            AS best_of_cheaper
    FROM priced
)
SELECT comparability_key, benchmark_id, benchmark, group_key, rank, models, model_id, version, model, score, unit,
    self_reported, input_usd_per_million_tokens, output_usd_per_million_tokens, blended_usd_per_million_tokens,
    price_rule,
    CASE WHEN blended_usd_per_million_tokens IS NOT NULL THEN coalesce(best_of_cheaper <= goodness, true) END
        AS on_frontier
FROM cheaper
