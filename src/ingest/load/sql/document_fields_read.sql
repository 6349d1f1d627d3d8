-- By address and field, how many models had the field before, and how many have it now.
-- in:  {before}, {after}: source, scope, field, models
SELECT b.source, b.scope, b.field, b.models, coalesce(a.models, 0)
FROM {before} AS b LEFT JOIN {after} AS a USING (source, scope, field) ORDER BY b.source, b.scope, b.field
