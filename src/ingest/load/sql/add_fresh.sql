-- Staged rows of fresh scopes become history as they are.
-- in:  {staged}; {speaking}, {fresh}: see timeline.sql; {repeated}: rows that are left out
-- out: {history}; {seen_from}, {captured_at}: the time of capture once more, where what is said can be dated
INSERT INTO {history} ({columns}, valid_from, {seen_from}recorded_at{flags})
SELECT {staged_columns}, c.captured_at, {captured_at} $recorded_at::TIMESTAMP{unset}
FROM {staged} AS n JOIN {speaking} AS c ON n.capture_id = c.capture_id AND n.scope = c.scope
JOIN {fresh} AS f ON n.source = f.source AND n.scope = f.scope WHERE n.rowid NOT IN (FROM {repeated})
