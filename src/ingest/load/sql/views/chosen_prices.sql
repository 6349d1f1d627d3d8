-- One price for each thing that is sold, as of now.
SELECT * FROM chosen_prices_as_of('infinity'::TIMESTAMP)
