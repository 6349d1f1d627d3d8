-- The results that sources state now.
SELECT * FROM scores_as_of('infinity'::TIMESTAMP)
