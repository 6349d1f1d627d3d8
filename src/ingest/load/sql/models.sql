-- Bring the table `models` to the rows of {now}.
CREATE OR REPLACE TEMP TABLE models_new AS FROM {now} EXCEPT FROM models;
DELETE FROM models WHERE model_id NOT IN (SELECT model_id FROM {now}) OR model_id IN (SELECT model_id FROM models_new);
INSERT INTO models FROM models_new ORDER BY model_id;
DROP TABLE models_new;
