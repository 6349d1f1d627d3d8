-- The rows of chosen_prices as they were at the time t.
-- in:  {judged}: see choice/judged.sql; {columns}
SELECT {columns} FROM {judged} WHERE j.chosen
