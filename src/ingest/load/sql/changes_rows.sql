-- Rows that came or went.
-- in:  {before}, {after}: the same columns, with `key`; out: `changes`
INSERT INTO changes
SELECT $run_id, $changed_at::TIMESTAMP, $table_name, coalesce(b.key, a.key), NULL, NULL, NULL,
    CASE WHEN b.key IS NULL THEN 'added' ELSE 'removed' END
FROM {before} AS b FULL JOIN {after} AS a ON b.key = a.key
WHERE b.key IS NULL OR a.key IS NULL
