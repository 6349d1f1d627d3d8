-- The claims behind the facts of each model: those chosen, and those that say otherwise; the others are counted.
-- in:  claims; {beside_columns}: fields that are no column of models
-- Names, makers, types and families follow from every listing alike, so one chosen claim of them is enough.
WITH now AS (
    SELECT model_id, version, field, value, raw_text, source, capture_id, locator, valid_from, chosen, rule,
        split_part(rule, ';', 1) IN ('agrees_with_chosen', 'same_as_chosen') AS agrees
    FROM claims WHERE superseded_at IS NULL AND (valid_to IS NULL OR chosen)
        AND field NOT IN {beside_columns}
)
SELECT *, count(*) FILTER (agrees) OVER (PARTITION BY model_id, field) AS agreeing,
    row_number() OVER (PARTITION BY model_id, field
        ORDER BY chosen DESC, agrees, valid_from DESC, source, locator) AS place
FROM now
QUALIFY CASE WHEN field IN ('name', 'organization', 'model_type', 'family') THEN place = 1
    ELSE chosen OR NOT agrees END
ORDER BY model_id, field, place
