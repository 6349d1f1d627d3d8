-- Whether the claims {one} and {other} can both be true, given what their rounding or their precision allows.
-- Two dates are held against each other at the coarser precision of the two: 'year' sorts after 'month', and NULL (a
-- day) counts for nothing. Two release dates a few days apart are one; a K of tokens may be 1,000 or 1,024 of them.
-- A count of whole thousands may be rounded: 131,000 tokens are 131,072.
(CASE
    WHEN {one}.field = 'release_date' AND {one}.coarse IS NULL AND {other}.coarse IS NULL THEN
        abs(date_diff('day', TRY_CAST({one}.value AS DATE), TRY_CAST({other}.value AS DATE))) <= {near}
    WHEN {one}.field IN ('knowledge_cutoff', 'release_date') THEN
        date_trunc(coalesce(greatest({one}.coarse, {other}.coarse), 'day'), TRY_CAST({one}.value AS DATE))
        = date_trunc(coalesce(greatest({one}.coarse, {other}.coarse), 'day'), TRY_CAST({other}.value AS DATE))
    WHEN {one}.number IS NOT NULL AND {other}.number IS NOT NULL THEN
        (coalesce({one}.low, {one}.number) <= coalesce({other}.high, {other}.number)
            AND coalesce({other}.low, {other}.number) <= coalesce({one}.high, {one}.number))
        OR (contains({one}.field, '_tokens') AND (
            {one}.number * 1.024 = {other}.number OR {other}.number * 1.024 = {one}.number
            OR {one}.number * 1.048576 = {other}.number OR {other}.number * 1.048576 = {one}.number
            OR (abs({one}.number - {other}.number) <= 500 AND least({one}.number, {other}.number) >= 10000
                AND ({one}.number % 1000 = 0 OR {other}.number % 1000 = 0))))
    WHEN {one}.field = 'license' THEN
        regexp_replace(lower({one}.value), ' agreement$', '') = regexp_replace(lower({other}.value), ' agreement$', '')
    ELSE {one}.value = {other}.value END)
