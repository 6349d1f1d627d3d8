-- The results that the leaderboard shows: one for each key, model and version, with the version that it shows.
-- in:  {rows}: see rows.sql; {repeated}: the rankings and models that have several rows; {several}: their
--      one_by_version (several.sql)
SELECT score_id, comparability_key, version
FROM {rows} ANTI JOIN {repeated} USING (benchmark_id, comparability_key, model_id)
UNION ALL
SELECT score_id, comparability_key, version FROM {several}
