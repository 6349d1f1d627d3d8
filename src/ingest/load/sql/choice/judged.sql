-- The prices of the time {t} as `p`, each with what was decided of it as `j`.
-- in:  internal.chosen_prices(t), internal.prices
internal.chosen_prices({t}) AS j JOIN (SELECT rowid AS id, * FROM internal.prices) AS p ON j.id = p.id
