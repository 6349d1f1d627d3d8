-- The observations of one document, one row each, by their times of capture, with what each began and ended.
-- In: captures, internal.claims, internal.prices, internal.scores; $locations, $scopes (lists of text).
WITH observations AS (
    SELECT *, lag(sha256) OVER w AS before,
        row_number() OVER (PARTITION BY sha256 ORDER BY captured_at, recorded_at) AS time,
        lead(recorded_at) OVER w AS next_recorded
    FROM captures WHERE list_contains($locations::VARCHAR[], location)
    WINDOW w AS (ORDER BY captured_at, recorded_at)
), stated AS (
    SELECT source, scope, capture_id, seen_from AS valid_from, seen_to AS valid_to
    FROM internal.claims WHERE superseded_at IS NULL
    UNION ALL
    SELECT source, scope, capture_id, seen_from, seen_to FROM internal.prices WHERE superseded_at IS NULL
    UNION ALL
    SELECT source, scope, capture_id, valid_from, valid_to FROM internal.scores WHERE superseded_at IS NULL
), scopes AS (
    SELECT DISTINCT source, scope FROM stated SEMI JOIN observations USING (capture_id)
    UNION
    SELECT DISTINCT source, unnest($scopes::VARCHAR[]) FROM observations
), told AS (
    SELECT s.* FROM stated AS s SEMI JOIN scopes AS c ON s.source = c.source AND s.scope = c.scope
)
SELECT o.captured_at, o.recorded_at, o.recorded_at AS last_seen,
    CASE WHEN o.status = 'rejected' THEN 'rejected' WHEN o.before IS NULL THEN 'first seen'
        WHEN o.before = o.sha256 THEN 'the same' WHEN o.time > 1 THEN 'seen again' ELSE 'changed' END AS event,
    o.sha256, o.bytes, o.source, o.reason,
    (SELECT count(*) FROM told WHERE valid_from = o.captured_at AND o.status <> 'rejected')::BIGINT AS began,
    (SELECT count(*) FROM told WHERE valid_to = o.captured_at AND o.status <> 'rejected')::BIGINT AS ended,
    o.capture_id, o.location
FROM observations AS o ORDER BY o.captured_at, o.recorded_at
