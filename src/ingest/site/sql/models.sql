-- One row for each model, the newest first, with what it costs and how much is known of it.
-- in:  models, reference_prices, scores, chosen_prices, conflicts
WITH scored AS (
    SELECT model_id, count(*) AS scores, count(DISTINCT benchmark_id) AS benchmarks FROM scores GROUP BY model_id
), sold AS (
    SELECT model_id, count(DISTINCT provider) AS offered_by, count(*) FILTER (len(doubts) > 0) AS doubtful_prices
    FROM chosen_prices GROUP BY model_id
), disputed AS (
    SELECT model_id, count(*) AS conflicts FROM conflicts GROUP BY model_id
)
SELECT m.*, r.input_usd_per_million_tokens AS input_usd, r.output_usd_per_million_tokens AS output_usd,
    r.blended_usd_per_million_tokens AS blended_usd, r.rule AS price_rule, coalesce(s.scores, 0) AS scores,
    coalesce(s.benchmarks, 0) AS benchmarks, coalesce(o.offered_by, 0) AS offered_by,
    coalesce(o.doubtful_prices, 0) AS doubtful_prices, coalesce(d.conflicts, 0) AS conflicts
FROM models AS m LEFT JOIN reference_prices AS r USING (model_id) LEFT JOIN scored AS s USING (model_id)
LEFT JOIN sold AS o USING (model_id) LEFT JOIN disputed AS d USING (model_id)
ORDER BY m.release_date DESC NULLS LAST, m.name, m.model_id
