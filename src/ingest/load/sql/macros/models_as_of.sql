-- The rows of models as they were at the time t.
-- Lists of features are put together (see choice/features.sql). A model that takes or gives pictures, sound or video is
-- multimodal, whatever else is said. A largest input above the window belongs to another offer and is left out.
-- What gives vectors or ranks writes no tokens: sources write the length of the vector, or the window again.
-- in:  {standing}, {weighed}, {features}, {inputs}: see choice/; {told}: how each column follows from the chosen
--      claims; {columns}
WITH {standing}, {weighed}, seen AS (
    SELECT model_id, count(DISTINCT source) FILTER (NOT is_gone) AS sources, max(last_seen) AS last_seen
    FROM (
        SELECT s.model_id, s.source, c.last_seen, false AS is_gone
        FROM (SELECT DISTINCT model_id, source, scope FROM standing WHERE NOT is_gone) AS s
        JOIN last_captures AS c ON s.source = c.source AND s.scope = c.scope
        UNION ALL
        SELECT s.model_id, s.source, max(c.captured_at), true
        FROM (SELECT DISTINCT model_id, source, scope, until FROM standing WHERE is_gone) AS s
        JOIN internal.capture_scopes AS c
            ON s.source = c.source AND s.scope = c.scope AND s.until > c.captured_at
        GROUP BY s.model_id, s.source, s.scope
    ) GROUP BY model_id
), settled AS (
    SELECT model_id, field, value, number, unit FROM standing WHERE NOT contested
    UNION ALL
    SELECT model_id, field, chosen.value, chosen.number, chosen.unit FROM (
        SELECT model_id, field, arg_min({'value': value, 'number': number, 'unit': unit}, verdict) AS chosen
        FROM weighed GROUP BY model_id, field)
), inputs AS (
    {inputs}
), lists AS (
    SELECT model_id, list(feature ORDER BY feature) FILTER (is_there) AS features_together,
        list(feature ORDER BY feature) FILTER (is_absent) AS absent_together
    FROM ({features}) GROUP BY model_id
), told AS (
    SELECT model_id, {told} FROM settled GROUP BY model_id
)
SELECT {columns}
FROM told JOIN seen USING (model_id) JOIN lives USING (model_id) LEFT JOIN lists USING (model_id)
LEFT JOIN inputs USING (model_id)
