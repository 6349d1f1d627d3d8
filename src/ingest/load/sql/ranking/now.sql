-- The results that sources state now of the benchmarks of one part, as rankings look at them.
-- in:  internal.scores; {touched}: see touched.sql; {part}: its number; {rows}: see rows.sql, over the results `now`
-- out: {out}; {repeated}: the rankings and models that have several rows
-- A result that a source states at two addresses is the one seen last, as in scores_as_of.sql.
CREATE OR REPLACE TEMP TABLE {out} AS
WITH stated AS MATERIALIZED (
    SELECT s.source, s.scope, s.score_id, s.model_id, s.version, s.benchmark_id, s.comparability_key, s.group_key,
        s.unit, s.score, s.score_low, s.score_high, s.stderr, s.ci_low, s.ci_high, s.ci_level, s.n_items, s.measured_by,
        s.measured_on, s.self_reported, s.valid_from, s.parallel_compute, s.metric
    FROM internal.scores AS s
    SEMI JOIN (SELECT benchmark_id FROM {touched} WHERE part = {part}) AS t
        ON split_part(s.comparability_key, '|', 1) = t.benchmark_id
    WHERE s.superseded_at IS NULL AND s.valid_to IS NULL
), twice AS MATERIALIZED (
    SELECT score_id FROM stated GROUP BY score_id HAVING count(*) > 1
), now AS (
    SELECT * FROM stated ANTI JOIN twice USING (score_id)
    UNION ALL
    SELECT * EXCLUDE (last_seen) FROM (
        SELECT s.*, c.last_seen FROM (FROM stated SEMI JOIN twice USING (score_id)) AS s
        JOIN (SELECT source, scope, max(captured_at) AS last_seen FROM internal.capture_scopes GROUP BY source, scope)
            AS c ON s.source = c.source AND s.scope = c.scope
    )
    QUALIFY row_number() OVER (PARTITION BY score_id, model_id, benchmark_id, comparability_key, group_key
        ORDER BY last_seen DESC, valid_from DESC, scope) = 1
)
{rows};
CREATE OR REPLACE TEMP TABLE {repeated} AS
    SELECT benchmark_id, comparability_key, model_id FROM {out} GROUP BY ALL HAVING count(*) > 1;
