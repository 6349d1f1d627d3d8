-- What captures prove of themselves, and what is doubtful of what they say beside what others say now.
-- in:  internal.checks; internal.claims; internal.witnessed_prices(t); models
WITH doubted AS (
    FROM (SELECT *, unnest(doubts) AS doubt FROM internal.witnessed_prices('infinity'::TIMESTAMP))
    WHERE doubt IN ('price_far_from_others', 'one_price_for_all_sizes', 'price_far_from_before')
)
SELECT {columns} FROM internal.checks
UNION ALL BY NAME
SELECT capture_id, model_id, locator, doubt AS name, false AS passed,
    CASE doubt WHEN 'price_far_from_others' THEN 'about ' || middle || ', as at ' || sellers || ' other sellers'
        WHEN 'one_price_for_all_sizes' THEN 'another price than that of ' || models_at_this_price || ' models'
        ELSE 'about ' || amount_before || ', as before' END AS expected,
    field || ': ' || amount AS actual
FROM doubted
UNION ALL BY NAME
SELECT c.capture_id, c.model_id, c.locator, 'end_before_release' AS name, false AS passed,
    'an end after ' || m.release_date AS expected, c.value AS actual
FROM internal.claims AS c JOIN models AS m ON c.model_id = m.model_id
WHERE c.field = 'deprecated_on' AND c.valid_to IS NULL AND c.superseded_at IS NULL
    AND TRY_CAST(c.value AS DATE) < m.release_date
UNION ALL BY NAME
SELECT NULL AS capture_id, m.model_id, NULL AS locator, 'knowledge_cutoff_before_release' AS name, false AS passed,
    'knowledge_cutoff <= ' || m.release_date AS expected, m.knowledge_cutoff::VARCHAR AS actual
FROM models AS m WHERE m.knowledge_cutoff > m.release_date AND NOT EXISTS (
    FROM internal.checks AS k
    WHERE k.model_id = m.model_id AND k.name = 'knowledge_cutoff_before_release' AND NOT k.passed)
