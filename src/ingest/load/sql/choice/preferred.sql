-- Which release date of a model is preferred, as common table expressions.
-- in:  internal.claims, internal.listings, internal.providers; {holds}; {near}: days within which two dates are one;
--      {far}: days from which an earlier one needs support; {hosts}: hosts that make a day certain
-- `released` has the preferred day of each model, and `release_ranks` how far each claim can be believed: days of hosts
-- (1) come after all others (0), then placeholders (2), the first of January or of a month in which another day
-- is named, then days before the month that the model's own name holds (3). The earliest day counts. One that a single
-- source states yields to the next, far later one where two sources or {hosts} hosts state that. Of hosts alone the day
-- that most of them name counts.
sellers AS MATERIALIZED (
    SELECT hash(l.source, l.scope, l.entry) AS teller, l.model_id, bool_or(p.organization_id IS NOT NULL
        AND p.organization_id = split_part(l.model_id, '/', 1)) AS is_maker
    FROM (FROM internal.listings WHERE provider IS NOT NULL AND {holds}) AS l
    LEFT JOIN internal.providers AS p ON l.provider = p.provider
    GROUP BY hash(l.source, l.scope, l.entry), l.model_id
), release_ranks AS MATERIALIZED (
    SELECT *, CASE
        WHEN day(day) = 1 AND (month(day) = 1 OR coarse = 'year' OR bool_or(day(day) > 1) OVER (
            PARTITION BY model_id, date_trunc('month', day))) THEN 2
        WHEN strftime(day, '%y%m') < regexp_extract(model_id, '-(2[3-9](?:0[1-9]|1[0-2]))$', 1) THEN 3
        WHEN is_hosts THEN 1 ELSE 0 END AS rank
    FROM (
        SELECT k.id, k.model_id, k.source, k.teller, k.unit AS coarse, k.day, NOT coalesce(s.is_maker, true) AS is_hosts
        FROM (
            SELECT rowid AS id, model_id, source, hash(source, scope, entry) AS teller, unit,
                TRY_CAST(value AS DATE) AS day
            FROM internal.claims WHERE field = 'release_date' AND contested IS DISTINCT FROM false AND {holds}
        ) AS k LEFT JOIN sellers AS s ON k.teller = s.teller AND k.model_id = s.model_id
    )
), supported AS MATERIALIZED (
    SELECT a.model_id, a.day, a.rank, count(DISTINCT CASE WHEN b.rank = 0 THEN b.source END) AS sources,
        count(DISTINCT CASE WHEN b.rank = 1 THEN b.teller END) AS hosts
    FROM (SELECT model_id, day, min(rank) AS rank FROM release_ranks GROUP BY model_id, day) AS a
    JOIN release_ranks AS b ON a.model_id = b.model_id
    WHERE abs(date_diff('day', a.day, b.day)) <= {near} GROUP BY a.model_id, a.day, a.rank
), weighed_days AS NOT MATERIALIZED (
    SELECT *, rank = 0 OR (rank = 1 AND hosts >= {hosts}) AS counts,
        sources + CASE WHEN hosts >= {hosts} THEN 2 ELSE 0 END AS backing,
        min(day) FILTER (rank = 0) OVER (PARTITION BY model_id) AS first
    FROM supported
), released AS MATERIALIZED (
    SELECT model_id, CASE
        WHEN any_value(first) IS NULL AND min(rank) = 1
            THEN arg_min(day, {'apart': -hosts, 'day': day}) FILTER (rank = 1)
        WHEN any_value(first) IS NULL THEN min(day)
        WHEN any_value(backing) FILTER (day = first) = 1
                AND arg_min(backing, day) FILTER (counts AND day > first + {far}) > 1
            THEN min(day) FILTER (counts AND day > first + {far})
        ELSE any_value(first) END AS day
    FROM weighed_days GROUP BY model_id
)
