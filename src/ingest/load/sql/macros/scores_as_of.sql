-- The rows of scores as they were at the time t. A result that a source states at two addresses is the one seen last.
-- in:  {last_captures}, {at}: see choice/; {columns}
-- A result holds from the day on which it was measured, where the source states one: it was known then, though this
-- warehouse read it later. A source that was captured since that day without the result had not published it yet.
-- `to_days(0)` makes a TIMESTAMP of the day: a cast would be turned round, and 'infinity' has no day.
-- A condition on the model or the benchmark reaches the scan: both are among the keys of the window.
WITH {last_captures}, captured AS NOT MATERIALIZED (
    SELECT source, scope, captured_at, lag(captured_at) OVER (PARTITION BY source, scope ORDER BY captured_at) AS before
    FROM (SELECT DISTINCT source, scope, captured_at FROM internal.capture_scopes)
)
SELECT {columns}
FROM internal.scores AS s LEFT JOIN last_captures AS c ON s.source = c.source AND s.scope = c.scope
LEFT JOIN captured AS f ON s.source = f.source AND s.scope = f.scope AND s.valid_from = f.captured_at
LEFT JOIN benchmarks AS b ON s.benchmark_id = b.benchmark_id
WHERE s.superseded_at IS NULL AND (s.valid_to IS NULL OR s.valid_to > {at})
    AND (s.valid_from <= {at} OR (s.measured_on + to_days(0) <= {at} AND coalesce(s.measured_on > f.before, true)))
QUALIFY row_number() OVER (
    PARTITION BY s.model_id, s.benchmark_id, b.name, s.comparability_key, s.group_key, s.score_id
    ORDER BY c.last_seen DESC, s.valid_from DESC, s.scope) = 1
