-- By source and field, of the models that were read again: how many had the field before and have it now, and how many
-- statements of it there were and are.
-- in:  {before}, {after}: source, model_id, field, times; {named}: the model of each entry of the run; {captures}: what
--      was read
WITH again AS (
    SELECT DISTINCT b.source, b.model_id FROM {before} AS b SEMI JOIN (
        SELECT c.source, e.model_id FROM {named} AS e JOIN {captures} AS c USING (capture_id)
    ) AS n ON b.source = n.source AND b.model_id = n.model_id
)
SELECT b.source, b.field, count(*), count(a.field), sum(b.times), coalesce(sum(a.times), 0)
FROM {before} AS b SEMI JOIN again ON b.source = again.source AND b.model_id = again.model_id
LEFT JOIN {after} AS a ON b.source = a.source AND b.model_id = a.model_id AND b.field = a.field
GROUP BY b.source, b.field ORDER BY b.source, b.field
