-- The documents of which a run reads only captures that are older than one that is known.
-- in:  {scopes}: source, scope and captured_at of the captures of the run; `internal.capture_scopes`
SELECT n.source, n.scope
FROM (SELECT source, scope, max(captured_at) AS newest FROM {scopes} GROUP BY ALL) AS n
JOIN (SELECT source, scope, max(captured_at) AS newest FROM internal.capture_scopes GROUP BY ALL) AS k
    ON n.source = k.source AND n.scope = k.scope AND n.newest < k.newest
