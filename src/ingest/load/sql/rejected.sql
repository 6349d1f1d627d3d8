-- The rejected captures of a run: location, reason, source, whether the document was read before, whether the caller
-- named the source and nothing else of it was read. One whose document the same run read as it came later is
-- `mended_since`: an earlier run could not publish, and nothing has to be asked again. What a crawl fetched on its way
-- to pages (robots.txt, sitemaps) was never to be data.
-- in: {captures}: what was read; {records}: the captures as they were logged; {known}: captures that were read before
WITH of_run AS (
    SELECT c.capture_id, c.source, r.location, r.recorded_at, c.status, c.reason, r.named_source, r.was_read
    FROM {captures} AS c JOIN {records} AS r USING (capture_id) WHERE capture_id NOT IN (FROM {known})
), mended AS (
    SELECT b.capture_id FROM of_run AS b SEMI JOIN of_run AS a
        ON a.location = b.location AND a.recorded_at > b.recorded_at AND a.status <> 'rejected'
    WHERE b.status = 'rejected'
), before AS (
    SELECT location, arg_max(source, captured_at) AS source FROM captures
    SEMI JOIN of_run USING (location) WHERE status <> 'rejected' GROUP BY location
)
SELECT location, CASE WHEN m.capture_id IS NULL THEN reason ELSE 'mended_since: ' || reason END AS reason,
    coalesce(b.source, o.named_source, CASE WHEN o.source NOT IN ('unrecognised', 'unknown') THEN o.source END)
        AS source,
    m.capture_id IS NULL AND (o.was_read OR b.source IS NOT NULL) AS was_read,
    m.capture_id IS NULL AND named_source IS NOT NULL AND named_source NOT IN (
        SELECT source FROM of_run WHERE status <> 'rejected') AS is_expected
FROM of_run AS o LEFT JOIN mended AS m USING (capture_id) LEFT JOIN before AS b USING (location)
WHERE status = 'rejected' AND NOT starts_with(reason, 'discovery')
