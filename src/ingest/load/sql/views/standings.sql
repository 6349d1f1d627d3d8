-- One row for each group_key and model: its best result, and how its run differs from that of the leader.
-- in:  leaderboard
-- Conditions are the parts of comparability_key behind the benchmark. `differs_in`: both state it, not alike.
-- `not_stated`: only one of the two states it.
WITH best AS (
    SELECT l.group_key, l.benchmark_id, l.benchmark, l.model_id, l.model,
        CASE WHEN b.higher_is_better = false THEN -l.score ELSE l.score END AS goodness,
        l.* EXCLUDE (group_key, benchmark_id, benchmark, model_id, model)
    FROM leaderboard AS l LEFT JOIN benchmarks AS b USING (benchmark_id)
    QUALIFY row_number() OVER (PARTITION BY l.group_key, l.benchmark_id, l.benchmark, l.model_id
        ORDER BY goodness DESC, l.self_reported NULLS FIRST, l.comparability_key, l.version NULLS FIRST) = 1
), led AS (
    SELECT *, rank() OVER g AS place, count(*) OVER (PARTITION BY group_key) AS models_ranked,
        string_split(comparability_key, '|')[2:] AS conditions,
        string_split(first_value(comparability_key) OVER g, '|')[2:] AS of_leader
    FROM best WINDOW g AS (PARTITION BY group_key ORDER BY goodness DESC)
), named AS (
    SELECT *, list_transform(conditions, lambda part: string_split(part, '=')[1]) AS names,
        list_transform(of_leader, lambda part: string_split(part, '=')[1]) AS names_of_leader
    FROM led
)
SELECT group_key, place AS rank, models_ranked AS models, model_id, version, model, benchmark_id, benchmark, score,
    score_low, score_high, stderr, unit, nullif(array_to_string(conditions, ', '), '') AS settings,
    list_filter(names, lambda name: list_contains(names_of_leader, name)
        AND NOT list_contains(of_leader, conditions[list_position(names, name)])) AS differs_in,
    list_sort(list_concat(
        list_filter(names, lambda name: NOT list_contains(names_of_leader, name)),
        list_filter(names_of_leader, lambda name: NOT list_contains(names, name)))) AS not_stated,
    measured_by, measured_on, self_reported, stated_by, score_ids, comparability_key
FROM named
