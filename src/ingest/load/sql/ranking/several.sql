-- Of models that have several results in one ranking: one row for each version, as common table expressions.
-- in:  {rows}: see rows.sql; {repeated}: the rankings and models that have several rows
-- A result that several sources tell (values within their rounding) is one result. Of further results of one model and
-- version the shown one is chosen in this order: measured by others than the maker, the newest, the most exact, the
-- best.
-- A result without a version is that of the only version with an agreeing result, unless its own source names versions.
several AS MATERIALIZED (
    FROM {rows} SEMI JOIN {repeated} USING (benchmark_id, comparability_key, model_id)
), meant AS (
    SELECT u.benchmark_id, u.comparability_key, u.score_id,
        min(v.version) AS only_version
    FROM (
        FROM several WHERE version IS NULL
    ) AS u ANTI JOIN (
        FROM several WHERE version IS NOT NULL
    ) AS own ON u.benchmark_id = own.benchmark_id AND u.comparability_key = own.comparability_key
        AND u.model_id = own.model_id AND u.source = own.source
    JOIN several AS v ON u.benchmark_id = v.benchmark_id AND u.comparability_key = v.comparability_key
        AND u.model_id = v.model_id AND v.version IS NOT NULL AND u.low <= v.high AND v.low <= u.high
    GROUP BY ALL HAVING min(v.version) = max(v.version)
), told AS MATERIALIZED (
    SELECT s.* REPLACE (coalesce(s.version, m.only_version) AS version)
    FROM several AS s LEFT JOIN meant AS m ON s.benchmark_id = m.benchmark_id
        AND s.comparability_key = m.comparability_key AND s.score_id = m.score_id
), marked AS (
    SELECT *, coalesce(low > max(high) OVER (own ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) + 1e-9, false)
        AS begins
    FROM told WINDOW own AS (PARTITION BY benchmark_id, comparability_key, model_id, version ORDER BY low, high)
), numbered AS (
    SELECT *, sum(begins::INT) OVER (PARTITION BY benchmark_id, comparability_key, model_id, version
        ORDER BY low, high ROWS UNBOUNDED PRECEDING) AS island
    FROM marked
), merged AS (
    SELECT benchmark_id, comparability_key, model_id, version, island,
        list(DISTINCT source ORDER BY source) AS stated_by, list(score_id ORDER BY score_id) AS score_ids,
        arg_min({'group_key': group_key, 'unit': unit, 'score': score, 'low': low, 'high': high,
            'measured_by': measured_by, 'measured_on': measured_on, 'self_reported': self_reported,
            'goodness': goodness, 'score_id': score_id},
            {'who': who, 'width': high - low, 'age': DATE '9999-12-31' - told_on, 'source': source, 'score': -goodness,
            'score_id': score_id}) AS shown,
        max(stderr) AS stderr, max(n_items) AS n_items, min(ci_low) AS ci_low, max(ci_high) AS ci_high,
        max(ci_level) AS ci_level, min(who) AS who, max(told_on) AS newest, round(min(high - low), 9) AS width
    FROM (
        SELECT * REPLACE (coalesce(measured_on, max(measured_on) OVER (
            PARTITION BY benchmark_id, comparability_key, model_id, version, island)) AS measured_on)
        FROM numbered
    ) GROUP BY ALL
), placed AS (
    SELECT *, row_number() OVER w AS place, first_value(who) OVER w AS first_who,
        first_value(newest) OVER w AS first_newest, nth_value(who, 2) OVER w AS next_who,
        nth_value(newest, 2) OVER w AS next_newest,
        nth_value(width, 2) OVER w > first_value(width) OVER w AS next_wider
    FROM merged
    WINDOW w AS (PARTITION BY benchmark_id, comparability_key, model_id, version
        ORDER BY who, newest DESC, width, shown.goodness DESC, island)
), further AS (
    SELECT benchmark_id, comparability_key, model_id, version,
        list({'score': shown.score, 'measured_by': shown.measured_by, 'measured_on': shown.measured_on,
            'self_reported': shown.self_reported, 'stated_by': stated_by, 'score_ids': score_ids,
            'chosen': CASE WHEN next_who > first_who THEN 'independent before self-reported'
                WHEN next_newest < first_newest THEN 'the newest' WHEN next_wider THEN 'the most exact'
                ELSE 'the best' END} ORDER BY place) AS others
    FROM placed WHERE place > 1 GROUP BY ALL
), chosen AS (
    SELECT p.* EXCLUDE (shown), unnest(p.shown), coalesce(f.others, []) AS others
    FROM (FROM placed WHERE place = 1) AS p LEFT JOIN further AS f ON p.benchmark_id = f.benchmark_id
        AND p.comparability_key = f.comparability_key AND p.model_id = f.model_id
        AND p.version IS NOT DISTINCT FROM f.version
), one_by_version AS (
    SELECT *, row_number() OVER v = 1 AS is_best, first_value(goodness) OVER v > goodness AS has_better FROM chosen
    WINDOW v AS (PARTITION BY benchmark_id, comparability_key, model_id ORDER BY goodness DESC, version NULLS FIRST)
)
