-- What captures prove of themselves, and what is doubtful of what they say beside what others say now.
-- in:  internal.checks; internal.claims, internal.prices, internal.scores, internal.listings, internal.capture_scopes;
--      internal.witnessed_prices(t); models
-- `states_far_less`: a page or file states less than half of the fields, prices or scores that it stated before. Floors
-- hold back the large falls; this names every one, and follows from the histories alone.
-- `version_before_model`, `version_after_capture`: the day in a version is months before the model's release, or after
-- the listing was seen: most often a slip in an id.
-- `mark_left_out`: a result that is not ranked, see ranking/marked_elsewhere.sql.
-- `differing_results`: one source states results of one model, version and key that rounding does not explain.
WITH stated AS (
    SELECT source, scope, 'fields' AS what, model_id, seen_from AS valid_from, seen_to AS valid_to FROM internal.claims
    WHERE superseded_at IS NULL
    UNION ALL
    SELECT source, scope, 'prices', model_id, seen_from, seen_to FROM internal.prices WHERE superseded_at IS NULL
    UNION ALL
    SELECT source, scope, 'scores', model_id, valid_from, valid_to FROM internal.scores WHERE superseded_at IS NULL
), steps AS (
    SELECT source, scope, what, moment, sum(step)::BIGINT AS step, min(model_id) AS first, max(model_id) AS last
    FROM (
        SELECT source, scope, what, model_id, valid_from AS moment, 1 AS step FROM stated
        UNION ALL
        SELECT source, scope, what, model_id, valid_to, -1 FROM stated WHERE valid_to IS NOT NULL
    ) GROUP BY source, scope, what, moment
), counted AS (
    SELECT *, sum(step) OVER (PARTITION BY source, scope, what ORDER BY moment)::BIGINT AS left_over FROM steps
), doubted AS (
    FROM (SELECT *, unnest(doubts) AS doubt FROM internal.witnessed_prices('infinity'::TIMESTAMP))
    WHERE doubt IN ('price_far_from_others', 'one_price_for_all_sizes', 'price_far_from_before')
)
SELECT {columns} FROM internal.checks
UNION ALL BY NAME
SELECT capture_id, model_id, locator, doubt AS name, false AS passed,
    CASE doubt WHEN 'price_far_from_others' THEN 'about ' || middle || ', as at '
            || CASE sellers WHEN 1 THEN 'its maker' ELSE sellers || ' other sellers' END
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
SELECT capture_id, model_id, locator,
    if(day > captured_at, 'version_after_capture', 'version_before_model') AS name, false AS passed,
    'a version ' || if(day > captured_at, 'before ' || captured_at::DATE, 'after ' || release_date) AS expected,
    coalesce(listed_id, listed_name) AS actual
FROM (
    SELECT l.*, m.release_date, c.captured_at,
        TRY_CAST(regexp_extract(l.version, '(?:^|-)(20[0-9]{2}-[0-9]{2}-[0-9]{2})$', 1) AS DATE) AS day
    FROM internal.listings AS l JOIN models AS m ON l.model_id = m.model_id
    JOIN captures AS c ON l.capture_id = c.capture_id
    WHERE l.superseded_at IS NULL AND l.valid_to IS NULL
) WHERE day > captured_at OR day + {season} < release_date
UNION ALL BY NAME
SELECT NULL AS capture_id, m.model_id, NULL AS locator, 'knowledge_cutoff_before_release' AS name, false AS passed,
    'knowledge_cutoff <= ' || m.release_date AS expected, m.knowledge_cutoff::VARCHAR AS actual
FROM models AS m WHERE m.knowledge_cutoff > m.release_date AND NOT EXISTS (
    FROM internal.checks AS k
    WHERE k.model_id = m.model_id AND k.name = 'knowledge_cutoff_before_release' AND NOT k.passed)
UNION ALL BY NAME
SELECT c.capture_id, CASE WHEN f.first = f.last THEN f.first END AS model_id, NULL AS locator,
    'states_far_less' AS name, false AS passed, (left_over - step) || ' ' || what || ', as before' AS expected,
    left_over || ' ' || what AS actual
FROM counted AS f JOIN internal.capture_scopes AS c ON f.source = c.source AND f.scope = c.scope
    AND f.moment = c.captured_at
WHERE 2 * left_over < left_over - step
UNION ALL BY NAME
SELECT min(capture_id) AS capture_id, model_id, min(locator) AS locator, 'differing_results' AS name,
    false AS passed, 'one result for ' || comparability_key || coalesce(' of version ' || version, '') AS expected,
    string_agg(DISTINCT score::VARCHAR, ', ' ORDER BY score::VARCHAR) AS actual
FROM internal.scores
WHERE superseded_at IS NULL AND valid_to IS NULL AND comparability_key IS NOT NULL
GROUP BY source, model_id, version, comparability_key
HAVING max(coalesce(score_low, score)) > min(coalesce(score_high, score)) + 1e-9
UNION ALL BY NAME
SELECT s.capture_id, s.model_id, s.locator, 'mark_left_out' AS name, false AS passed,
    'many tries, as ' || min(m.source) || ' says of the same number' AS expected, s.score_text AS actual
FROM internal.scores AS s JOIN internal.scores AS m ON {marked_elsewhere}
WHERE s.superseded_at IS NULL AND s.valid_to IS NULL AND m.superseded_at IS NULL AND m.valid_to IS NULL
GROUP BY s.score_id, s.capture_id, s.model_id, s.locator, s.score_text
