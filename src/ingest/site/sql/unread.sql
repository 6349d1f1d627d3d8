-- Lines and fields that no rule claimed, by source: how many, and some of them.
-- in:  unread_lines, captures
SELECT k.source, u.text, count(*) AS times, count(DISTINCT u.capture_id) AS captures,
    arg_min(u.capture_id, (k.captured_at, u.capture_id, u.line)) AS capture_id,
    arg_min(u.line, (k.captured_at, u.capture_id, u.line)) AS line
FROM unread_lines AS u JOIN captures AS k USING (capture_id)
GROUP BY k.source, u.text ORDER BY times DESC, k.source, u.text
