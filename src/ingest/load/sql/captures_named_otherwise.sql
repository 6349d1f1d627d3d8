-- Captures that were loaded before and hold a listing that means another model now.
-- in:  {places}: source and scope of these listings; {captures}: what is read in this run; `internal.model_names` with
--      the document of each listing, `internal.capture_scopes`
-- All captures of the document are read again: its intervals are folded anew.
SELECT DISTINCT c.capture_id
FROM {places} AS p JOIN internal.model_names AS m USING (source, scope)
JOIN internal.capture_scopes AS c ON c.source = m.source AND c.scope = m.document
WHERE c.capture_id NOT IN (SELECT capture_id FROM {captures})
