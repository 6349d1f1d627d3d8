-- The rows of prices as they were at the time t.
-- in:  {last_captures}, {holds}: see choice/; {columns}
WITH {last_captures}
SELECT {columns}
FROM internal.prices AS s JOIN last_captures AS c ON s.source = c.source AND s.scope = c.scope
WHERE {holds}
