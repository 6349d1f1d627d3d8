-- The times at which each scope was captured.
-- in:  {scopes}: the scopes of new captures; {forgotten}: scopes that lost captures;
--      `internal.capture_scopes`, `captures`
-- out: {speaking}: the new captures that are heard. A page that was edited within the day that it states is captured
--          twice at one moment: of two captures of one location the later recorded is the page. Of two locations
--          neither is, so that the order of reading does not matter.
--      {affected}: all scopes that change
--      {fresh}: those with one time of capture, the first ever: all that is staged for them holds from then on
--      {times}: for the others their times, numbered, with the next one beside each
CREATE OR REPLACE TEMP TABLE {speaking} AS
    SELECT n.* FROM {scopes} AS n JOIN captures AS c USING (capture_id)
    QUALIFY row_number() OVER (PARTITION BY n.source, n.scope, n.captured_at, c.location
        ORDER BY c.recorded_at DESC, n.capture_id) = 1;
CREATE OR REPLACE TEMP TABLE {affected} AS
    SELECT source, scope FROM {scopes} UNION SELECT source, scope FROM {forgotten};
CREATE OR REPLACE TEMP TABLE {times} AS
WITH times AS (
    SELECT source, scope, captured_at, false AS is_old FROM {scopes}
    UNION ALL
    SELECT source, scope, captured_at, true FROM internal.capture_scopes SEMI JOIN {affected} USING (source, scope)
), distinct_times AS (
    SELECT source, scope, captured_at, bool_or(is_old) AS is_old FROM times GROUP BY ALL
)
SELECT *, row_number() OVER w AS position, lead(captured_at) OVER w AS next_at FROM distinct_times
WINDOW w AS (PARTITION BY source, scope ORDER BY captured_at);
CREATE OR REPLACE TEMP TABLE {fresh} AS
    SELECT source, scope FROM {times} ANTI JOIN {forgotten} USING (source, scope)
    GROUP BY ALL HAVING count(*) = 1 AND NOT bool_or(is_old);
DELETE FROM {times} AS t USING {fresh} AS f WHERE t.source = f.source AND t.scope = f.scope;
