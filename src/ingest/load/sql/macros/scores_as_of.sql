-- The rows of scores as they were at the time t.
-- in:  {last_captures}, {holds}: see choice/; {columns}
WITH {last_captures}
SELECT {columns}
FROM internal.scores AS s JOIN last_captures AS c ON s.source = c.source AND s.scope = c.scope
LEFT JOIN benchmarks AS b ON s.benchmark_id = b.benchmark_id
WHERE {holds}
