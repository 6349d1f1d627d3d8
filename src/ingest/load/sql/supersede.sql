-- End the belief in rows of a history that {folded} no longer holds, and leave in {folded} only what is new.
-- in:  {history}, {folded}; {affected}, {fresh}: see timeline.sql
-- out: {history}, {folded}; {held} on the way
CREATE OR REPLACE TEMP TABLE {held} AS
    SELECT rowid AS id, hash({held_identity}) AS identity FROM {history}
    SEMI JOIN {affected} USING (source, scope) ANTI JOIN {fresh} USING (source, scope)
    WHERE superseded_at IS NULL;
UPDATE {history} SET superseded_at = {recorded_at} WHERE rowid IN
    (SELECT id FROM {held} WHERE identity NOT IN (SELECT hash({identity}) FROM {folded}));
DELETE FROM {folded} WHERE hash({identity}) IN (SELECT identity FROM {held});
