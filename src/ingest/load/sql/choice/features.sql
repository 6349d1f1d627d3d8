-- The features of each model by what can be believed, one row for each that anybody names.
-- in:  standing: see standing.sql
-- One source's silence is no word against another's yes. What hosts say of their offers counts where a second source
-- says it of the model or of an offer, and nobody says in so many words that the model lacks it.
SELECT model_id, feature,
    bool_or(field = 'features') OR (NOT bool_or(field = 'features_absent')
        AND count(DISTINCT source) FILTER (field <> 'features_absent') > 1) AS is_there,
    bool_or(field = 'features_absent') AND NOT is_there AS is_absent
FROM (
    SELECT model_id, field, source, unnest(CAST(CAST(value AS JSON) AS VARCHAR[])) AS feature FROM standing
    WHERE field IN ('features', 'features_absent', 'features_of_offer')
) GROUP BY model_id, feature
