-- What each ranking leaves out, by the ranking that has it: how many results, and what keeps them out.
-- in:  not_comparable, leaderboard
SELECT n.comparability_key, n.own_key, count(*) AS results, any_value(n.differs_in) AS differs_in
FROM not_comparable AS n
JOIN (SELECT DISTINCT comparability_key FROM leaderboard WHERE models > 1) AS l USING (comparability_key)
GROUP BY ALL ORDER BY n.comparability_key, results DESC, n.own_key
