-- What a run's summary counts, leaving out captures that were read before ({known}).
-- in:  {captures}, {checks}, {lines}: what was read; {refused}: rows that cannot be true; the warehouse
SELECT count(*) FILTER (status <> 'rejected') AS captures_read,
    count(*) FILTER (status = 'rejected') AS captures_rejected,
    (SELECT count(*) FROM {refused} WHERE capture_id NOT IN (FROM {known})) AS rows_quarantined,
    (SELECT count(*) FROM {checks} WHERE capture_id NOT IN (FROM {known}) AND passed) AS checks_passed,
    (SELECT count(*) FROM {lines} WHERE capture_id NOT IN (FROM {known})) AS unread_lines,
    (SELECT count(*) FROM models) AS models,
    (SELECT count(*) FROM internal.scores WHERE superseded_at IS NULL AND valid_to IS NULL) AS scores,
    (SELECT count(*) FROM internal.prices WHERE superseded_at IS NULL AND valid_to IS NULL) AS prices
FROM {captures} WHERE capture_id NOT IN (FROM {known})
