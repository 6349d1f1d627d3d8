-- Every statement of a result, with when the source stated it.
-- in:  internal.scores, benchmarks
SELECT {columns} FROM internal.scores AS s LEFT JOIN benchmarks AS b USING (benchmark_id) WHERE s.superseded_at IS NULL
