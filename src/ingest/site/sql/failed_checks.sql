-- Failed checks, one row each; equal ones once.
-- in:  checks, captures
SELECT c.name, c.model_id, k.source, c.capture_id, c.locator, c.expected, c.actual
FROM checks AS c LEFT JOIN captures AS k USING (capture_id) WHERE NOT c.passed
GROUP BY ALL ORDER BY c.name, c.model_id, k.source, c.locator, c.expected, c.actual
