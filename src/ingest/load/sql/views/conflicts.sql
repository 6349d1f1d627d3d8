-- Fields and prices on which current claims of a model truly disagree.
-- in:  internal.chosen_claims(t), internal.chosen_prices(t)
WITH now AS (
    FROM internal.chosen_claims('infinity') WHERE until = 'infinity'
        AND field NOT IN ('name', 'organization', 'description', 'features', 'average_score', 'last_updated_on')
    UNION ALL
    FROM internal.chosen_prices('infinity')
), disagreeing AS (
    SELECT DISTINCT model_id, field FROM now WHERE rule = 'disagrees_with_chosen'
), said AS (
    SELECT *, source || ': ' || CASE unit WHEN 'month' THEN left(value, 7) WHEN 'year' THEN left(value, 4)
        ELSE value END AS statement
    FROM now JOIN disagreeing USING (model_id, field)
)
SELECT model_id, NULL::VARCHAR AS version, field, list(DISTINCT statement ORDER BY statement) AS said,
    any_value(source) FILTER (chosen) AS chosen_source, any_value(rule) FILTER (chosen) AS rule
FROM said GROUP BY model_id, field
