-- One row for each comparability_key, model and version, with its rank.
-- in:  {scores}, {models}; benchmarks
-- The benchmark is the one that the key names: a subset or a way of prompting can be told by a name or by a condition.
-- A result that several sources tell (values within their rounding) is one result. Of further results of one model the
-- shown one is chosen in this order: measured by others than the maker, the newest, the most exact.
-- `rank` is 1 + the number of other models with a better row.
-- `differs_from_above`: two results differ when their distance is more than what rounding can hide and the 95% margin of
-- their difference, 1.96 * sqrt(e1^2 + e2^2). The standard error e of a result is the one that is stated, else what its
-- interval implies, else that of a share of n_items answers, else 0.
WITH rows AS (
    SELECT s.comparability_key, s.model_id, s.version, b.benchmark_id, b.name AS benchmark, s.group_key, s.unit, s.score,
        coalesce(s.score_low, s.score) AS low, coalesce(s.score_high, s.score) AS high, s.stderr, s.ci_low, s.ci_high,
        s.ci_level, s.n_items, s.measured_by, s.measured_on, s.self_reported, s.source, s.score_id, s.valid_from,
        CASE WHEN b.higher_is_better = false THEN -s.score ELSE s.score END AS goodness
    FROM {scores} AS s JOIN benchmarks AS b ON split_part(s.comparability_key, '|', 1) = b.benchmark_id
    WHERE s.comparability_key IS NOT NULL
), marked AS (
    SELECT *, coalesce(low > max(high) OVER (own ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) + 1e-9, false)
        AS begins
    FROM rows WINDOW own AS (PARTITION BY benchmark_id, benchmark, comparability_key, model_id, version ORDER BY low, high)
), numbered AS (
    SELECT *, sum(begins::INT) OVER (PARTITION BY benchmark_id, benchmark, comparability_key, model_id, version
        ORDER BY low, high ROWS UNBOUNDED PRECEDING) AS island
    FROM marked
), results AS (
    SELECT benchmark_id, benchmark, comparability_key, model_id, version, island,
        list(DISTINCT source ORDER BY source) AS stated_by, list(score_id ORDER BY score_id) AS score_ids,
        arg_min({'group_key': group_key, 'unit': unit, 'score': score, 'low': low, 'high': high,
            'measured_by': measured_by, 'measured_on': measured_on, 'self_reported': self_reported,
            'goodness': goodness},
            {'who': CASE self_reported WHEN false THEN 0 WHEN true THEN 2 ELSE 1 END, 'width': high - low,
            'source': source, 'score_id': score_id}) AS shown,
        max(stderr) AS stderr, max(n_items) AS n_items, min(ci_low) AS ci_low, max(ci_high) AS ci_high,
        max(ci_level) AS ci_level,
        min(CASE self_reported WHEN false THEN 0 WHEN true THEN 2 ELSE 1 END) AS who,
        max(coalesce(measured_on, valid_from::DATE)) AS newest, min(high - low) AS width
    FROM numbered GROUP BY ALL
), placed AS (
    SELECT *, row_number() OVER w AS place,
        list({'score': shown.score, 'measured_by': shown.measured_by, 'measured_on': shown.measured_on,
            'self_reported': shown.self_reported, 'stated_by': stated_by, 'score_ids': score_ids}) OVER (
            PARTITION BY benchmark_id, benchmark, comparability_key, model_id, version
            ORDER BY who, newest DESC, width, island ROWS BETWEEN 1 FOLLOWING AND UNBOUNDED FOLLOWING) AS further,
        lead(who) OVER w AS next_who, lead(newest) OVER w AS next_newest
    FROM results
    WINDOW w AS (PARTITION BY benchmark_id, benchmark, comparability_key, model_id, version
        ORDER BY who, newest DESC, width, island)
), chosen AS (
    SELECT * EXCLUDE (shown), unnest(shown),
        CASE WHEN next_who IS NULL THEN NULL WHEN next_who > who THEN 'independent before self-reported'
            WHEN next_newest < newest THEN 'the newest' ELSE 'the most exact' END AS chosen_by
    FROM placed WHERE place = 1
), errors AS (
    SELECT *, row_number() OVER (PARTITION BY benchmark_id, benchmark, comparability_key, model_id
            ORDER BY goodness DESC, version NULLS FIRST) = 1 AS is_best,
        CASE WHEN stderr IS NOT NULL THEN stderr
            WHEN ci_low IS NOT NULL AND ci_high IS NOT NULL THEN (ci_high - ci_low) / 2
                / CASE WHEN ci_level >= 0.985 THEN 2.576 WHEN ci_level < 0.925 THEN 1.645 ELSE 1.96 END
            WHEN n_items > 0 AND unit = 'percent' AND score BETWEEN 0 AND 100
                THEN sqrt(score * (100 - score) / n_items) END AS error,
        CASE WHEN stderr IS NOT NULL THEN 'standard error' WHEN ci_low IS NOT NULL AND ci_high IS NOT NULL
            THEN 'interval' WHEN n_items > 0 AND unit = 'percent' THEN 'number of items' ELSE 'rounding' END AS basis
    FROM chosen
), ranked AS (
    SELECT *, coalesce(sum(is_best::INT) OVER (PARTITION BY benchmark_id, benchmark, comparability_key
            ORDER BY goodness DESC GROUPS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0) AS better,
        sum(is_best::INT) OVER (PARTITION BY benchmark_id, benchmark, comparability_key) AS models,
        max(goodness) OVER (PARTITION BY benchmark_id, benchmark, comparability_key, model_id) > goodness AS has_better,
        lag({'score': score, 'half': (high - low) / 2, 'error': error, 'basis': basis}) OVER (
            PARTITION BY benchmark_id, benchmark, comparability_key ORDER BY goodness DESC, model_id,
            version NULLS FIRST) AS above
    FROM errors
)
SELECT r.comparability_key, CAST(1 + r.better - r.has_better::INT AS BIGINT) AS rank, CAST(r.models AS BIGINT) AS models,
    r.model_id, r.version, m.name AS model, r.benchmark_id, r.benchmark, r.group_key, r.score, r.low AS score_low,
    r.high AS score_high, r.stderr, r.unit,
    abs(r.above.score - r.score) - r.above.half - (r.high - r.low) / 2
        > 1.96 * sqrt(pow(coalesce(r.above.error, 0), 2) + pow(coalesce(r.error, 0), 2)) AS differs_from_above,
    CASE WHEN r.above IS NULL THEN NULL WHEN r.above.basis = r.basis THEN r.basis
        ELSE r.above.basis || ' against ' || r.basis END AS difference_basis,
    r.measured_by, r.measured_on, r.self_reported, r.stated_by, r.score_ids,
    CASE WHEN r.chosen_by IS NULL THEN [] ELSE list_transform(r.further, lambda other: struct_insert(other,
        chosen := r.chosen_by)) END AS others
FROM ranked AS r JOIN {models} AS m ON r.model_id = m.model_id
