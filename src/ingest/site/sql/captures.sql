-- The captures by id: where each came from, and when.
-- in:  captures
SELECT capture_id, source, location, captured_at, sha256 FROM captures ORDER BY capture_id
