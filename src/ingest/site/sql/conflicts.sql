-- What sources disagree on, worst first.
-- in:  conflicts, which has that order
FROM conflicts
