-- The prices that stand at the time t, with all that makes each doubtful, one row for each.
-- in:  internal.prices, internal.providers; {field}: see price_field.sql; {in_force}; {sellers}, {far},
--      {far_of_agreed}, {far_of_maker}, {filler_models}, {filler_sizes}, {filler_alone}, {jump}: limits of
--      knowledge/prices.yaml; {is_trial}: see is_trial.sql
-- `version` is NULL where a seller lists one version alone: then it is what the seller sells as the model. A trial
-- (`preview`) of a model that the same house sells as released stays one.
-- The witnesses of the field are the same model at other sellers, the same seller's other models, and the same listing
-- before. A page that names no seller is one: most often it says what the maker asks. `agreed`: two sellers who ask
-- nearly the same, one of whom may be this seller at another source, make a price doubtful that is ten times away. So
-- does the maker alone, where the price is a hundred times away: that is no margin but another unit.
-- `told_by_makers`: what a maker asks by two sources that are not one database ({origins}) stands, however far others
-- are from it: hosts of open weights compete, and makers do not follow them.
-- `confirmed`: a tier above what the entry's own limit lets in is not doubted where another seller asks the same there.
WITH prices_now AS MATERIALIZED (
    SELECT rowid AS id, source, scope, entry, model_id, version, provider, kind, tier, unit, currency, amount, doubts,
        {field} AS field, capture_id, locator, valid_from,
        stated_from IS NOT NULL AS is_dated, coalesce(valid_to, 'infinity'::TIMESTAMP) AS until,
        hash(model_id, kind, tier, unit, currency) AS thing, hash(source, scope, entry) AS teller,
        coalesce(provider, source) AS seller,
        hash(source, scope, entry, model_id, provider, kind, tier, unit, currency) AS listing
    FROM (
        SELECT * REPLACE (
            CASE WHEN min(coalesce(version, '')) OVER w < max(coalesce(version, '')) OVER w
                OR (is_trial AND NOT bool_and(is_trial) OVER (PARTITION BY model_id, house)) THEN version END
            AS version)
        FROM (
            SELECT n.*, {is_trial} AS is_trial, coalesce(w.organization_id, n.provider) AS house
            FROM (SELECT rowid, * FROM internal.prices WHERE {in_force}) AS n
            LEFT JOIN internal.providers AS w ON n.provider = w.provider
        )
        WINDOW w AS (PARTITION BY source, scope, model_id, provider)
    )
), asked AS MATERIALIZED (
    SELECT thing, seller, min(amount) AS least, max(amount) AS most
    FROM prices_now WHERE amount > 0 GROUP BY thing, seller
    QUALIFY count(*) OVER (PARTITION BY thing) > {sellers}
), elsewhere AS MATERIALIZED (
    SELECT a.thing, a.seller, median(b.least) AS low_middle, median(b.most) AS high_middle, count(*) AS sellers
    FROM asked AS a JOIN asked AS b ON a.thing = b.thing AND a.seller <> b.seller GROUP BY a.thing, a.seller
), told AS MATERIALIZED (
    SELECT thing, seller, source, min(amount) AS least, max(amount) AS most
    FROM prices_now WHERE amount > 0 GROUP BY thing, seller, source
), agreed AS MATERIALIZED (
    SELECT a.thing, a.seller, a.source, min(b.least) AS least, max(b.most) AS most, count(DISTINCT b.seller) AS sellers
    FROM told AS a JOIN told AS b ON a.thing = b.thing AND (a.seller <> b.seller OR a.source <> b.source)
    GROUP BY a.thing, a.seller, a.source
    HAVING count(DISTINCT b.seller) > 1 AND max(b.most) <= 1.5 * min(b.least)
), of_maker AS MATERIALIZED (
    SELECT n.thing, min(n.amount) AS least, max(n.amount) AS most
    FROM prices_now AS n JOIN internal.providers AS w ON n.provider = w.provider AND w.kind = 'maker'
        AND w.organization_id = split_part(n.model_id, '/', 1)
    WHERE n.amount > 0 AND len(coalesce(n.doubts, [])) = 0 GROUP BY n.thing
), confirmed AS MATERIALIZED (
    SELECT DISTINCT n.id FROM (FROM prices_now WHERE doubts = ['tier_within_limit']) AS n
    JOIN prices_now AS o ON n.thing = o.thing AND n.amount = o.amount AND n.seller <> o.seller
    WHERE len(coalesce(o.doubts, [])) = 0
), told_by_makers AS MATERIALIZED (
    SELECT n.thing, n.provider, n.version, n.amount FROM prices_now AS n
    JOIN internal.providers AS w ON n.provider = w.provider AND w.organization_id = split_part(n.model_id, '/', 1)
    LEFT JOIN (VALUES {origins}) AS y (source, origin, announces) ON n.source = y.source
    WHERE n.amount > 0 AND len(coalesce(n.doubts, [])) = 0
    GROUP BY n.thing, n.provider, n.version, n.amount HAVING count(DISTINCT coalesce(y.origin, n.source)) > 1
), pairs AS MATERIALIZED (
    SELECT teller, source, provider, model_id,
        max(CASE WHEN kind = 'input' THEN amount END) AS input,
        max(CASE WHEN kind = 'output' THEN amount END) AS output,
        bool_or(amount * {far} <= high_middle) AS is_far_below,
        TRY_CAST(regexp_extract(model_id, '(?:^|[^a-z0-9.])([0-9]+(?:[.][0-9]+)?)b(?:[^a-z0-9]|$)', 1) AS DOUBLE)
            AS size
    FROM prices_now LEFT JOIN elsewhere USING (thing, seller)
    WHERE tier IS NULL AND unit = 'per_million_tokens' AND kind IN ('input', 'output') GROUP BY ALL
), fillers AS NOT MATERIALIZED (
    SELECT source, provider, input, output, count(DISTINCT model_id) AS models FROM pairs
    WHERE input > 0 AND output > 0 GROUP BY ALL
    HAVING count(DISTINCT model_id) >= {filler_models} AND max(size) >= {filler_sizes} * min(size)
        AND (bool_or(is_far_below) OR max(size) >= {filler_alone} * min(size))
), before AS NOT MATERIALIZED (
    SELECT n.id, any_value(p.amount) AS amount
    FROM prices_now AS n JOIN internal.prices AS p ON n.model_id = p.model_id AND n.valid_from = p.valid_to
        AND n.listing = hash(p.source, p.scope, p.entry, p.model_id, p.provider, p.kind, p.tier, p.unit, p.currency)
    WHERE p.superseded_at IS NULL AND n.amount > 0 AND p.amount > 0 GROUP BY n.id
)
SELECT n.* EXCLUDE (doubts, seller),
    CASE WHEN k.id IS NULL THEN coalesce(doubts, []) ELSE [] END
        || CASE WHEN n.amount > 0 AND t.thing IS NULL
            AND (n.amount >= {far} * e.low_middle OR n.amount * {far} <= e.high_middle
                OR n.amount >= {far_of_agreed} * g.most OR n.amount * {far_of_agreed} <= g.least
                OR n.amount >= {far_of_maker} * m.most OR n.amount * {far_of_maker} <= m.least)
            THEN ['price_far_from_others'] ELSE [] END
        || CASE WHEN f.models IS NOT NULL AND n.tier IS NULL AND n.unit = 'per_million_tokens'
            AND n.kind IN ('input', 'output') THEN ['one_price_for_all_sizes'] ELSE [] END
        || CASE WHEN n.amount >= {jump} * b.amount OR n.amount * {jump} <= b.amount
            THEN ['price_far_from_before'] ELSE [] END AS doubts,
    coalesce(CASE WHEN n.amount > e.low_middle THEN e.low_middle ELSE e.high_middle END, g.least, m.least) AS middle,
    coalesce(e.sellers, g.sellers, 1) AS sellers,
    f.models AS models_at_this_price, b.amount AS amount_before
FROM prices_now AS n LEFT JOIN elsewhere AS e ON n.thing = e.thing AND n.seller = e.seller
LEFT JOIN agreed AS g ON n.thing = g.thing AND n.seller = g.seller AND n.source = g.source
LEFT JOIN of_maker AS m ON n.thing = m.thing
LEFT JOIN told_by_makers AS t ON n.thing = t.thing AND n.provider = t.provider AND n.amount = t.amount
    AND n.version IS NOT DISTINCT FROM t.version
LEFT JOIN pairs AS q ON n.teller = q.teller AND n.model_id = q.model_id AND n.provider = q.provider
LEFT JOIN fillers AS f ON q.source = f.source AND q.provider = f.provider AND q.input = f.input
    AND q.output = f.output
LEFT JOIN before AS b ON n.id = b.id
LEFT JOIN confirmed AS k ON n.id = k.id
