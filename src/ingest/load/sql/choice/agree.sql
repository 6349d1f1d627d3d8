-- Whether the claims {one} and {other} can both be true, given what their rounding or their precision allows.
-- Two dates are held against each other at the coarser precision of the two: 'year' sorts after 'month', and NULL (a
-- day) counts for nothing.
(CASE
    WHEN {one}.field = 'knowledge_cutoff' THEN
        date_trunc(coalesce(greatest({one}.coarse, {other}.coarse), 'day'), TRY_CAST({one}.value AS DATE))
        = date_trunc(coalesce(greatest({one}.coarse, {other}.coarse), 'day'), TRY_CAST({other}.value AS DATE))
    WHEN {one}.number IS NOT NULL AND {other}.number IS NOT NULL THEN
        coalesce({one}.low, {one}.number) <= coalesce({other}.high, {other}.number)
        AND coalesce({other}.low, {other}.number) <= coalesce({one}.high, {one}.number)
    ELSE {one}.value = {other}.value END)
