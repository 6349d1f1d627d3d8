-- Captures that were loaded before and have to be read again: those of a document at the next time after a new capture
-- of it, and those at the very same time.
-- in:  {scopes}: the scopes of new captures; the history `internal.capture_scopes`
-- A late capture can end an interval. The next capture then becomes the first of a new one, and an interval keeps only
-- where its first capture says it.
WITH later AS (
    SELECT n.source, n.scope, n.captured_at AS since, min(o.captured_at) AS next_at
    FROM {scopes} AS n JOIN internal.capture_scopes AS o
        ON n.source = o.source AND n.scope = o.scope AND o.captured_at > n.captured_at
    GROUP BY ALL
), same AS (
    SELECT source, scope, captured_at AS next_at FROM {scopes}
)
SELECT DISTINCT o.capture_id FROM internal.capture_scopes AS o
JOIN (SELECT source, scope, next_at FROM later UNION FROM same) AS t
    ON o.source = t.source AND o.scope = t.scope AND o.captured_at = t.next_at
WHERE o.capture_id NOT IN (SELECT capture_id FROM {scopes})
