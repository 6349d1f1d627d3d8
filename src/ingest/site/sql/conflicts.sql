-- What sources disagree on, worst first.
-- in:  conflicts, models
SELECT c.*, m.name FROM conflicts AS c LEFT JOIN models AS m USING (model_id)
