-- Makers: those of the list that made a model here or are known, and those that only models name.
-- in:  models, internal.organizations
-- A model whose maker nobody names has the organization 'unknown', which is nobody and no row.
SELECT coalesce(k.organization_id, m.organization_id) AS organization_id, coalesce(k.name, m.name) AS name,
    k.aliases, k.organization_id IS NOT NULL AS is_known
FROM internal.organizations AS k FULL JOIN (
    SELECT organization_id, min(organization) AS name FROM models
    WHERE organization_id <> 'unknown' GROUP BY organization_id
) AS m USING (organization_id)
