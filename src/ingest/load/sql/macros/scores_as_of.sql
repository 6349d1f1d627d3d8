-- The rows of scores as they were at the time t. A result that a source states at two addresses is the one seen last.
-- in:  {last_captures}, {holds}: see choice/; {columns}
-- A condition on the model or the benchmark reaches the scan: both are among the keys of the window.
WITH {last_captures}
SELECT {columns}
FROM internal.scores AS s JOIN last_captures AS c ON s.source = c.source AND s.scope = c.scope
LEFT JOIN benchmarks AS b ON s.benchmark_id = b.benchmark_id
WHERE {holds}
QUALIFY row_number() OVER (
    PARTITION BY s.model_id, s.benchmark_id, b.name, s.comparability_key, s.group_key, s.score_id
    ORDER BY c.last_seen DESC, s.valid_from DESC, s.scope) = 1
