-- The statements of some captures as rows of claims, before they are judged.
-- in:  {stated}, {entries}, {captures}: what was read; {named}: which model each entry speaks of;
--      {licenses}: how this project writes the licences that sources name; {derived}: what follows from statements
-- A derived statement replaces what its entry states of the same field.
-- The captures are those with numbers from $first to $last.
WITH chosen AS (
    SELECT rowid AS number, capture_id, source, captured_at FROM {captures} WHERE rowid BETWEEN $first AND $last
), said AS (
    SELECT s.rowid AS number, s.capture_id, s.entry, s.field, coalesce(l.license, s.value) AS value, s.number AS amount,
        s.low, s.high, s.unit, s.raw_text, s.locator, s.correction, s.derived_by, s.problem,
        s.stated_from, s.stated_to
    FROM {stated} AS s LEFT JOIN {licenses} AS l ON s.field = 'license' AND s.value = l.value
    WHERE s.value IS NULL OR s.problem IS NOT NULL OR NOT EXISTS (
        FROM {derived} AS d WHERE d.capture_id = s.capture_id AND d.entry = s.entry AND d.field = s.field)
    UNION ALL BY NAME
    SELECT e.rowid AS number, e.capture_id, e.entry, 'name' AS field, n.name AS value, e.name AS raw_text, e.locator
    FROM {entries} AS e JOIN {named} AS n USING (capture_id, entry)
    UNION ALL BY NAME
    SELECT e.rowid AS number, e.capture_id, e.entry, 'organization' AS field, n.organization AS value,
        e.organization AS raw_text, e.organization_locator AS locator
    FROM {entries} AS e JOIN {named} AS n USING (capture_id, entry)
    UNION ALL BY NAME
    SELECT rowid AS number, * FROM {derived}
)
SELECT c.number AS capture_number, s.number AS row_number, s.entry AS entry_number,
    coalesce(s.problem, CASE WHEN s.stated_from > c.captured_at::DATE THEN 'begins_after_capture' END) AS problem,
    c.source, n.scope,
    n.entry_key AS entry, n.model_id, n.version, n.model_listed, s.field, s.value, s.amount AS number, s.low, s.high,
    s.unit, s.raw_text, s.locator, s.capture_id, s.correction, s.derived_by, s.stated_from, s.stated_to
FROM said AS s JOIN chosen AS c USING (capture_id) JOIN {named} AS n USING (capture_id, entry)
WHERE s.value IS NOT NULL OR s.problem IS NOT NULL
ORDER BY capture_number, entry_number, field, row_number
