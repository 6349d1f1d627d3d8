-- How far a size is believed, the best first: what its maker says of the family, what is stated, what a name tells.
-- in:  derived_by of a claim
CASE WHEN derived_by IS NULL THEN 1 WHEN starts_with(derived_by, 'parameters_of_family') THEN 0 ELSE 2 END
