-- Captures that were no data, by source and reason.
-- in:  captures
SELECT source, reason, count(*) AS captures, max(captured_at) AS last_captured_at FROM captures
WHERE status = 'rejected' GROUP BY ALL ORDER BY captures DESC, source, reason
