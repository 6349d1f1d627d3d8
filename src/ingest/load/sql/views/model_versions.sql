-- The versions that sources name.
-- in:  internal.claims, model_ids
WITH dated AS (
    SELECT model_id, version, min(valid_from) AS first_seen,
        any_value(TRY_CAST(value AS DATE)) FILTER (field = 'release_date' AND valid_to IS NULL) AS release_date,
        any_value(TRY_CAST(value AS DATE)) FILTER (field = 'deprecated_on' AND valid_to IS NULL) AS deprecated_on
    FROM internal.claims WHERE version IS NOT NULL AND superseded_at IS NULL GROUP BY ALL
)
SELECT d.model_id, d.version, d.release_date, d.deprecated_on, NULL::VARCHAR AS is_alias_of, d.first_seen,
    i.last_seen
FROM dated AS d LEFT JOIN (
    SELECT model_id, version, max(last_seen) AS last_seen FROM model_ids GROUP BY ALL
) AS i USING (model_id, version)
