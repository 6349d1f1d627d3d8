-- Whether a claim or a price holds at the time t, also against the end that its source states and that is yet to come.
{holds} AND (stated_to IS NULL OR {at} = 'infinity' OR stated_to > {at})
