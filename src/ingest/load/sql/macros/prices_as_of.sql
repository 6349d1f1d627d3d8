-- The rows of prices as they were at the time t.
-- in:  {last_captures}, {in_force}: see choice/; {columns}
WITH {last_captures}
SELECT {columns}
FROM internal.prices AS s LEFT JOIN last_captures AS c ON s.source = c.source AND s.scope = c.scope
WHERE {in_force}
