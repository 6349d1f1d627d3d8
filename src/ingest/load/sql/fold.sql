-- The intervals of scopes with a past, from old observations and new ones.
-- in:  {staged}, {history}; {speaking}, {times}: see timeline.sql
--      {since}, {until}: the columns of the captures between which a row was stated
-- out: {folded}: rows of the history with valid_from and valid_to; {observed} and {spans} on the way
-- What is sorted is narrow: the number of a row, hashes of its key (128 bits) and of what it says, and where it stands.
-- The rows themselves are fetched for what is left.
CREATE OR REPLACE TEMP TABLE {observed} AS
WITH seen AS (
    SELECT n.rowid AS id, true AS is_new, {staged_identity} AS fact, hash({staged_content}) AS said, n.capture_id,
        n.locator, t.position
    FROM {staged} AS n JOIN {speaking} AS c ON n.capture_id = c.capture_id AND n.scope = c.scope
    JOIN {times} AS t ON c.source = t.source AND c.scope = t.scope AND c.captured_at = t.captured_at
    UNION ALL
    SELECT h.rowid, false, {old_identity}, hash({old_content}), h.capture_id, h.locator, t.position
    FROM {history} AS h JOIN {times} AS t ON h.source = t.source AND h.scope = t.scope
        AND t.is_old AND t.captured_at >= h.{since} AND (h.{until} IS NULL OR t.captured_at < h.{until})
    WHERE h.superseded_at IS NULL
)
SELECT id, is_new, fact, said, position FROM seen
QUALIFY row_number() OVER (PARTITION BY fact, position ORDER BY capture_id, locator) = 1;
CREATE OR REPLACE TEMP TABLE {spans} AS
WITH marked AS (
    SELECT *, coalesce(lag(said) OVER w <> said OR lag(position) OVER w <> position - 1, true) AS begins
    FROM {observed} WINDOW w AS (PARTITION BY fact ORDER BY position)
), numbered AS (
    SELECT *, sum(begins::INT) OVER (PARTITION BY fact ORDER BY position) AS island FROM marked
)
SELECT id, is_new, position, max(position) OVER (PARTITION BY fact, island) AS last_position FROM numbered
QUALIFY begins;
CREATE OR REPLACE TEMP TABLE {folded} AS
WITH stated AS (
    SELECT {staged_columns}, s.position, s.last_position
    FROM {spans} AS s JOIN {staged} AS n ON s.id = n.rowid WHERE s.is_new
    UNION ALL
    SELECT {old_columns}, s.position, s.last_position
    FROM {spans} AS s JOIN {history} AS h ON s.id = h.rowid WHERE NOT s.is_new
)
SELECT {columns}, b.captured_at AS valid_from, e.next_at AS valid_to
FROM stated AS s
JOIN {times} AS b ON s.source = b.source AND s.scope = b.scope AND s.position = b.position
JOIN {times} AS e ON s.source = e.source AND s.scope = e.scope AND s.last_position = e.position;
