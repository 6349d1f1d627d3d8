-- The ids under which sources list each model.
-- in:  model_ids
SELECT model_id, listed_id, version, settings, list(DISTINCT source ORDER BY source) AS sources,
    list(DISTINCT provider ORDER BY provider) FILTER (provider IS NOT NULL) AS providers
FROM model_ids WHERE listed_id IS NOT NULL GROUP BY ALL ORDER BY model_id, listed_id, version, settings
