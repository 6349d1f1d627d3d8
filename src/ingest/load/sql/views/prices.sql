-- The prices that sources state now.
SELECT * FROM prices_as_of('infinity'::TIMESTAMP)
