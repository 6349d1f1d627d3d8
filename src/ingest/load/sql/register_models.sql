-- Keep what was read under the names of models, with what each name means now.
-- in:  {added}: listings that are new or mean something else, in the columns of `internal.model_names`; `document` is
--      NULL for those of earlier runs
-- The documents of earlier listings are kept.
CREATE OR REPLACE TEMP TABLE registered AS
    SELECT a.* REPLACE (coalesce(a.document, m.document) AS document)
    FROM {added} AS a LEFT JOIN internal.model_names AS m ON m.source = a.source AND m.scope = a.scope
        AND m.name IS NOT DISTINCT FROM a.name AND m.organization IS NOT DISTINCT FROM a.organization
        AND m.source_key IS NOT DISTINCT FROM a.source_key AND m.release_date IS NOT DISTINCT FROM a.release_date;
DELETE FROM internal.model_names AS m USING registered AS a WHERE m.source = a.source AND m.scope = a.scope
    AND m.name IS NOT DISTINCT FROM a.name AND m.organization IS NOT DISTINCT FROM a.organization
    AND m.source_key IS NOT DISTINCT FROM a.source_key AND m.release_date IS NOT DISTINCT FROM a.release_date;
INSERT INTO internal.model_names BY NAME FROM registered;
DROP TABLE registered
