-- By address, how many models and records were stated before, and how many are stated now.
-- in:  {before}, {after}: source, scope, models, records
SELECT b.source, b.scope, b.models, coalesce(a.models, 0), b.records, coalesce(a.records, 0)
FROM {before} AS b LEFT JOIN {after} AS a USING (source, scope) ORDER BY b.source, b.scope
