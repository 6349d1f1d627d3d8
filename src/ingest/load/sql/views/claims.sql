-- Every claim, with whether and why it was chosen. Of what nobody states any more the last claim stays chosen.
-- in:  internal.claims, internal.chosen_claims(t)
WITH judged AS (
    SELECT c.*, coalesce(j.chosen, false) AS chosen,
        CASE WHEN c.superseded_at IS NOT NULL THEN 'superseded'
             WHEN c.valid_to IS NOT NULL THEN if(j.chosen, 'last_told', 'ended')
             WHEN j.rule IS NULL THEN 'end_of_a_version'
             ELSE j.rule || coalesce('; corrected: ' || c.correction, '')
                 || coalesce('; derived: ' || c.derived_by, '') END AS rule
    FROM (SELECT rowid AS id, * FROM internal.claims) AS c
    LEFT JOIN internal.chosen_claims('infinity') AS j ON c.id = j.id AND c.model_id = j.model_id
)
SELECT {columns} FROM judged
