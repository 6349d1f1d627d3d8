-- The rows in which a table of the published file and its mirror differ, each by a hash of all its cells.
-- in: {published}, {mirror}; out: {changed} (digest)
CREATE OR REPLACE TEMP TABLE {changed} AS
SELECT digest
FROM (
    SELECT md5(r::VARCHAR) AS digest, 1 AS here FROM {published} AS r
    UNION ALL
    SELECT md5(r::VARCHAR), -1 FROM {mirror} AS r
)
GROUP BY digest
HAVING sum(here) <> 0;
