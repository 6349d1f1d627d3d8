-- The features of each model by what can be believed, one row for each that anybody names.
-- in:  standing: see standing.sql; inputs: see inputs.sql; {inputs_of_features}: a feature and the inputs of which it
--      needs one
-- One source's silence is no word against another's yes. What hosts say of their offers counts where a second source
-- says it of the model or of an offer, and nobody says in so many words that the model lacks it. A feature whose input
-- the model is known not to take (`vision` of a model of text) is not there. A feature that follows from an input
-- (`vision` of a model of text that takes pictures) and one that its own record makes doubtful count where the model is
-- known to take the input, and nobody says that the model lacks it.
SELECT model_id, feature,
    (is_said AND coalesce(takes_it, true))
        OR ((is_doubted OR follows) AND NOT is_denied AND coalesce(takes_it, false)) AS is_there,
    is_denied AND NOT is_said AS is_absent
FROM (
    SELECT s.model_id, s.feature, bool_or(s.field = 'features_absent') AS is_denied,
        bool_or(s.field = 'features_doubted') AS is_doubted, bool_or(s.field = 'features_of_inputs') AS follows,
        bool_or(s.field = 'features') OR (NOT bool_or(s.field = 'features_absent')
            AND count(DISTINCT s.source) FILTER (s.field = 'features_of_offer') > 1) AS is_said,
        any_value(list_has_any(i.inputs_together, t.inputs)) AS takes_it
    FROM (
        SELECT model_id, field, source, unnest(CAST(CAST(value AS JSON) AS VARCHAR[])) AS feature FROM standing
        WHERE field IN ('features', 'features_absent', 'features_of_offer', 'features_of_inputs',
            'features_doubted')
    ) AS s LEFT JOIN (VALUES {inputs_of_features}) AS t (feature, inputs) ON s.feature = t.feature
    LEFT JOIN inputs AS i ON s.model_id = i.model_id
    GROUP BY s.model_id, s.feature
)
