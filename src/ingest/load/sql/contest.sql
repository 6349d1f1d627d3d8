-- Flag the claims of contested facts, for the models that a merge touched.
-- in:  {affected}: the scopes that changed; `internal.claims`
-- out: `internal.claims.contested`
-- A field of a model is contested when two of its sources or entries say different things of it at one time, or one a
-- number that the other rounds, also one of the same value that is no longer stated: it stands while all that is stated
-- is rounded. Only the claims of such fields, all of them, have to be weighed to tell what is chosen.
CREATE OR REPLACE TEMP TABLE told_by_many AS
    SELECT model_id FROM (
        SELECT DISTINCT c.model_id, c.source, c.scope, c.entry FROM internal.claims AS c
        SEMI JOIN (SELECT model_id FROM internal.claims SEMI JOIN {affected} USING (source, scope)) AS m
            ON c.model_id = m.model_id
    ) GROUP BY model_id HAVING count(*) > 1;
CREATE OR REPLACE TEMP TABLE suspected AS
    SELECT rowid AS id, model_id, field, hash(source, scope, entry) AS teller, hash(value, unit) AS said,
        number, low, high, valid_from, coalesce(valid_to, 'infinity'::TIMESTAMP) AS until, contested
    FROM internal.claims SEMI JOIN told_by_many USING (model_id) WHERE superseded_at IS NULL;
CREATE OR REPLACE TEMP TABLE disputes AS
    WITH disagreeing AS (
        SELECT * FROM suspected SEMI JOIN (
            SELECT model_id, field FROM suspected GROUP BY ALL
            HAVING min(teller) <> max(teller)
                AND (min(said) <> max(said) OR (bool_or(low < high) AND bool_or(until <> 'infinity')))
        ) USING (model_id, field)
    )
    SELECT DISTINCT model_id, field FROM disagreeing AS one JOIN disagreeing AS other USING (model_id, field)
    WHERE (one.said <> other.said AND one.valid_from < other.until AND other.valid_from < one.until)
        OR (one.low < one.high AND other.number BETWEEN one.low AND one.high
            AND (one.said <> other.said
                OR (other.until <> 'infinity' AND coalesce(other.low = other.high, true))));
UPDATE internal.claims SET contested = now.is_contested FROM (
    SELECT s.id, s.contested, d.field IS NOT NULL AS is_contested
    FROM suspected AS s LEFT JOIN disputes AS d ON s.model_id = d.model_id AND s.field = d.field
) AS now WHERE claims.rowid = now.id AND now.contested IS DISTINCT FROM now.is_contested;
DROP TABLE told_by_many; DROP TABLE suspected; DROP TABLE disputes;
