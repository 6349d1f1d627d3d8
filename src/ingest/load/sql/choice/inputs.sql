-- What each model takes, in the order of the column.
-- in:  {modalities}: see modalities.sql
SELECT model_id, list(modality ORDER BY
    list_position(['text', 'image', 'audio', 'video', 'pdf'], modality) NULLS LAST, modality) AS inputs_together
FROM ({modalities}) GROUP BY model_id
