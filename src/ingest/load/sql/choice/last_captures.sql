-- When a source last spoke for each of its scopes, at the time t, as a common table expression.
last_captures AS NOT MATERIALIZED (
    SELECT source, scope, max(captured_at) AS last_seen FROM internal.capture_scopes
    WHERE captured_at <= {at} GROUP BY source, scope
)
