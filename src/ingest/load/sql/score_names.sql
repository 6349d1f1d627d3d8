-- Each result that was read under the names of its model and benchmark, with its stable id.
-- in:  {scores}, {captures}: what was read; {named}: which model each entry speaks of; {benchmarks}: which benchmark
--      each listed name means; the catalogue `benchmarks`
-- out: {out}: id (the number of the row in {scores}) and what follows from names. `is_contradicted`: the capture has
--      another result of this benchmark by the same measurer under the same conditions, and neither can be used.
--      `is_repeated`: it has the same result before. What the maker reports and what others measured are two results.
-- What two results of a capture tell together is asked of those alone that are `alike`: most have nothing beside them,
-- and comparing texts is what takes time here.
-- `under` is a hash of the conditions {conditions}, `compared` one that has who measured too.
CREATE OR REPLACE TEMP TABLE {out} AS
WITH named AS (
    SELECT s.rowid AS id, s.capture_id, s.entry, c.source, n.scope, n.entry_key, n.model_id, n.version, n.model_listed,
        b.benchmark_id, k.name AS benchmark, trim(s.benchmark_listed) AS listed,
        lower(coalesce(s.description, '')) AS note,
        md5(concat_ws('|', {conditions})) AS under, n.organization,
        md5(concat_ws('|', {conditions}, s.self_reported, s.measured_by)) AS compared, s.description, s.problem,
        s.score, concat_ws('|', coalesce(s.self_reported, false), s.measured_by) AS who,
        CASE WHEN s.unit = 'points' AND k.unit <> 'percent' THEN k.unit ELSE s.unit END AS unit
    FROM {scores} AS s JOIN {named} AS n USING (capture_id, entry) JOIN {captures} AS c USING (capture_id)
    JOIN {benchmarks} AS b USING (benchmark_listed) LEFT JOIN benchmarks AS k ON b.benchmark_id = k.benchmark_id
    WHERE s.score IS NOT NULL OR s.problem IS NOT NULL
), likened AS MATERIALIZED (
    SELECT *, hash(capture_id, model_id, lower(listed), under) AS likeness FROM named
), alike AS (
    SELECT likeness FROM likened GROUP BY likeness HAVING count(*) > 1
), told AS (
    SELECT *, 1 AS notes, false AS told_by_several, false AS is_contradicted, false AS is_repeated
    FROM likened WHERE likeness NOT IN (FROM alike)
    UNION ALL
    SELECT *, count(DISTINCT description) OVER named_alike + max((description IS NULL)::INT) OVER named_alike AS notes,
        min(who) OVER named_alike <> max(who) OVER named_alike AS told_by_several,
        min(struct_pack(score, unit)) OVER same <> max(struct_pack(score, unit)) OVER same AS is_contradicted,
        row_number() OVER (PARTITION BY capture_id, entry, lower(listed), note, under, who ORDER BY id) > 1
            AS is_repeated
    FROM likened WHERE likeness IN (FROM alike)
    WINDOW same AS (PARTITION BY capture_id, entry, lower(listed), note, under, who),
        named_alike AS (PARTITION BY capture_id, model_id, entry_key, listed, under)
)
SELECT id, capture_id, entry, source, scope, model_id, version, model_listed, organization, benchmark_id, benchmark,
    compared,
    unit,
    is_repeated AND NOT is_contradicted AS is_repeated, is_contradicted AND problem IS NULL AS is_contradicted,
    md5(concat_ws('|', source, model_id, version, coalesce(entry_key, ''), listed, under,
        CASE WHEN notes > 1 THEN coalesce(description, '') END, CASE WHEN told_by_several THEN who END)) AS score_id
FROM told
