-- The rows of a ranking with the names of model and benchmark beside their ids.
-- in:  {ranking}: the ranking; models, benchmarks; {columns}
SELECT {columns} FROM {ranking} AS r JOIN models AS m ON r.model_id = m.model_id
JOIN benchmarks AS b ON r.benchmark_id = b.benchmark_id
