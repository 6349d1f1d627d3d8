-- The contested claims with a `verdict`: the least one of a field is chosen. {stale_days} days make a claim stale.
-- `place` says where a claim stands among those of its field, as a structure that sorts: the least is the best.
-- `verdict` adds what the best claim decides: claims that can be true with it come first, the most precise first.
{preferred}, rivals AS NOT MATERIALIZED (
    {rivals}
), backed AS NOT MATERIALIZED (
    SELECT c.model_id, c.id, max(o.seen_day) AS freshest_day,
        count(DISTINCT CASE WHEN c.seen_day - o.seen_day < {stale_days} AND {agree_all} THEN o.source END) AS supporters
    FROM rivals AS c JOIN rivals AS o ON c.model_id = o.model_id AND c.field = o.field GROUP BY c.model_id, c.id
), placed AS NOT MATERIALIZED (
    SELECT *, {'is_ordinary': is_override IS NOT TRUE, 'preference': preference, 'trust': trust, 'age': age,
        'alone': -supporters,
        'unseen': -seen_day, 'width': width, 'source': source, 'scope': scope, 'entry': entry,
        'value': value} AS place
    FROM (
        SELECT r.*, b.supporters, (b.freshest_day - r.seen_day) // {stale_days} AS age
        FROM rivals AS r JOIN backed AS b ON r.model_id = b.model_id AND r.id = b.id)
), best_placed AS NOT MATERIALIZED (
    SELECT model_id, field, arg_min({'value': value, 'number': number, 'low': low, 'high': high,
        'coarse': coarse, 'preference': preference, 'trust': trust, 'age': age,
        'supporters': supporters}, place) AS best
    FROM placed GROUP BY model_id, field
), weighed AS NOT MATERIALIZED (
    SELECT *, {'disagrees': NOT agrees, 'is_ordinary': is_override IS NOT TRUE, 'width': width, 'place': place}
        AS verdict
    FROM (
        SELECT p.*, b.best, {agree_best} AS agrees
        FROM placed AS p JOIN best_placed AS b ON p.model_id = b.model_id AND p.field = b.field)
)
