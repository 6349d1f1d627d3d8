-- Takes out of the mirror what is there no longer, or not as often.
-- in: {changed}; in and out: {mirror}
DELETE FROM {mirror}
WHERE rowid IN (SELECT rowid FROM {mirror} AS r WHERE md5(r::VARCHAR) IN (FROM {changed}));
