-- One row for each group_key and model: its best result, and how its run differs from that of the leader.
-- in:  scores, models, benchmarks
-- Conditions are the parts of comparability_key behind the benchmark. `differs_in`: both state it, not alike.
-- `not_stated`: only one of the two states it. `stated_by` are the sources whose result of that model and version can be
-- the same number within its rounding, whatever they say of the run.
WITH rows AS (
    SELECT s.group_key, s.model_id, s.version, s.score, coalesce(s.score_low, s.score) AS low,
        coalesce(s.score_high, s.score) AS high, s.source, s.score_id,
        CASE WHEN b.higher_is_better = false THEN -s.score ELSE s.score END AS goodness,
        {'comparability_key': s.comparability_key, 'version': s.version, 'score': s.score,
        'low': coalesce(s.score_low, s.score), 'high': coalesce(s.score_high, s.score), 'stderr': s.stderr,
        'unit': s.unit, 'measured_by': s.measured_by, 'measured_on': s.measured_on,
        'self_reported': s.self_reported} AS shown
    FROM scores AS s JOIN benchmarks AS b ON split_part(s.group_key, '|', 1) = b.benchmark_id
    WHERE s.comparability_key IS NOT NULL
), best AS (
    SELECT group_key, model_id, max(goodness) AS goodness,
        arg_max(shown, {'goodness': goodness, 'independent': shown.self_reported IS DISTINCT FROM true,
            'key': shown.comparability_key, 'id': score_id}) AS shown
    FROM rows GROUP BY group_key, model_id
), told AS (
    SELECT r.group_key, r.model_id, list(DISTINCT r.source) AS stated_by, list(r.score_id) AS score_ids
    FROM rows AS r JOIN best AS b ON r.group_key = b.group_key AND r.model_id = b.model_id
        AND r.version IS NOT DISTINCT FROM b.shown.version AND r.low <= b.shown.high AND b.shown.low <= r.high
    GROUP BY ALL
), led AS (
    SELECT group_key, model_id, shown, rank() OVER g AS place, count(*) OVER (PARTITION BY group_key) AS models,
        first_value(shown.comparability_key) OVER (PARTITION BY group_key ORDER BY goodness DESC, model_id) AS of_leader
    FROM best WINDOW g AS (PARTITION BY group_key ORDER BY goodness DESC)
), compared AS (
    SELECT *, string_split(shown.comparability_key, '|')[2:] AS conditions,
        CASE WHEN shown.comparability_key = of_leader THEN [] ELSE string_split(of_leader, '|')[2:] END AS leader,
        shown.comparability_key = of_leader AS is_same
    FROM led
)
SELECT c.group_key, c.place AS rank, c.models, c.model_id, c.shown.version AS version, m.name AS model,
    b.benchmark_id, b.name AS benchmark, c.shown.score AS score, c.shown.low AS score_low, c.shown.high AS score_high,
    c.shown.stderr AS stderr, c.shown.unit AS unit, nullif(array_to_string(c.conditions, ', '), '') AS settings,
    CASE WHEN c.is_same THEN [] ELSE list_filter(list_transform(c.conditions, lambda part: split_part(part, '=', 1)),
        lambda name: len(list_filter(c.leader, lambda part: starts_with(part, name || '='))) = 1
            AND len(list_filter(c.leader, lambda part: list_contains(c.conditions, part)
                AND starts_with(part, name || '='))) = 0) END AS differs_in,
    CASE WHEN c.is_same THEN [] ELSE list_sort(list_concat(
        list_filter(list_transform(c.conditions, lambda part: split_part(part, '=', 1)),
            lambda name: len(list_filter(c.leader, lambda part: starts_with(part, name || '='))) = 0),
        list_filter(list_transform(c.leader, lambda part: split_part(part, '=', 1)),
            lambda name: len(list_filter(c.conditions, lambda part: starts_with(part, name || '='))) = 0))) END
        AS not_stated,
    c.shown.measured_by AS measured_by, c.shown.measured_on AS measured_on, c.shown.self_reported AS self_reported,
    list_sort(t.stated_by) AS stated_by, list_sort(t.score_ids) AS score_ids,
    c.shown.comparability_key AS comparability_key
FROM compared AS c JOIN told AS t USING (group_key, model_id) JOIN models AS m USING (model_id)
JOIN benchmarks AS b ON split_part(c.group_key, '|', 1) = b.benchmark_id
