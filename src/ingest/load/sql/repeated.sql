-- The numbers of staged rows of fresh scopes that repeat a fact of the same moment.
-- in:  {staged}; {speaking}: the captures that are heard
-- out: {out}: id
CREATE OR REPLACE TEMP TABLE {out} AS
WITH suspects AS (
    SELECT hash({key}) AS suspect FROM {staged} GROUP BY ALL HAVING count(*) > 1
), placed AS (
    SELECT n.rowid AS id, row_number() OVER (PARTITION BY {staged_key} ORDER BY capture_id, locator) AS place
    FROM {staged} AS n JOIN {speaking} AS s USING (source, scope, capture_id)
    WHERE hash({staged_key}) IN (FROM suspects)
)
SELECT id FROM placed WHERE place > 1
