-- What could not be used and waits, with the text that it was read from.
-- in:  quarantine
SELECT quarantine_id, capture_id, model_id, source, locator, table_name, reasons, first_seen,
    coalesce(record->>'raw_text', record->>'score_text', record->>'value') AS raw_text
FROM quarantine WHERE resolved_at IS NULL ORDER BY reasons, source, model_id, locator, quarantine_id
