-- Take captures out that are read again.
-- in:  {captures}: their ids
-- out: {scopes}: the scopes that they spoke for, to be folded anew
CREATE OR REPLACE TEMP TABLE {scopes} AS
    SELECT DISTINCT source, scope FROM internal.capture_scopes SEMI JOIN {captures} USING (capture_id);
DELETE FROM internal.capture_scopes WHERE capture_id IN (FROM {captures});
DELETE FROM captures WHERE capture_id IN (FROM {captures});
DELETE FROM internal.checks WHERE capture_id IN (FROM {captures});
DELETE FROM unread_lines WHERE capture_id IN (FROM {captures});
