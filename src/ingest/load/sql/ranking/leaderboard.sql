-- One row for each comparability_key, model and version, with its rank.
-- in:  {rows}: see rows.sql; {repeated}: the rankings and models that have several rows; {before}: their rows as common
--      table expressions (several.sql); {together}: what adds those to the rows of models that have one. Both are empty
--      where no model has several; {error}: see error.sql.
-- `rank` is 1 + the number of other models with a better row. {by} either parts the rows by ranking, so that a
-- condition on it reaches the scan, or orders all rows by it, which costs less where every ranking is wanted.
-- `differs_from_above`: two results differ when their distance is more than what rounding can hide and the 95% margin
-- of their difference, 1.96 * sqrt(e1^2 + e2^2). The standard error e of a result is the one that is stated, else
-- what its interval implies, else that of a share of n_items answers, else 0.
WITH {before} results AS MATERIALIZED (
    SELECT benchmark_id, comparability_key, group_key, model_id, version, score_id, unit, score, low, high, stderr,
        ci_low, ci_high, ci_level, n_items, measured_by, measured_on, self_reported, [source] AS stated_by,
        [score_id] AS score_ids, NULL AS others, goodness, true AS is_best, false AS has_better
    FROM {rows} ANTI JOIN {repeated} USING (benchmark_id, comparability_key, model_id)
    {together}
), errors AS (
    SELECT benchmark_id, comparability_key, model_id, version, score_id, score, (high - low) / 2 AS half, goodness,
        is_best, has_better,
        {error} AS error,
        CASE WHEN stderr IS NOT NULL THEN 'standard error' WHEN ci_low IS NOT NULL AND ci_high IS NOT NULL
            THEN 'interval' WHEN n_items > 0 AND unit = 'percent' THEN 'number of items' ELSE 'rounding' END AS basis
    FROM results
), ordered AS MATERIALIZED (
    SELECT benchmark_id, comparability_key, score_id, is_best, has_better,
        coalesce(sum(is_best::INT) OVER ({by} goodness DESC
            RANGE BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW EXCLUDE GROUP), 0) AS better,
        lag(comparability_key) OVER w IS DISTINCT FROM comparability_key AS is_first,
        abs(lag(score) OVER w - score) - lag(half) OVER w - half
            > 1.96 * sqrt(pow(lag(error) OVER w, 2) + pow(error, 2)) AS differs_from_above,
        CASE WHEN lag(basis) OVER w = basis THEN basis ELSE lag(basis) OVER w || ' against ' || basis END
            AS difference_basis
    FROM errors WINDOW w AS ({by} goodness DESC, model_id, version NULLS FIRST)
), sizes AS (
    SELECT benchmark_id, comparability_key, count(*) FILTER (is_best) AS models, min(better) AS better_of_first
    FROM ordered GROUP BY benchmark_id, comparability_key
)
SELECT r.comparability_key, CAST(1 + k.better - z.better_of_first - k.has_better::INT AS BIGINT) AS rank, z.models,
    r.model_id, r.version, r.benchmark_id, r.group_key, r.score, r.low AS score_low, r.high AS score_high, r.stderr,
    r.unit, CASE WHEN NOT k.is_first THEN k.differs_from_above END AS differs_from_above,
    CASE WHEN NOT k.is_first THEN k.difference_basis END AS difference_basis, r.measured_by, r.measured_on,
    r.self_reported, r.stated_by, r.score_ids, coalesce(r.others, []) AS others
FROM results AS r
JOIN ordered AS k ON r.benchmark_id = k.benchmark_id AND r.comparability_key = k.comparability_key
    AND r.score_id = k.score_id
JOIN sizes AS z ON r.benchmark_id = z.benchmark_id AND r.comparability_key = z.comparability_key
