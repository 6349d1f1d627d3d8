-- The standard error of a result, an expression: the stated one, else what its interval implies, else that of a share
-- of n_items answers, else 0.
-- in:  stderr, ci_low, ci_high, ci_level, n_items, unit, score of the row
CASE WHEN stderr IS NOT NULL THEN stderr
    WHEN ci_low IS NOT NULL AND ci_high IS NOT NULL THEN (ci_high - ci_low) / 2
        / CASE WHEN ci_level >= 0.985 THEN 2.576 WHEN ci_level < 0.925 THEN 1.645 ELSE 1.96 END
    WHEN n_items > 0 AND unit = 'percent' AND score BETWEEN 0 AND 100
        THEN sqrt(score * (100 - score) / n_items) ELSE 0 END
