-- Every statement of a price, with when it holds: as its source dates it, else as captures show it.
-- in:  internal.prices
SELECT {columns} FROM internal.prices AS p
WHERE superseded_at IS NULL AND (valid_to IS NULL OR valid_from IS NULL OR valid_to > valid_from)
