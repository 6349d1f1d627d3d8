-- Writes what the mirror lacks.
-- in: {changed}, {published}; out: {mirror}
INSERT INTO {mirror} BY NAME
SELECT r.* FROM {published} AS r WHERE md5(r::VARCHAR) IN (FROM {changed});
