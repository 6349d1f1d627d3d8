-- Results as rankings look at them.
-- in:  {scores}; benchmarks
-- The benchmark is the one that the key names: a subset or a way of prompting can be told by a name or by a condition.
-- `who` puts those measured by others than the maker first.
-- A result that its maker reports without a mark is left out where another source tells the same number with a mark of
-- many tries (parallel compute, cons@64): it is that result, and one source has lost the mark.
SELECT s.comparability_key, b.benchmark_id, s.group_key, s.model_id, s.version, s.score_id, s.source, s.unit, s.score,
    coalesce(s.score_low, s.score) AS low, coalesce(s.score_high, s.score) AS high, s.stderr, s.ci_low, s.ci_high,
    s.ci_level, s.n_items, s.measured_by, s.measured_on, s.self_reported,
    CASE s.self_reported WHEN false THEN 0 WHEN true THEN 2 ELSE 1 END AS who,
    coalesce(s.measured_on, s.valid_from::DATE) AS told_on,
    CASE WHEN b.higher_is_better = false THEN -s.score ELSE s.score END AS goodness
FROM {scores} AS s JOIN benchmarks AS b ON split_part(s.comparability_key, '|', 1) = b.benchmark_id
WHERE s.comparability_key IS NOT NULL AND NOT EXISTS (
    FROM {scores} AS m
    WHERE {marked_elsewhere})
