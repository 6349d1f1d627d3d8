-- What is known of each source, and how fresh it is.
-- in:  internal.sources, captures
SELECT s.*, c.last_captured_at,
    c.last_captured_at < now()::TIMESTAMP - to_days(s.freshness_days) AS is_stale
FROM internal.sources AS s JOIN (
    SELECT source, max(captured_at) FILTER (status <> 'rejected') AS last_captured_at FROM captures GROUP BY ALL
) AS c USING (source)
