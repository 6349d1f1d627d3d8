-- Results as Every Eval Ever tells them, those of one log together, and where each came from.
-- in:  scores, models, benchmarks, captures, sources
SELECT s.*, m.organization, m.organization_id, m.open_weights, b.name AS benchmark_name,
    b.description AS benchmark_description, b.unit AS benchmark_unit, b.minimum, b.maximum, b.higher_is_better,
    k.location, k.captured_at, k.sha256, coalesce(o.title, s.source) AS source_title, o.home AS source_home,
    o.licence AS source_licence, o.attribution AS source_attribution
FROM scores AS s JOIN models AS m USING (model_id) JOIN benchmarks AS b USING (benchmark_id)
LEFT JOIN captures AS k USING (capture_id) LEFT JOIN sources AS o ON s.source = o.source
ORDER BY s.source, s.model_id, s.version NULLS FIRST, s.self_reported NULLS FIRST, s.measured_by NULLS FIRST,
    s.harness NULLS FIRST, s.benchmark_id, s.score_id
