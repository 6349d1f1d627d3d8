-- The changes of runs, one row each, worst first: removed rows, then the largest relative changes, then added rows.
-- In: changes, captures, internal.scores, internal.prices, internal.claims; $run, $since, $most (each may be NULL).
-- The key of a price is model|provider|kind|tier|unit|source|entry, that of a score its id.
WITH listed AS (
    SELECT *, row_number() OVER () AS id, string_split(key, '|') AS part,
        CASE kind WHEN 'removed' THEN 0 WHEN 'changed' THEN 1 ELSE 2 END AS kind_order,
        CASE table_name WHEN 'models' THEN 0 WHEN 'prices' THEN 1 ELSE 2 END AS table_order,
        abs(ln(greatest(abs(TRY_CAST(new_value AS DOUBLE)), 1e-9)
            / greatest(abs(TRY_CAST(old_value AS DOUBLE)), 1e-9))) AS ratio
    FROM changes
    WHERE ($run::VARCHAR IS NULL OR run_id = $run) AND ($since::TIMESTAMPTZ IS NULL OR changed_at >= $since)
    -- what can be among the first, by what the change alone tells: a model, but not that of a score
    QUALIFY $most::INTEGER IS NULL OR rank() OVER (ORDER BY kind_order, table_order, ratio DESC NULLS LAST,
        CASE table_name WHEN 'models' THEN key WHEN 'prices' THEN part[1] END) <= $most
), rows AS (
    SELECT l.id, s.model_id, s.benchmark_listed AS what, s.source, s.capture_id, s.score AS amount, s.unit,
        s.recorded_at, s.superseded_at, s.valid_to, NULL AS is_it
    FROM listed AS l JOIN internal.scores AS s ON l.table_name = 'scores' AND l.key = s.score_id
    UNION ALL
    SELECT l.id, p.model_id, NULL, p.source, p.capture_id, p.amount, NULL, p.recorded_at, p.superseded_at,
        p.valid_to, NULL
    FROM listed AS l JOIN internal.prices AS p ON l.table_name = 'prices' AND l.part[1] = p.model_id
        AND l.part[2] = coalesce(p.provider, '-') AND l.part[3] = p.kind AND l.part[4] = coalesce(p.tier, 'base')
        AND l.part[5] = p.unit AND l.part[6] = p.source
        AND coalesce(array_to_string(l.part[7:], '|'), '') = coalesce(p.entry, '')
    UNION ALL
    SELECT l.id, c.model_id, NULL, c.source, c.capture_id, NULL, NULL, c.recorded_at, c.superseded_at, c.valid_to,
        c.value = l.new_value OR c.number = TRY_CAST(l.new_value AS DOUBLE)
    FROM listed AS l JOIN internal.claims AS c
        ON l.table_name = 'models' AND l.key = c.model_id AND coalesce(l.field, 'name') = c.field
), found AS (
    -- the row that the run wrote (or, of what is gone, ended); after a rebuild the last that there is
    FROM rows JOIN (SELECT id, changed_at, kind FROM listed) USING (id)
    QUALIFY row_number() OVER (PARTITION BY id ORDER BY
        (CASE WHEN kind = 'removed' THEN superseded_at ELSE recorded_at END) = changed_at DESC NULLS LAST,
        valid_to IS NULL DESC, is_it DESC NULLS LAST, recorded_at DESC, source) = 1
)
SELECT l.kind, l.table_name AS "table",
    CASE l.table_name WHEN 'models' THEN l.key WHEN 'prices' THEN l.part[1] ELSE f.model_id END AS model,
    CASE l.table_name WHEN 'models' THEN coalesce(l.field, 'the model')
        WHEN 'scores' THEN coalesce(f.what, 'score ' || l.key) || coalesce(' ' || nullif(l.field, 'score'), '')
        ELSE l.part[3] || ' price' || coalesce(' ' || nullif(l.field, 'amount'), '')
            || coalesce(' at ' || nullif(l.part[2], '-'), '') || coalesce(', ' || nullif(l.part[4], 'base'), '')
            || CASE WHEN l.part[5] <> 'per_million_tokens' THEN ', ' || replace(l.part[5], '_', ' ') ELSE '' END
        END AS what,
    CASE WHEN l.kind = 'removed' THEN f.amount::VARCHAR ELSE l.old_value END AS old,
    CASE WHEN l.kind = 'added' THEN f.amount::VARCHAR ELSE l.new_value END AS new,
    coalesce(f.source, CASE WHEN l.table_name = 'prices' THEN l.part[6] END) AS source,
    c.location AS link, l.changed_at
FROM listed AS l LEFT JOIN found AS f USING (id) LEFT JOIN captures AS c USING (capture_id)
ORDER BY l.kind_order, l.table_order, l.ratio DESC NULLS LAST, model, what, l.changed_at, l.key, l.field, old, new,
    source, link
LIMIT $most
