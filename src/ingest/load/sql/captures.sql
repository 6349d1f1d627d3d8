-- Write the captures of a run, and mark those with the bytes of the one before at their location, if that was read.
-- in:  {captures}: what was read; {records}: the captures as they were logged
-- out: the table `captures`
INSERT INTO captures ({columns})
SELECT s.capture_id, s.source, r.location, s.captured_at, r.recorded_at::TIMESTAMP, r.sha256, r.bytes,
    r.media_type, r.http_status, r.etag, nullif(s.reader, ''), s.status, s.reason,
    s.encoding, s.encoding_reason, s.captured_at_reason
FROM {captures} AS s JOIN {records} AS r USING (capture_id);
CREATE OR REPLACE TEMP TABLE repeated_captures AS
SELECT capture_id, sha256 = lag(sha256) OVER before AND lag(status) OVER before <> 'rejected' AS is_repeated
FROM captures SEMI JOIN {records} USING (location)
WINDOW before AS (PARTITION BY location ORDER BY captured_at, capture_id);
UPDATE captures SET status = CASE WHEN is_repeated THEN 'unchanged' ELSE 'read' END
FROM repeated_captures AS n WHERE captures.capture_id = n.capture_id AND status <> 'rejected'
    AND (status = 'unchanged') <> coalesce(is_repeated, false);
DROP TABLE repeated_captures;
