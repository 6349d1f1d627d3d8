-- From when to when dated statements hold: what a source dates itself holds from and to the days that it states.
-- in:  {history}, {alias}: the table with and without its schema; {fact}: the columns that identify what is said,
--      without the day from which it holds; {affected}: see timeline.sql; `internal.capture_scopes`
-- out: {history}.valid_from, valid_to
-- Undated statements hold from the capture that first states them until the one that no longer does (seen_from,
-- seen_to), and are left alone unless the same fact is dated too. Of what ended before its first capture, and has no
-- first day, nobody knows since when it held: valid_from is NULL. An end after the last capture leaves valid_to open:
-- the macros hold it against the time that they are asked for. A statement ends where the next one of its fact begins,
-- and a later capture's takes the place of an earlier one's for all days that it speaks of.
UPDATE {history} SET valid_from = now.valid_from, valid_to = now.valid_to FROM (
    WITH touched AS (
        SELECT rowid AS id, hash({fact}) AS fact, source, scope,
            stated_from IS NOT NULL OR stated_to IS NOT NULL AS dated,
            CASE WHEN stated_from IS NULL AND stated_to <= seen_from THEN '-infinity'::TIMESTAMP
                ELSE coalesce(stated_from::TIMESTAMP, seen_from) END AS since,
            stated_to::TIMESTAMP AS ends, seen_to, coalesce(seen_to, 'infinity'::TIMESTAMP) AS told_until
        FROM {history} SEMI JOIN {affected} USING (source, scope) WHERE superseded_at IS NULL
    ), statements AS (
        FROM touched WHERE fact IN (SELECT fact FROM touched WHERE dated)
    ), last AS (
        SELECT source, scope, max(captured_at) AS captured_at FROM internal.capture_scopes GROUP BY source, scope
    ), later AS (
        SELECT r.id,
            bool_or(s.told_until > r.told_until AND s.since <= r.since AND (s.ends IS NULL OR s.ends > r.since))
                AS is_covered,
            min(s.since) FILTER (s.since > r.since) AS next_since
        FROM statements AS r JOIN statements AS s ON r.fact = s.fact AND s.told_until >= r.told_until GROUP BY r.id
    ), held AS (
        SELECT r.id, r.since, CASE
            WHEN l.is_covered THEN r.since
            WHEN r.seen_to IS NOT NULL THEN greatest(r.since, least(r.seen_to, r.ends, l.next_since))
            WHEN least(r.ends, l.next_since) <= c.captured_at THEN greatest(r.since, least(r.ends, l.next_since))
            END AS valid_to
        FROM statements AS r LEFT JOIN later AS l ON r.id = l.id
        LEFT JOIN last AS c ON r.source = c.source AND r.scope = c.scope
    )
    SELECT id, nullif(since, '-infinity'::TIMESTAMP) AS valid_from, nullif(valid_to, '-infinity'::TIMESTAMP) AS valid_to
    FROM held
) AS now
WHERE {alias}.rowid = now.id AND ({alias}.valid_from, {alias}.valid_to)
    IS DISTINCT FROM (now.valid_from, now.valid_to)
