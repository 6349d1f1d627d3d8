-- The versions of each model.
-- in:  model_versions
SELECT * FROM model_versions ORDER BY model_id, release_date, version
