-- Fields and prices on which current claims of different sources truly disagree, worst first.
-- in:  internal.conflicts, which each load writes: see store_conflicts.sql
SELECT {columns} FROM internal.conflicts ORDER BY badness DESC, model_id, field
