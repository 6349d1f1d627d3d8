-- The rows of chosen_prices as they were at the time t.
-- in:  internal.chosen_prices(t); {columns}
SELECT {columns}
FROM (
    SELECT *, CAST(count(DISTINCT source) OVER (PARTITION BY model_id, field) AS INTEGER) AS source_count
    FROM internal.chosen_prices(t)
) AS j JOIN (SELECT rowid AS id, * FROM internal.prices) AS p ON j.id = p.id WHERE j.chosen
