-- The results of each model, with their margin of error and their place in the ranking of their like.
-- in:  scores, leaderboard; {error}: the standard error of a row
WITH ranked AS (
    SELECT score_id, min(rank) AS rank, any_value(models) AS ranked
    FROM (SELECT unnest(score_ids) AS score_id, rank, models FROM leaderboard) GROUP BY score_id
)
SELECT s.score_id, s.model_id, s.version,
    coalesce(split_part(s.comparability_key, '|', 1), s.benchmark_id) AS benchmark_id,
    s.benchmark, s.score, s.unit, s.score_text, s.self_reported,
    s.measured_by, s.measured_on, s.reference, s.comparability_key, s.group_key, s.description, s.description_status,
    s.source, s.capture_id, s.locator, s.doubts, s.valid_from, r.rank, r.ranked, s.stderr, s.ci_low, s.ci_high,
    s.ci_level, s.n_items, nullif(1.96 * ({error}), 0) AS margin,
    array_to_string(string_split(s.comparability_key, '|')[2:], ', ') AS settings
FROM scores AS s LEFT JOIN ranked AS r USING (score_id)
ORDER BY s.model_id, s.benchmark, s.score DESC, s.score_id
