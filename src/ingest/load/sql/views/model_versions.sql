-- The versions that sources name, and the moving names that stood for them.
-- in:  internal.claims, internal.listings, internal.providers, model_ids
-- Of several days of a version the last counts: sources copy the day of the model into the listings of its versions. Of
-- hosts alone the first counts: they give the day on which they began to sell it, or changed their offer.
-- What the last capture of a listing said of its days stays when the list drops the listing.
-- A claim of `stands_for` belongs to the listing under the moving name; its value is the version.
WITH stood AS (
    SELECT model_id, value AS version,
        CASE WHEN regexp_matches(entry, '#[0-9]+$') THEN model_listed ELSE substr(entry, length(scope) + 2)
        END AS moving,
        min(valid_from) AS since,
        CASE WHEN bool_or(valid_to IS NULL) THEN NULL ELSE max(valid_to) END AS until
    FROM internal.claims
    WHERE field = 'stands_for' AND value IS NOT NULL AND superseded_at IS NULL AND starts_with(entry, scope)
    GROUP BY ALL
), aliases AS (
    SELECT model_id, version, min(since) AS first_seen,
        string_agg(concat(moving, ' from ', since::DATE, ' to ' || until::DATE), ', ' ORDER BY since, moving)
            AS is_alias_of
    FROM stood GROUP BY ALL
), dated AS (
    SELECT model_id, version, min(valid_from) AS first_seen,
        coalesce(max(TRY_CAST(value AS DATE)) FILTER (field = 'release_date' AND is_told AND NOT is_hosts),
            min(TRY_CAST(value AS DATE)) FILTER (field = 'release_date' AND is_told AND is_hosts)) AS release_date,
        max(TRY_CAST(value AS DATE)) FILTER (field = 'deprecated_on' AND is_told) AS deprecated_on
    FROM (
        SELECT c.*, c.valid_to IS NULL OR (c.field IN ('release_date', 'deprecated_on') AND NOT EXISTS (
            FROM internal.listings AS l WHERE l.superseded_at IS NULL AND l.source = c.source AND l.scope = c.scope
                AND l.entry IS NOT DISTINCT FROM c.entry AND l.valid_from <= c.valid_to
                AND (l.valid_to IS NULL OR l.valid_to > c.valid_to))) AS is_told,
            c.field = 'release_date' AND EXISTS (
                FROM internal.listings AS l JOIN internal.providers AS p ON l.provider = p.provider
                WHERE l.superseded_at IS NULL AND l.source = c.source AND l.scope = c.scope AND l.entry = c.entry
                    AND p.organization_id IS DISTINCT FROM split_part(c.model_id, '/', 1)) AS is_hosts
        FROM internal.claims AS c WHERE version IS NOT NULL AND superseded_at IS NULL
    ) GROUP BY ALL
), seen AS (
    SELECT model_id, version, max(last_seen) AS last_seen FROM model_ids GROUP BY ALL
)
SELECT model_id, version, d.release_date, d.deprecated_on, a.is_alias_of,
    least(d.first_seen, a.first_seen) AS first_seen, s.last_seen
FROM dated AS d FULL JOIN aliases AS a USING (model_id, version) LEFT JOIN seen AS s USING (model_id, version)
