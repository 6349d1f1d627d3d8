-- Whether a row of a history holds at the time t, as far as is known now.
superseded_at IS NULL AND valid_from <= {at} AND (valid_to IS NULL OR valid_to > {at})
