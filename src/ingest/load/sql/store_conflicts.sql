-- Store the fields and prices on which current claims of different sources truly disagree.
-- in:  internal.chosen_claims(t), internal.judged_prices; {beside_columns}: fields that are no column of models
-- out: internal.conflicts
-- A source that contradicts itself is no conflict of sources. `version` is set if all claims are about that version.
-- Severity: for numbers the natural logarithm of their ratio, for dates the years between them, for others one.
DELETE FROM internal.conflicts;
INSERT INTO internal.conflicts BY NAME
WITH now AS (
    SELECT model_id, version, field, value, number, unit, source, chosen, rule FROM internal.chosen_claims('infinity')
    WHERE until = 'infinity' AND field NOT IN {beside_columns} AND field NOT IN ('name', 'organization',
        'description', 'features', 'features_absent', 'average_score', 'last_updated_on', 'multimodal')
        AND (field <> 'release_date' OR id NOT IN (SELECT rowid FROM internal.claims
            WHERE field = 'release_date' AND derived_by IS NOT NULL AND valid_to IS NULL AND superseded_at IS NULL))
    UNION ALL
    SELECT model_id, version, field, number::VARCHAR AS value, number, NULL AS unit, source, chosen, rule
    FROM internal.judged_prices
), chosen AS (
    SELECT model_id, field, any_value(source) AS chosen_source, any_value(value) AS chosen_value,
        any_value(number) AS chosen_number, any_value(rule) AS rule
    FROM now WHERE chosen GROUP BY model_id, field
), disagreeing AS (
    SELECT n.model_id, n.field, any_value(c.chosen_source) AS chosen_source, any_value(c.rule) AS rule,
        max(CASE
            WHEN n.number > 0 AND c.chosen_number > 0 THEN abs(ln(n.number / c.chosen_number))
            WHEN n.number IS NOT NULL THEN 10
            ELSE coalesce(abs(date_diff('day', TRY_CAST(n.value AS DATE), TRY_CAST(c.chosen_value AS DATE))) / 365.0, 1)
        END) AS badness
    FROM now AS n JOIN chosen AS c ON n.model_id = c.model_id AND n.field = c.field
    WHERE n.rule = 'disagrees_with_chosen' AND n.source <> c.chosen_source GROUP BY n.model_id, n.field
)
SELECT d.model_id,
    CASE WHEN count(*) = count(n.version) AND count(DISTINCT n.version) = 1 THEN any_value(n.version) END AS version,
    d.field,
    list(DISTINCT n.source || ': ' || CASE n.unit WHEN 'month' THEN left(n.value, 7) WHEN 'year' THEN left(n.value, 4)
        ELSE n.value END ORDER BY n.source || ': ' || CASE n.unit WHEN 'month' THEN left(n.value, 7)
        WHEN 'year' THEN left(n.value, 4) ELSE n.value END) AS said,
    d.chosen_source, d.rule, d.badness
FROM disagreeing AS d JOIN now AS n ON d.model_id = n.model_id AND d.field = n.field
GROUP BY d.model_id, d.field, d.chosen_source, d.rule, d.badness;
