-- What a run's summary counts, leaving out captures that were read before ({known}) and what a crawl fetched on its way
-- to pages. A capture with the bytes of the one before counts as unchanged.
-- in:  {captures}, {checks}, {lines}: what was read; {records}: the captures as they were logged; {refused}: rows that
--      cannot be true; the warehouse
WITH of_run AS (
    SELECT w.status, r.is_feed FROM {captures} AS c JOIN {records} AS r USING (capture_id)
        JOIN captures AS w USING (capture_id)
    WHERE capture_id NOT IN (FROM {known}) AND NOT starts_with(coalesce(c.reason, ''), 'discovery')
)
SELECT count(*) FILTER (status = 'read') AS captures_read,
    count(*) FILTER (status = 'unchanged') AS captures_unchanged,
    count(*) FILTER (status = 'rejected') AS captures_rejected,
    count(*) FILTER (status = 'read' AND is_feed) AS feeds_read,
    count(*) FILTER (status = 'unchanged' AND is_feed) AS feeds_unchanged,
    count(*) FILTER (status = 'rejected' AND is_feed) AS feeds_rejected,
    (SELECT count(*) FROM {refused} WHERE capture_id NOT IN (FROM {known})) AS rows_quarantined,
    (SELECT count(*) FROM {checks} WHERE capture_id NOT IN (FROM {known}) AND passed) AS checks_passed,
    (SELECT count(*) FROM {lines} WHERE capture_id NOT IN (FROM {known})) AS unread_lines,
    (SELECT count(*) FROM models) AS models,
    (SELECT count(*) FROM internal.scores WHERE superseded_at IS NULL AND valid_to IS NULL) AS scores,
    (SELECT count(*) FROM internal.prices WHERE superseded_at IS NULL AND valid_to IS NULL) AS prices
FROM of_run
