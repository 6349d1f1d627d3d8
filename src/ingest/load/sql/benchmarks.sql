-- Bring the catalogue up to date, and note doubtful names.
-- in:  {catalogue}: all benchmarks that are known or were named; {names}: what each listed name means; {scores}: what
--      was read
-- out: the catalogue `benchmarks`; {checks}
INSERT OR REPLACE INTO benchmarks SELECT * FROM {catalogue} EXCEPT SELECT * FROM benchmarks;
INSERT INTO {checks}
    SELECT DISTINCT capture_id, entry, locator, 'benchmark_name', false, doubt, benchmark_listed
    FROM {scores} JOIN {names} USING (benchmark_listed) WHERE doubt IS NOT NULL;
