-- Sellers: those of the list, and those that only prices name.
-- in:  internal.prices, internal.providers
SELECT coalesce(k.provider, p.provider) AS provider, coalesce(k.name, p.provider) AS name, k.kind, k.organization_id
FROM internal.providers AS k FULL JOIN (
    SELECT DISTINCT provider FROM internal.prices WHERE provider IS NOT NULL AND superseded_at IS NULL
) AS p USING (provider)
