-- Decide again which of the prices that are stated now are chosen.
-- in:  {judged}: see choice/judged.sql; {columns}
-- out: internal.judged_prices
DELETE FROM internal.judged_prices;
INSERT INTO internal.judged_prices BY NAME
    SELECT {columns}, j.field, j.number, j.seen_day, j.chosen FROM {judged} ORDER BY model_id, provider, kind;
