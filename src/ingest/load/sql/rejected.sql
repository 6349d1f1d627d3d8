-- The rejected captures of a run, each with its location and the reason. One whose document the same run read as it
-- came later is `mended_since`: an earlier run could not publish, and nothing has to be asked again.
-- in: {captures}: what was read; {records}: the captures as they were logged; {known}: captures that were read before
WITH of_run AS (
    SELECT c.capture_id, r.location, r.recorded_at, c.status, c.reason
    FROM {captures} AS c JOIN {records} AS r USING (capture_id) WHERE capture_id NOT IN (FROM {known})
), mended AS (
    SELECT b.capture_id FROM of_run AS b SEMI JOIN of_run AS a
        ON a.location = b.location AND a.recorded_at > b.recorded_at AND a.status <> 'rejected'
    WHERE b.status = 'rejected'
)
SELECT location, CASE WHEN m.capture_id IS NULL THEN reason ELSE 'mended_since: ' || reason END AS reason
FROM of_run LEFT JOIN mended AS m USING (capture_id) WHERE status = 'rejected'
