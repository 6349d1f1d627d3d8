-- What sellers changed between two times: one row for each listing, kind and tier.
-- in:  internal.prices, internal.capture_scopes; {at_first}, {at_second}: the times t1 and t2 in UTC
-- A price that the first capture of an address tells is no change: it was not known before.
WITH known AS (
    SELECT source, scope FROM internal.capture_scopes GROUP BY ALL HAVING min(captured_at) <= {at_first}
), before AS (
    FROM internal.prices SEMI JOIN known USING (source, scope)
    WHERE superseded_at IS NULL AND valid_from <= {at_first} AND (valid_to IS NULL OR valid_to > {at_first})
        AND (stated_to IS NULL OR stated_to > {at_first})
), after AS (
    FROM internal.prices SEMI JOIN known USING (source, scope)
    WHERE superseded_at IS NULL AND valid_from <= {at_second} AND (valid_to IS NULL OR valid_to > {at_second})
        AND (stated_to IS NULL OR stated_to > {at_second})
)
SELECT coalesce(a.model_id, b.model_id) AS model_id, coalesce(a.version, b.version) AS version,
    coalesce(a.model_listed, b.model_listed) AS model_listed, coalesce(a.provider, b.provider) AS provider,
    coalesce(a.kind, b.kind) AS kind, coalesce(a.tier, b.tier) AS tier,
    b.usd_per_million_tokens AS old_usd_per_million_tokens, a.usd_per_million_tokens AS new_usd_per_million_tokens,
    coalesce(a.source, b.source) AS source, coalesce(a.valid_from, b.valid_to, b.stated_to) AS changed_at
FROM before AS b FULL JOIN after AS a
    ON b.source = a.source AND b.scope = a.scope AND b.entry IS NOT DISTINCT FROM a.entry AND b.model_id = a.model_id
    AND b.version IS NOT DISTINCT FROM a.version AND b.provider IS NOT DISTINCT FROM a.provider AND b.kind = a.kind
    AND b.tier IS NOT DISTINCT FROM a.tier AND b.unit = a.unit
WHERE b.usd_per_million_tokens IS DISTINCT FROM a.usd_per_million_tokens
