-- The contested claims with a `verdict`: the least one of a field is chosen. {stale_days} days make a claim stale.
-- `place` says where a claim stands among those of its field, as a structure that sorts: the least is the best.
-- `verdict` adds what the best claim decides: claims that can be true with it come first, the most precise first. A
-- count of whole thousands comes after one near it that is written out.
-- `is_slip`: limits are whole thousands or whole multiples of 1,024, with few exceptions, so that a number beside one
-- (4,028 beside 4,096) is a slip more often than not. Of windows the maker's odd number (1,047,576) can be exact.
{preferred}, rivals AS NOT MATERIALIZED (
    {rivals}
), backed AS NOT MATERIALIZED (
    SELECT c.model_id, c.id, max(o.seen_day) AS freshest_day,
        count(DISTINCT CASE WHEN c.seen_day - o.seen_day < {stale_days} AND {agree_all} THEN o.origin END)
            AS supporters,
        count(DISTINCT CASE WHEN c.seen_day - o.seen_day < {stale_days} AND {agree_all} THEN o.seller END) AS sellers,
        bool_or(contains(c.field, '_tokens') AND c.width = 0 AND c.number % 1000 <> 0 AND c.number % 1024 <> 0
            AND (o.number % 1000 = 0 OR o.number % 1024 = 0) AND abs(c.number - o.number) <= 0.02 * o.number) AS is_slip
    FROM rivals AS c JOIN rivals AS o ON c.model_id = o.model_id AND c.field = o.field GROUP BY c.model_id, c.id
), placed AS NOT MATERIALIZED (
    SELECT *, {'is_ordinary': is_override IS NOT TRUE, 'preference': preference,
        'is_slip_of_output': is_slip AND field = 'max_output_tokens', 'trust': trust, 'age': age,
        'alone': -supporters, 'is_slip': is_slip, 'few': -sellers,
        'unseen': -seen_day, 'width': width, 'source': source, 'scope': scope, 'entry': entry,
        'value': value} AS place
    FROM (
        SELECT r.*, b.supporters, b.sellers, b.is_slip, (b.freshest_day - r.seen_day) // {stale_days} AS age
        FROM rivals AS r JOIN backed AS b ON r.model_id = b.model_id AND r.id = b.id)
), best_placed AS NOT MATERIALIZED (
    SELECT model_id, field, arg_min({'value': value, 'number': number, 'low': low, 'high': high,
        'coarse': coarse, 'preference': preference, 'trust': trust, 'age': age,
        'supporters': supporters, 'is_slip': is_slip, 'sellers': sellers}, place) AS best
    FROM placed GROUP BY model_id, field
), weighed AS NOT MATERIALIZED (
    SELECT *, {'disagrees': NOT agrees, 'is_ordinary': is_override IS NOT TRUE, 'width': width,
        'is_rounded': is_rounded, 'place': place}
        AS verdict
    FROM (
        SELECT p.*, b.best, {agree_best} AS agrees,
            contains(p.field, '_tokens') AND (p.number % 1000 = 0 OR abs(p.number - b.best.number) > 500) AS is_rounded
        FROM placed AS p JOIN best_placed AS b ON p.model_id = b.model_id AND p.field = b.field)
)
