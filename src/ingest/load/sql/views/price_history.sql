-- Every statement of a price, with when the source stated it.
-- in:  internal.prices
SELECT {columns} FROM internal.prices WHERE superseded_at IS NULL
