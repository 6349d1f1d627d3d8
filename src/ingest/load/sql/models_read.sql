-- By source, how many models were stated before, and how many of them the same source still speaks of.
-- in:  {before}: source, model_id, field, times; {named}: the model of each entry of the run; {captures}: what was read
SELECT b.source, count(DISTINCT b.model_id), count(DISTINCT n.model_id)
FROM {before} AS b LEFT JOIN (
    SELECT DISTINCT c.source, e.model_id FROM {named} AS e JOIN {captures} AS c USING (capture_id)
) AS n ON b.source = n.source AND b.model_id = n.model_id
GROUP BY b.source ORDER BY b.source
