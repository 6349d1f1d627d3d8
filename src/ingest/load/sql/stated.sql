-- What the affected scopes and the locations that were read state now of which model: {columns} of each statement. A
-- rejected capture ends nothing, so its location does not count.
-- in:  {affected}: scopes that a run changes; {late}: those of which it reads older captures alone; {read}: what was
--      read; {records}: its captures as they were logged; the histories
-- Each kind of price counts as a field, and so do scores.
SELECT {columns} FROM (
    SELECT source, scope, capture_id, model_id, field FROM internal.claims
    WHERE superseded_at IS NULL AND valid_to IS NULL
    UNION ALL
    SELECT source, scope, capture_id, model_id, 'price of ' || kind FROM internal.prices
    WHERE superseded_at IS NULL AND valid_to IS NULL
    UNION ALL
    SELECT source, scope, capture_id, model_id, 'scores' FROM internal.scores
    WHERE superseded_at IS NULL AND valid_to IS NULL
) AS k LEFT JOIN captures AS c ON k.capture_id = c.capture_id
WHERE (EXISTS (FROM {affected} AS a WHERE a.source = k.source AND a.scope = k.scope)
    OR c.location IN (SELECT location FROM {records} SEMI JOIN (FROM {read} WHERE status <> 'rejected')
        USING (capture_id)))
    AND NOT EXISTS (FROM {late} AS l WHERE l.source = k.source AND l.scope = k.scope)
GROUP BY ALL
