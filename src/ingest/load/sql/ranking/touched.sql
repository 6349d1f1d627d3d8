-- The benchmarks whose rankings a run can change, in parts that are ranked together.
-- in:  {affected}: the scopes that the run changes; internal.scores; benchmarks; internal.ranked: which way each
--      benchmark was ranked; {now}: the time of the run; {part}: the number of the part of a benchmark_id
-- out: {out}: benchmark_id, part; internal.ranked
-- A result that the run ended or no longer believes counts too: its ranking loses it. So does a benchmark whose better
-- end has changed in the catalogue.
CREATE OR REPLACE TEMP TABLE {out} AS
WITH told AS (
    SELECT DISTINCT comparability_key FROM internal.scores SEMI JOIN {affected} USING (source, scope)
    WHERE comparability_key IS NOT NULL AND (superseded_at IS NULL OR superseded_at = {now})
), touched AS (
    SELECT DISTINCT split_part(comparability_key, '|', 1) AS benchmark_id FROM told
    UNION
    SELECT k.benchmark_id FROM benchmarks AS b JOIN internal.ranked AS k ON b.benchmark_id = k.benchmark_id
    WHERE b.higher_is_better IS DISTINCT FROM k.higher_is_better
)
SELECT benchmark_id, {part} AS part FROM touched;
DELETE FROM internal.ranked WHERE benchmark_id IN (SELECT benchmark_id FROM {out});
INSERT INTO internal.ranked
    SELECT benchmark_id, higher_is_better FROM benchmarks SEMI JOIN {out} USING (benchmark_id);
DELETE FROM internal.leaderboard WHERE benchmark_id IN (SELECT benchmark_id FROM {out});
DELETE FROM internal.standings WHERE benchmark_id IN (SELECT benchmark_id FROM {out});
