-- The best result of each model in each group, with its margin of error.
-- in:  standings, scores; {error}: the standard error of a row
WITH margins AS (
    SELECT score_id, nullif(1.96 * ({error}), 0) AS margin FROM scores
), told AS (
    SELECT t.group_key, t.model_id, max(m.margin) AS margin
    FROM (SELECT group_key, model_id, unnest(score_ids) AS score_id FROM standings) AS t
    JOIN margins AS m USING (score_id) GROUP BY ALL
)
SELECT s.*, t.margin FROM standings AS s LEFT JOIN told AS t USING (group_key, model_id)
ORDER BY s.benchmark_id, s.models DESC, s.group_key, s.rank, s.model, s.model_id
