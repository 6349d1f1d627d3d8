-- Write what was found against a run's captures.
-- in:  {lines}, {checks}: what was read; {refused}: rows that cannot be true; {captures}: what was read; {records}: the
--      captures as they were logged; {named}: the model of each entry; {forgotten}: captures that were read again
-- out: `unread_lines`, `internal.checks`, `quarantine`
-- The same fault at the same place is one row of quarantine, however often it is captured: {fault} is its id.
INSERT INTO unread_lines SELECT capture_id, line, text FROM {lines};
INSERT INTO internal.checks BY NAME
    SELECT k.capture_id, n.model_id, k.locator, k.name, k.passed, k.expected, k.actual
    FROM {checks} AS k LEFT JOIN {named} AS n USING (capture_id, entry);
INSERT INTO quarantine BY NAME
SELECT {fault} AS quarantine_id, first(q.capture_id ORDER BY c.captured_at) AS capture_id,
    first(n.model_id ORDER BY c.captured_at) AS model_id, first(c.source) AS source,
    first(q.locator ORDER BY c.captured_at) AS locator, first(q.table_name) AS table_name,
    first(q.record)::JSON AS record, first(q.reasons) AS reasons, min(c.captured_at) AS first_seen,
    max(c.captured_at) AS last_seen
FROM {refused} AS q JOIN {captures} AS c USING (capture_id) JOIN {records} AS r USING (capture_id)
LEFT JOIN {named} AS n USING (capture_id, entry)
GROUP BY quarantine_id
ON CONFLICT (quarantine_id) DO UPDATE SET
    capture_id = CASE WHEN excluded.first_seen < first_seen THEN excluded.capture_id ELSE capture_id END,
    model_id = coalesce(excluded.model_id, model_id),
    locator = CASE WHEN excluded.first_seen < first_seen THEN excluded.locator ELSE locator END,
    first_seen = least(first_seen, excluded.first_seen), last_seen = greatest(last_seen, excluded.last_seen),
    resolved_at = NULL;
UPDATE quarantine SET resolved_at = {recorded_at} WHERE resolved_at IS NULL
    AND capture_id IN (FROM {forgotten}) AND quarantine_id NOT IN (
        SELECT {fault}
        FROM {refused} AS q JOIN {captures} AS c USING (capture_id) JOIN {records} AS r USING (capture_id));
