-- The rows of scores as they were at the time t. A result that a source states at two addresses is the one seen last.
-- in:  {at}: see choice/; {columns}
-- A result holds from the day on which it was measured, where the source states one: it was known then, though this
-- warehouse read it later. A source that was captured since that day without the result had not published it yet.
-- The time is asked once by itself, so that what is no time is an error also where no row is left to hold against it.
-- `to_days(0)` makes a TIMESTAMP of the day: a cast would be turned round, and 'infinity' has no day.
-- A condition on the model or the benchmark reaches the scans: both are among the keys of the windows, and captures
-- are looked up for the rows that are left. The first sight of a result is a window: one that nobody asks is not made.
SELECT {columns}
FROM (
    SELECT *, min(valid_from) OVER (PARTITION BY model_id, score_id) AS first_seen
    FROM internal.scores WHERE superseded_at IS NULL
) AS s LEFT JOIN benchmarks AS b ON s.benchmark_id = b.benchmark_id
LEFT JOIN LATERAL (
    SELECT max(captured_at) FILTER (captured_at <= {at}) AS last_seen,
        CASE WHEN bool_or(captured_at = s.valid_from)
            THEN max(captured_at) FILTER (captured_at < s.valid_from) END AS before
    FROM internal.capture_scopes AS o WHERE o.source = s.source AND o.scope = s.scope
) AS c ON true
WHERE (SELECT {at}) IS NOT NULL AND (s.valid_to IS NULL OR s.valid_to > {at})
    AND (s.valid_from <= {at} OR (s.measured_on + to_days(0) <= {at} AND coalesce(s.measured_on > c.before, true)))
QUALIFY row_number() OVER (
    PARTITION BY s.model_id, s.benchmark_id, b.name, s.comparability_key, s.group_key, s.score_id
    ORDER BY c.last_seen DESC, s.valid_from DESC, s.scope) = 1
