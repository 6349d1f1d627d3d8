-- Which release date of a model is preferred, and which window of hosts, as common table expressions.
-- in:  internal.claims, internal.listings, internal.providers; {holds}; {near}: days within which two dates are one;
--      {far}: days from which an earlier one needs support; {month}, {season}: days after which, and until which,
--      it yields to the day in the name of the first version; {hosts}: hosts that make a day certain;
--      {most_tokens}: the upper end of a count that is only a lower bound
-- `released` has the preferred day of each model, and `release_ranks` how far each claim can be believed: days of hosts
-- (1) come after all others (0), then what the catalogue of models knows (1.5), then placeholders (2), the first of
-- January or of a month in which another day is named, then days before the month that the model's own name holds (3),
-- and days before the knowledge cutoff of the same entry where another entry states a day after it (3). The earliest
-- day counts. One that a single source states yields to the next, far later one where two sources or {hosts} hosts
-- state that, or where it is the day in the name of the first version, or of the first preview. Of hosts alone the day
-- that most of them name counts.
-- `days_near`: among the days near to that one (`first_day`) the one counts that reviewed corrections name, else the
-- one that most origins state. Sources of one database are one origin, and {hosts} hosts are heard as their list. A day
-- in the name of a later version (`is_stamped`) is that version's. Of as many, one that an announcement tells comes
-- before a repository's. `is_snapshot`: makers who write the day of a snapshot into an id let people use it days later.
-- `told_days`: a release that nobody contests still tells which contested cutoffs come after it.
-- {origins}, {makers_of_snapshots}: see knowledge/choice.yaml
-- `sellers`: an entry of the maker that names a host (`groq-llama-4-scout`) speaks of that host's offer.
-- `outdone` are windows that one source alone states, below the most input that the maker takes, where another source
-- states the window that this input fills.
-- `fillers` are entries whose most output fills the window that they state, or is above every window that is stated:
-- many lists write the window where they know no limit.
-- `host_windows`: a host may serve less than a model takes, and rarely more. Of hosts alone the largest window that two
-- listings state counts, else the largest.
sellers AS MATERIALIZED (
    SELECT hash(l.source, l.scope, l.entry) AS teller, l.model_id, min(l.provider) AS seller,
        bool_or(p.organization_id IS NOT NULL AND p.organization_id = split_part(l.model_id, '/', 1)
            AND h.provider IS NULL) AS is_maker
    FROM (FROM internal.listings WHERE provider IS NOT NULL AND {holds}) AS l
    LEFT JOIN internal.providers AS p ON l.provider = p.provider
    LEFT JOIN internal.providers AS h ON h.kind <> 'maker' AND l.provider <> h.provider
        AND h.organization_id IS DISTINCT FROM split_part(l.model_id, '/', 1)
        AND split_part(split_part(lower(l.listed_id), '/', -1), '-', 1) = h.provider
    GROUP BY hash(l.source, l.scope, l.entry), l.model_id
), all_windows AS MATERIALIZED (
    SELECT model_id, number, source, hash(source, scope, entry) AS teller,
        coalesce(high >= {most_tokens}, false) AS is_bound
    FROM internal.claims WHERE field = 'context_tokens' AND contested IS DISTINCT FROM false AND {holds}
), windows AS MATERIALIZED (
    SELECT c.model_id, c.number, s.teller
    FROM all_windows AS c JOIN sellers AS s ON c.teller = s.teller AND c.model_id = s.model_id WHERE NOT s.is_maker
), outdone AS MATERIALIZED (
    SELECT DISTINCT k.model_id, k.number FROM all_windows AS k JOIN all_windows AS b
        ON k.model_id = b.model_id AND NOT k.is_bound AND b.is_bound AND k.number * 1.05 < b.number
    JOIN all_windows AS o ON k.model_id = o.model_id AND NOT o.is_bound AND abs(o.number - b.number) <= 0.05 * b.number
    WHERE NOT EXISTS (FROM all_windows AS s WHERE s.model_id = k.model_id AND NOT s.is_bound AND s.source <> k.source
        AND abs(s.number - k.number) <= 0.05 * k.number)
), fillers AS MATERIALIZED (
    SELECT o.model_id, o.teller FROM (
        SELECT model_id, number, hash(source, scope, entry) AS teller FROM internal.claims
        WHERE field = 'max_output_tokens' AND contested IS DISTINCT FROM false AND {holds}
    ) AS o JOIN (
        SELECT model_id, number, NOT coalesce(high >= {most_tokens}, false) AS is_exact,
            hash(source, scope, entry) AS teller
        FROM internal.claims WHERE field = 'context_tokens' AND {holds}
    ) AS w ON o.model_id = w.model_id GROUP BY o.model_id, o.teller
    HAVING bool_or(o.teller = w.teller AND o.number >= w.number) OR max(o.number) > max(w.number) FILTER (w.is_exact)
), first_versions AS MATERIALIZED (
    SELECT model_id, min(TRY_CAST(version AS DATE)) AS version_day FROM internal.listings
    WHERE regexp_full_match(version, '20[0-9]{2}-[0-9]{2}-[0-9]{2}') AND {holds} GROUP BY model_id
), host_windows AS MATERIALIZED (
    SELECT model_id, coalesce(max(number) FILTER (tellers > 1), max(number)) AS largest FROM (
        SELECT a.model_id, a.number, count(DISTINCT b.teller) AS tellers
        FROM windows AS a JOIN windows AS b ON a.model_id = b.model_id AND abs(a.number - b.number) <= 0.05 * a.number
        GROUP BY a.model_id, a.number
    ) GROUP BY model_id
), own_cutoffs AS MATERIALIZED (
    SELECT model_id, hash(source, scope, entry) AS teller, min(TRY_CAST(value AS DATE)) AS cutoff
    FROM internal.claims WHERE field = 'knowledge_cutoff' AND {holds} GROUP BY model_id, hash(source, scope, entry)
), told_days AS MATERIALIZED (
    SELECT rowid AS id, model_id, version, source, hash(source, scope, entry) AS teller, unit AS coarse,
        TRY_CAST(value AS DATE) AS day, correction IS NOT NULL AS is_corrected, derived_by IS NOT NULL AS is_derived
    FROM internal.claims WHERE field = 'release_date' AND {holds} AND model_id IN (
        SELECT model_id FROM internal.claims
        WHERE field IN ('release_date', 'knowledge_cutoff') AND contested IS DISTINCT FROM false)
), release_ranks AS MATERIALIZED (
    SELECT *, CASE
        WHEN day < cutoff AND max(CASE WHEN is_hosts OR day < cutoff THEN NULL ELSE day END)
            OVER (PARTITION BY model_id) >= cutoff THEN 3
        WHEN day(day) = 1 AND (month(day) = 1 OR coarse = 'year' OR bool_or(day(day) > 1) OVER (
            PARTITION BY model_id, date_trunc('month', day))) THEN 2
        WHEN strftime(day, '%y%m') < regexp_extract(model_id, '-(2[3-9](?:0[1-9]|1[0-2]))$', 1) THEN 3
        WHEN is_snapshot AND bool_or(NOT is_snapshot AND NOT is_hosts) OVER (PARTITION BY model_id ORDER BY day
            RANGE BETWEEN INTERVAL 1 DAY FOLLOWING AND INTERVAL {month} DAY FOLLOWING) THEN 2
        WHEN is_hosts THEN 1 ELSE 0 END AS rank
    FROM (
        SELECT k.*, o.cutoff, s.is_maker IS FALSE AS is_hosts,
            coalesce(regexp_matches(k.version, strftime(k.day, '(^|[^0-9])(%Y-?)?%m-?%d([^0-9]|$)')), false)
                AS is_stamped,
            bool_or(TRY_CAST(k.version AS DATE) = k.day AND split_part(k.model_id, '/', 1) IN {makers_of_snapshots})
                OVER (PARTITION BY k.model_id, k.source, k.day) IS TRUE AS is_snapshot
        FROM (FROM told_days WHERE NOT is_derived) AS k
        LEFT JOIN sellers AS s ON k.teller = s.teller AND k.model_id = s.model_id
        LEFT JOIN own_cutoffs AS o ON k.teller = o.teller AND k.model_id = o.model_id
    )
    UNION ALL BY NAME
    SELECT *, false AS is_hosts, false AS is_stamped, false AS is_snapshot, 1.5 AS rank
    FROM told_days WHERE is_derived
), supported AS MATERIALIZED (
    SELECT a.model_id, a.day, a.rank, count(DISTINCT CASE WHEN b.rank = 0 THEN b.source END) AS sources,
        count(DISTINCT CASE WHEN b.rank = 0 AND b.day = a.day THEN b.source END) AS exactly,
        count(DISTINCT CASE WHEN b.rank = 1 THEN b.teller END) AS hosts
    FROM (SELECT model_id, day, min(rank) AS rank FROM release_ranks GROUP BY model_id, day) AS a
    JOIN release_ranks AS b ON a.model_id = b.model_id
    WHERE abs(date_diff('day', a.day, b.day)) <= {near} GROUP BY a.model_id, a.day, a.rank
), first_previews AS MATERIALIZED (
    SELECT model_id, min(day) AS preview_day FROM release_ranks
    WHERE rank = 0 AND is_stamped AND regexp_matches(version, '(^|-)(exp|preview)(-|$)') GROUP BY model_id
), weighed_days AS NOT MATERIALIZED (
    SELECT *, rank = 0 OR (rank = 1 AND hosts >= {hosts}) AS counts,
        sources + CASE WHEN hosts >= {hosts} THEN 2 ELSE 0 END AS backing,
        coalesce(abs(date_diff('day', day, version_day)) <= {near}, false) AND rank = 0 AS is_of_version,
        min(day) FILTER (rank = 0) OVER (PARTITION BY model_id) AS first
    FROM supported LEFT JOIN first_versions USING (model_id) LEFT JOIN first_previews USING (model_id)
), first_days AS MATERIALIZED (
    SELECT model_id, CASE
        WHEN any_value(first) IS NULL AND min(rank) = 1
            THEN arg_min(day, {'apart': -hosts, 'day': day}) FILTER (rank = 1)
        WHEN any_value(first) IS NULL THEN arg_min(day, {'rank': rank, 'day': day})
        WHEN any_value(exactly) FILTER (day = first) = 1 AND any_value(preview_day) > any_value(first)
                AND any_value(preview_day) < any_value(first) + {season}
            THEN any_value(preview_day)
        WHEN any_value(backing) FILTER (day = first) = 1
                AND arg_min(backing, day) FILTER (counts AND day > first + {far}) > 1
            THEN min(day) FILTER (counts AND day > first + {far})
        WHEN any_value(backing) FILTER (day = first) = 1 AND bool_or(is_of_version AND day > first + {month}
                AND day < first + {season})
            THEN min(day) FILTER (is_of_version AND day > first + {month} AND day < first + {season})
        ELSE any_value(first) END AS day
    FROM weighed_days GROUP BY model_id
), days_near AS MATERIALIZED (
    SELECT f.model_id, f.day AS first_day, r.day, min(r.rank) AS rank, bool_or(r.is_corrected) AS is_corrected,
        count(DISTINCT CASE WHEN r.rank = 1 THEN r.seller END) AS hosts,
        count(DISTINCT CASE WHEN r.day = f.day OR NOT r.is_stamped THEN r.origin END) AS origins,
        bool_or(r.is_stamped OR r.announces) AS is_announced,
        min(min(r.rank)) OVER (PARTITION BY f.model_id) AS best_rank
    FROM first_days AS f JOIN (
        SELECT k.*, s.seller, coalesce(o.origin, k.source) AS origin, o.announces IS TRUE AS announces
        FROM release_ranks AS k LEFT JOIN sellers AS s ON k.teller = s.teller AND k.model_id = s.model_id
        LEFT JOIN (VALUES {origins}) AS o (source, origin, announces) ON k.source = o.source
    ) AS r ON f.model_id = r.model_id
    WHERE coalesce(r.coarse, 'day') = 'day' AND r.rank < 1.5
        AND r.day BETWEEN f.day - {near} AND f.day + 2 * {near} GROUP BY f.model_id, f.day, r.day
), released AS MATERIALIZED (
    SELECT f.model_id, f.day AS first_day, coalesce(n.day, f.day) AS day FROM first_days AS f LEFT JOIN (
        SELECT model_id, arg_min(day, {'is_said': NOT is_corrected,
            'votes': CASE WHEN best_rank = 1 THEN -hosts ELSE -origins END, 'is_repository': NOT is_announced,
            'day': day}) AS day
        FROM days_near WHERE (rank = best_rank AND day >= first_day) OR hosts >= {hosts} OR day = first_day
        GROUP BY model_id
    ) AS n USING (model_id)
)
