-- One price for each thing that is sold, as of now.
-- in:  internal.judged_prices, which each load writes: see store_prices.sql
SELECT {columns} FROM internal.judged_prices WHERE chosen
