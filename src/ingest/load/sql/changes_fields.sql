-- Fields that changed. {pairs}: for each field a structure of its name, the old and the new value, NULL where same.
-- in:  {before}, {after}: the same columns, with `key`; out: `changes`
INSERT INTO changes
WITH parts AS (
    SELECT a.key, unnest(list_filter([{pairs}], lambda part: part IS NOT NULL)) AS part
    FROM {before} AS b JOIN {after} AS a ON b.key = a.key
)
SELECT $run_id, $changed_at::TIMESTAMP, $table_name, key, part.field, part.old, part.new, 'changed' FROM parts
