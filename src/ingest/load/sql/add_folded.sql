-- New intervals become history.
-- in:  {folded}; out: {history}
INSERT INTO {history} ({columns}, valid_from, valid_to, {seen}recorded_at{flags})
SELECT {columns}, valid_from, valid_to, {again} $recorded_at::TIMESTAMP{unset} FROM {folded}
