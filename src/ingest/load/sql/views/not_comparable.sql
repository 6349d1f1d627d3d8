-- For each ranking, the results of its benchmark that it leaves out, and why.
-- in:  scores_as_of(t); a view that another one names must sort before it, or IMPORT DATABASE fails
-- Without lambdas: DuckDB 2.0 exports them in a form that it no longer reads.
WITH stated AS (
    SELECT * FROM scores_as_of('infinity'::TIMESTAMP) WHERE score IS NOT NULL
), keys AS (
    SELECT DISTINCT benchmark_id, comparability_key FROM stated WHERE comparability_key IS NOT NULL
), parts AS (
    FROM (SELECT benchmark_id, comparability_key, unnest(string_split(comparability_key, '|')) AS part FROM keys)
    WHERE part NOT LIKE '?=%'
), has AS (
    SELECT o.benchmark_id, o.comparability_key AS own_key, k.comparability_key, 'has ' || o.part AS difference
    FROM parts AS o JOIN keys AS k ON o.benchmark_id = k.benchmark_id AND o.comparability_key <> k.comparability_key
    ANTI JOIN parts AS p ON k.benchmark_id = p.benchmark_id AND k.comparability_key = p.comparability_key
        AND o.part = p.part
), lacks AS (
    SELECT benchmark_id, comparability_key AS own_key, own_key AS comparability_key,
        'lacks ' || substr(difference, 5) AS difference
    FROM has
), differences AS (
    SELECT benchmark_id, own_key, comparability_key, list(difference ORDER BY difference) AS differs_in
    FROM (FROM has UNION ALL FROM lacks) GROUP BY ALL
)
SELECT d.comparability_key, s.benchmark_id, s.benchmark, s.model_id, s.score, s.unit, s.score_id,
    s.comparability_key AS own_key, d.differs_in
FROM differences AS d JOIN stated AS s ON d.benchmark_id = s.benchmark_id AND d.own_key = s.comparability_key
