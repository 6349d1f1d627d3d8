-- Each entry that was read, with what tells which model it speaks of.
-- in:  {entries}, {captures}, {stated}: what was read; {records}: the captures as they were logged
SELECT e.capture_id, e.entry, c.source, r.location, e.name, e.organization, e.source_key,
    TRY_CAST(s.value AS DATE) AS release_date, coalesce(e.record_key, e.entry::VARCHAR) AS record_key
FROM {entries} AS e JOIN {captures} AS c USING (capture_id) JOIN {records} AS r USING (capture_id)
LEFT JOIN {stated} AS s ON s.capture_id = e.capture_id AND s.entry = e.entry AND s.field = 'release_date'
WHERE trim(coalesce(e.name, '')) <> '' OR e.source_key IS NOT NULL
QUALIFY row_number() OVER (PARTITION BY e.capture_id, e.entry ORDER BY s.value) = 1
ORDER BY c.source, c.captured_at, r.location, e.capture_id, e.entry
