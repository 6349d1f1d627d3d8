-- The rows of prices as they were at the time t.
-- in:  {at}, {in_force}: see choice/; {columns}
-- A condition on the model reaches the scan, and captures are looked up for the rows that are left.
SELECT {columns}
FROM internal.prices AS s LEFT JOIN LATERAL (
    SELECT max(captured_at) AS last_seen FROM internal.capture_scopes AS o
    WHERE o.source = s.source AND o.scope = s.scope AND captured_at <= {at}
) AS c ON true
WHERE {in_force}
