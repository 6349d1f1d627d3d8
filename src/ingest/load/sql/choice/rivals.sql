-- Claims of {these} with what tells whom to believe.
-- `preference` is what a field itself prefers, the least first. Weights are open where a place of them, a licence or
-- the maker says so; else the no of the maker, of a page, of a licence or of the family comes before the yes of a host,
-- and the no of a host is the last. A window that the maker or a page states comes before the most input that the maker
-- states, which bounds it from below, and before that of a host, which may serve less. A most output that the maker or
-- a page states comes first where it does not merely repeat the window. A cutoff that the maker or a page states comes
-- before that of a host, which did not train the model, and one after the release comes last. Of release dates and of
-- windows of hosts see preferred.sql; of ends the last that is
-- stated, else the last that the catalogue knows. A licence that is
-- stated comes before that of the family. What the maker says of the size of a family comes before what
-- is stated of one model, and that before what a name tells.
SELECT s.*, c.last_seen, epoch_us(c.last_seen) // 86_400_000_000 AS seen_day,
    coalesce(f.trust, r.trust, 900) AS trust, s.source = o.source AS is_override, o.reason AS override_reason,
    coalesce(y.origin, s.source) AS origin, coalesce(w.seller, y.origin, s.source) AS seller,
    CASE WHEN s.unit IN ('year', 'month') THEN s.unit END AS coarse,
    s.field = 'release_date' AND d.day IS DISTINCT FROM d.first_day AND TRY_CAST(s.value AS DATE) = d.day AS is_voted,
    CASE WHEN s.field = 'context_tokens' THEN CASE
            WHEN coalesce(w.is_maker, true) THEN
                CASE WHEN s.high >= {most_tokens} THEN 0.5 WHEN k.number IS NOT NULL THEN 0.75 ELSE 0 END
            WHEN s.number = v.largest THEN 1 ELSE 2 END
        WHEN s.field = 'max_output_tokens' THEN
            CASE WHEN coalesce(w.is_maker, true) AND z.teller IS NULL THEN 0 ELSE 1 END
        WHEN s.field = 'knowledge_cutoff' THEN
            CASE WHEN TRY_CAST(s.value AS DATE) > d.day THEN 2 ELSE 0 END
                + CASE WHEN coalesce(w.is_maker, true) THEN 0 ELSE 1 END
        WHEN s.field = 'open_weights' THEN CASE
            WHEN s.value = 'true' AND (s.names_weights OR coalesce(w.is_maker, true)) THEN 0
            WHEN s.value = 'false' AND (s.names_weights OR coalesce(w.is_maker, true)) THEN 1
            WHEN s.value = 'true' THEN 2 ELSE 3 END
        WHEN s.field = 'release_date' THEN
            coalesce(a.rank / 100 + abs(date_diff('day', TRY_CAST(s.value AS DATE), d.day)), 0)
        WHEN s.field IN ('parameters', 'active_parameters') THEN s.size_rank
        WHEN s.field = 'license' THEN CASE WHEN s.is_derived THEN 2 ELSE 0 END
        WHEN s.field = 'deprecated_on' THEN
            CASE WHEN s.is_derived THEN 1_000_000 ELSE 0 END - epoch(TRY_CAST(s.value AS TIMESTAMP)) // 86_400
        ELSE 0 END AS preference,
    CASE WHEN s.unit = 'year' THEN 365 WHEN s.unit = 'month' THEN 30
         WHEN s.number IS NULL THEN 0 WHEN s.field = 'context_tokens' AND s.high >= {most_tokens} THEN {most_tokens}
         ELSE coalesce(s.high - s.low, 0) END AS width
FROM {these} AS s LEFT JOIN last_captures AS c ON s.source = c.source AND s.scope = c.scope
LEFT JOIN internal.source_trust AS r ON s.source = r.source AND r.field = '*'
LEFT JOIN internal.source_trust AS f ON s.source = f.source AND s.trusted_for = f.field
LEFT JOIN internal.overrides AS o ON s.model_id = o.model_id AND s.field = o.field
LEFT JOIN (VALUES {origins}) AS y (source, origin, announces) ON s.source = y.source
LEFT JOIN release_ranks AS a ON s.id = a.id AND s.model_id = a.model_id AND s.field = 'release_date'
LEFT JOIN released AS d ON s.model_id = d.model_id
LEFT JOIN outdone AS k ON s.model_id = k.model_id AND s.number = k.number AND s.field = 'context_tokens'
LEFT JOIN fillers AS z ON hash(s.source, s.scope, s.entry) = z.teller AND s.model_id = z.model_id
    AND s.field = 'max_output_tokens'
LEFT JOIN host_windows AS v ON s.model_id = v.model_id AND s.field = 'context_tokens'
LEFT JOIN sellers AS w ON hash(s.source, s.scope, s.entry) = w.teller AND s.model_id = w.model_id
    AND s.field IN ('open_weights', 'context_tokens', 'max_output_tokens', 'knowledge_cutoff')
