-- The prices that stand at the time t, in the columns of `standing` (see standing.sql): a price is a claim of what is
-- sold. {field} says in words what that is.
-- Lists that round write prices of tokens to the cent (0.08 beside 0.075), so that such a price means a range. The
-- range is a millionth short of half a cent, so that two prices a cent apart do not meet.
standing AS NOT MATERIALIZED (
    SELECT *, amount - slack AS low, amount + slack AS high FROM (
        SELECT rowid AS id, source, scope, entry, model_id, version, {field} AS field,
            'price from ' || provider AS trusted_for, amount::VARCHAR AS value, amount AS number, amount,
            CASE WHEN unit = 'per_million_tokens' AND amount > 0 AND amount = round(amount, 2)
                THEN 0.005 - 1e-6 ELSE 2e-6 END AS slack,
            valid_from, coalesce(valid_to, 'infinity'::TIMESTAMP) AS until, true AS contested, NULL::VARCHAR AS unit
        FROM internal.prices
        WHERE {holds}
    )
), {last_captures}
