-- The argument {t} of a macro as a moment in UTC, whatever the time zone of the session.
-- It is a day, a TIMESTAMP in UTC, a TIMESTAMPTZ, or one of these as text.
(CASE WHEN regexp_matches({t}::VARCHAR, ':[0-9.]+(Z|[+-][0-9:]+)$')
    THEN make_timestamp(epoch_us({t}::TIMESTAMPTZ)) ELSE {t}::TIMESTAMP END)
