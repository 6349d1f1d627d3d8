-- One thing that is sold at one price, in words: 'price of input from openai, batch (per_image)'.
-- Two things must not share these words, so a name that holds one of the separators stands in quotes.
'price of ' || kind || coalesce(' of version ' || version, '')
    || coalesce(' from ' || CASE WHEN regexp_matches(provider, '[,("]') THEN to_json(provider)::VARCHAR
        ELSE provider END, '')
    || coalesce(', ' || CASE WHEN regexp_matches(tier, '[("]') THEN to_json(tier)::VARCHAR ELSE tier END, '')
    || CASE WHEN unit = 'per_million_tokens' THEN ''
        ELSE coalesce(' (' || unit || ')', ' (no unit)') END
    || CASE WHEN currency = 'USD' THEN '' ELSE coalesce(' (in ' || currency || ')', ' (no currency)') END
