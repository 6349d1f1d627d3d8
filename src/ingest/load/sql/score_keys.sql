-- One row for each benchmark, unit and set of what is compared: what keys are made of.
-- in:  {named}: results under their names; {scores}: what was read
SELECT n.benchmark_id, n.unit, n.compared, s.self_reported, s.measured_by, {conditions}
FROM (SELECT benchmark_id, unit, compared, min(id) AS id FROM {named} GROUP BY ALL) AS n
JOIN {scores} AS s ON n.id = s.rowid
