-- The last runs, the newest first.
-- in:  runs
SELECT run_id, started_at, finished_at, status, captures_read, captures_unchanged, captures_rejected, rows_written,
    rows_quarantined, error FROM runs ORDER BY rowid DESC LIMIT 20
