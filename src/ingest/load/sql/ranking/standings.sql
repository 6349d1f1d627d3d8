-- One row for each group_key and model: its best result, and how its run differs from that of the leader.
-- in:  {rows}: see rows.sql; {shown}: see shown.sql
-- Of results under one key the best of those counts that the leaderboard shows, one for each version.
-- Conditions are the parts of comparability_key behind the benchmark. `differs_in`: both state it, not alike.
-- `not_stated`: only one of the two states it. `stated_by` are the sources whose result of that model and version can
-- be the same number within its rounding, whatever they say of the run. Another source may leave the version out; one
-- that tells a model with and without a version tells two results.
WITH repeated AS MATERIALIZED (
    SELECT group_key, model_id FROM {rows} GROUP BY ALL HAVING count(*) > 1
), several AS MATERIALIZED (
    SELECT * FROM {rows} SEMI JOIN repeated USING (group_key, model_id)
), best_of_several AS MATERIALIZED (
    SELECT s.* REPLACE (coalesce(s.version, h.version) AS version)
    FROM several AS s JOIN ({shown}) AS h USING (score_id, comparability_key)
    QUALIFY row_number() OVER (PARTITION BY group_key, model_id
        ORDER BY goodness DESC, self_reported IS DISTINCT FROM true DESC, s.version IS NULL, comparability_key DESC,
            measured_on IS NULL, told_on DESC, high - low, s.version DESC, source, score_id DESC) = 1
), told AS (
    SELECT r.group_key, r.model_id, list(DISTINCT r.source ORDER BY r.source) AS stated_by,
        list(r.score_id ORDER BY r.score_id) AS score_ids
    FROM several AS r JOIN best_of_several AS b ON r.group_key = b.group_key AND r.model_id = b.model_id
        AND r.low <= b.high AND b.low <= r.high
        AND (r.score_id = b.score_id OR r.version IS NOT DISTINCT FROM b.version
            OR (r.source <> b.source AND (r.version IS NULL OR b.version IS NULL)))
    GROUP BY ALL
), best AS MATERIALIZED (
    SELECT * EXCLUDE (source), [source] AS stated_by, [score_id] AS score_ids
    FROM {rows} ANTI JOIN repeated USING (group_key, model_id)
    UNION ALL BY NAME
    SELECT b.* EXCLUDE (source), t.stated_by, t.score_ids
    FROM best_of_several AS b JOIN told AS t USING (group_key, model_id)
), ordered AS MATERIALIZED (
    SELECT group_key, model_id, comparability_key, rank() OVER (ORDER BY group_key, goodness DESC) AS place FROM best
), led AS MATERIALIZED (
    SELECT group_key, min(place) AS first, count(*) AS models FROM ordered GROUP BY group_key
), leaders AS MATERIALIZED (
    SELECT o.group_key, arg_min(o.comparability_key, o.model_id) AS of_leader, any_value(l.first) AS first,
        any_value(l.models) AS models
    FROM ordered AS o JOIN led AS l ON o.group_key = l.group_key AND o.place = l.first GROUP BY o.group_key
), pairs AS (
    SELECT comparability_key, of_leader, string_split(comparability_key, '|')[2:] AS conditions,
        string_split(of_leader, '|')[2:] AS leader
    FROM (SELECT DISTINCT b.comparability_key, l.of_leader FROM best AS b JOIN leaders AS l USING (group_key))
), named AS (
    SELECT *, list_transform(conditions, lambda part: split_part(part, '=', 1)) AS names,
        list_transform(leader, lambda part: split_part(part, '=', 1)) AS names_of_leader
    FROM pairs WHERE comparability_key <> of_leader
), compared AS (
    SELECT comparability_key, of_leader, conditions,
        list_filter(names, lambda name: len(list_filter(names_of_leader, lambda other: other = name)) = 1
            AND NOT list_contains(list_transform(list_intersect(conditions, leader),
                lambda part: split_part(part, '=', 1)), name)) AS differs_in,
        list_sort(list_concat(list_filter(names, lambda name: NOT list_contains(names_of_leader, name)),
            list_filter(names_of_leader, lambda name: NOT list_contains(names, name)))) AS not_stated
    FROM named
    UNION ALL
    SELECT comparability_key, of_leader, conditions, [], [] FROM pairs WHERE comparability_key = of_leader
)
SELECT b.group_key, 1 + o.place - l.first AS rank, l.models, b.model_id, b.version, b.benchmark_id, b.score,
    b.low AS score_low,
    b.high AS score_high, b.stderr, b.unit, nullif(array_to_string(c.conditions, ', '), '') AS settings, c.differs_in,
    c.not_stated, b.measured_by, b.measured_on, b.self_reported, b.stated_by, b.score_ids, b.comparability_key
FROM best AS b JOIN ordered AS o ON b.group_key = o.group_key AND b.model_id = o.model_id
JOIN leaders AS l ON b.group_key = l.group_key
JOIN compared AS c ON b.comparability_key = c.comparability_key AND l.of_leader = c.of_leader
