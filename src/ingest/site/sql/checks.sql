-- Checks by name: how many passed and failed.
-- in:  checks
SELECT name, count(*) FILTER (passed) AS passed, count(*) FILTER (NOT passed) AS failed FROM checks
GROUP BY name ORDER BY failed DESC, name
