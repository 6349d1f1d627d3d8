-- Tell of results that their names make doubtful: a metric that counts the other way than its benchmark.
-- in:  {named}: results under their names; {keys}: what each may be compared with, and a doubt; {scores}: what was read
-- out: {checks}
INSERT INTO {checks} BY NAME
SELECT n.capture_id, n.entry, s.locator, k.doubt AS name, false AS passed, s.benchmark_listed AS expected,
    concat_ws(' ', s.metric, s.score_text) AS actual
FROM {keys} AS k JOIN {named} AS n ON n.benchmark_id = k.benchmark_id AND n.compared = k.compared
    AND n.unit IS NOT DISTINCT FROM k.unit
JOIN {scores} AS s ON n.id = s.rowid
WHERE k.doubt IS NOT NULL AND NOT n.is_repeated
