-- For each ranking, the results of its benchmark that it leaves out, and why.
-- in:  scores_as_of(t); a view that another one names must sort before it, or IMPORT DATABASE fails
WITH stated AS (
    SELECT * FROM scores_as_of('infinity'::TIMESTAMP)
), rankings AS (
    SELECT DISTINCT benchmark_id, comparability_key FROM stated WHERE score IS NOT NULL
)
SELECT r.comparability_key, s.benchmark_id, s.benchmark, s.model_id, s.score, s.unit, s.score_id,
    s.comparability_key AS own_key,
    list_concat(
        list_transform(
            list_filter(string_split(s.comparability_key, '|'), lambda part:
                part NOT LIKE '?=%' AND NOT list_contains(string_split(r.comparability_key, '|'), part)),
            lambda part: 'has ' || part),
        list_transform(
            list_filter(string_split(r.comparability_key, '|'), lambda part:
                part NOT LIKE '?=%' AND NOT list_contains(string_split(s.comparability_key, '|'), part)),
            lambda part: 'lacks ' || part)) AS differs_in
FROM rankings AS r JOIN stated AS s ON r.benchmark_id = s.benchmark_id
    AND r.comparability_key <> s.comparability_key
WHERE s.score IS NOT NULL
