-- Whether a result `s` says nothing of many tries while another source tells the same number `m` of them.
-- Who measured for themselves have a result of their own, whatever its number.
-- in:  model_id, version, source, unit, score, score_low, score_high, comparability_key, measured_by, self_reported,
--      parallel_compute and metric of both
m.model_id = s.model_id AND split_part(m.comparability_key, '|', 1) = split_part(s.comparability_key, '|', 1)
    AND m.source <> s.source AND (s.self_reported OR s.measured_by IS NULL OR s.measured_by = m.measured_by)
    AND (m.parallel_compute OR regexp_full_match(m.metric, '(pass|cons|maj|g-pass)@([2-9]|[1-9][0-9]+)'))
    AND s.parallel_compute IS NULL AND NOT coalesce(contains(s.metric, '@'), false)
    AND m.unit IS NOT DISTINCT FROM s.unit
    AND (m.version IS NULL OR s.version IS NULL OR m.version = s.version)
    AND coalesce(m.score_low, m.score) <= coalesce(s.score_high, s.score)
    AND coalesce(s.score_low, s.score) <= coalesce(m.score_high, m.score)
