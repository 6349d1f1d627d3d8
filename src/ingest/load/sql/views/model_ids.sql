-- By what ids and names sources list each model.
-- in:  internal.listings, internal.capture_scopes
SELECT l.source, l.listed_id, l.listed_name, l.provider, l.model_id, l.version, l.settings,
    arg_max(l.rule, l.valid_from) AS rule, min(l.valid_from) AS first_seen, max(c.captured_at) AS last_seen
FROM internal.listings AS l JOIN internal.capture_scopes AS c ON l.source = c.source AND l.scope = c.scope
    AND c.captured_at >= l.valid_from AND (l.valid_to IS NULL OR c.captured_at < l.valid_to)
WHERE l.superseded_at IS NULL GROUP BY ALL
