-- By what ids and names a source lists each model.
-- in:  {entries}, {captures}, {prices}: what was read; {named}: which model each entry speaks of
-- out: {out}, in the columns of the history of listings
-- The provider is the one seller that an entry has prices of, else the seller in whose list it stands.
INSERT INTO {out} BY NAME
WITH sellers AS (
    SELECT capture_id, entry, CASE WHEN count(DISTINCT provider) = 1 THEN any_value(provider) END AS provider
    FROM {prices} GROUP BY ALL
)
SELECT c.source, n.scope, n.entry_key AS entry, n.model_id, n.version, e.source_key AS listed_id,
    e.name AS listed_name, coalesce(s.provider, e.provider) AS provider, n.settings, n.rule, e.locator, e.capture_id
FROM {entries} AS e JOIN {named} AS n USING (capture_id, entry) JOIN {captures} AS c USING (capture_id)
LEFT JOIN sellers AS s USING (capture_id, entry)
