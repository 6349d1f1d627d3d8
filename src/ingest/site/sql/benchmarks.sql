-- The benchmarks that some result is of, with the results that rankings count to them.
-- in:  benchmarks, scores
-- The key of a result names its benchmark: of GPQA with the variant diamond that is GPQA Diamond.
SELECT b.*, s.scores, s.models, s.rankings, s.doubtful, s.sources, s.self_reported, s.independent
FROM benchmarks AS b JOIN (
    SELECT coalesce(split_part(comparability_key, '|', 1), benchmark_id) AS benchmark_id, count(*) AS scores,
        count(DISTINCT model_id) AS models,
        count(DISTINCT comparability_key) AS rankings, count(*) FILTER (len(coalesce(doubts, [])) > 0) AS doubtful,
        list(DISTINCT source ORDER BY source) AS sources, count(*) FILTER (self_reported) AS self_reported,
        count(*) FILTER (self_reported = false) AS independent
    FROM scores GROUP BY 1
) AS s USING (benchmark_id) ORDER BY b.name, b.benchmark_id
