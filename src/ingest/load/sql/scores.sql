-- Results as rows of scores, before they are judged: those with numbers from $first to $last.
-- in:  {scores}: what was read; {named}: the same under their names; {keys}: what each may be compared with,
--      and a doubt that its names give
-- A result that a capture states twice is one result. The maker measured what is reported of its own model.
SELECT n.entry AS entry_number, s.problem, n.is_contradicted, {columns}, n.benchmark
FROM {scores} AS s JOIN {named} AS n ON n.id = s.rowid
JOIN {keys} AS k ON n.benchmark_id = k.benchmark_id AND n.compared = k.compared AND n.unit IS NOT DISTINCT FROM k.unit
WHERE n.id BETWEEN $first AND $last AND s.rowid BETWEEN $first AND $last AND NOT n.is_repeated
ORDER BY n.id
