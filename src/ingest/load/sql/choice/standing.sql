-- What stands at the time t, as common table expressions.
-- `standing` are the claims that hold, and the last ones (`is_gone`) of what nobody states any more since the listings
-- that stated it have vanished: a seller who stops to list a model says nothing of it. What a source took back while
-- its listing went on has ended, and so has an offer or a moving name. Where all that is stated now is `rounded`, an
-- exact number that it rounds to stands, too, though its listing has vanished. Claims that are `contested` (see
-- contest.sql) have to be weighed, which costs many times as much as taking a value that nobody contests; one that was
-- never looked at counts as contested.
-- `names_weights`: the text is no flag; of `open_weights` it is then a licence, a place of weights or a model's name.
-- `ends_of_versions`: the end of one listing is that of a version while its seller lists another version of the model
-- without an end. A listing that stands for the ended version, or was a trial before it, goes on with it and not by
-- itself: a name without a version or `latest` beside a released one, `preview` beside a dated preview, a trial
-- beside a released one. So the model ends with the last of its releases, unless a source that sells it shows it later.
-- The end of a moving name (`latest`) is none of the model, unless all that is listed of it are such names. An end that
-- the catalogue knows (`is_derived`) is no end of the model where a source that sells it shows it later.
-- A condition on model_id reaches the scans, since every step keeps it among its keys.
lives AS NOT MATERIALIZED (
    SELECT model_id, min(valid_from) AS first_seen, max(coalesce(valid_to, 'infinity'::TIMESTAMP)) AS ended_at
    FROM internal.claims WHERE superseded_at IS NULL AND valid_from <= {at} GROUP BY model_id
), gone AS NOT MATERIALIZED (
    FROM (
        SELECT model_id, field, max(coalesce(valid_to, 'infinity'::TIMESTAMP)) AS ended_at
        FROM internal.claims WHERE superseded_at IS NULL AND valid_from <= {at} GROUP BY model_id, field
    ) WHERE ended_at <= {at} AND ended_at <> 'infinity'
), last_told AS NOT MATERIALIZED (
    SELECT c.rowid AS id, c.*, c.valid_to = l.ended_at OR c.field NOT IN {beside_columns} AS stays
    FROM internal.claims AS c JOIN gone AS g
        ON c.model_id = g.model_id AND c.field = g.field AND c.valid_to = g.ended_at
    JOIN lives AS l ON c.model_id = l.model_id WHERE c.superseded_at IS NULL
), rounded AS NOT MATERIALIZED (
    SELECT model_id, field, max(low) AS low, min(high) AS high FROM internal.claims
    WHERE number IS NOT NULL AND contested IS DISTINCT FROM false AND {in_force} GROUP BY model_id, field
    HAVING count(*) = count(high) AND min(high - low) > 0 AND min(high) < {most_tokens}
), left_over AS NOT MATERIALIZED (
    FROM (
        FROM last_told WHERE stays
        UNION ALL
        SELECT c.rowid, c.*, true FROM internal.claims AS c JOIN rounded AS r
            ON c.model_id = r.model_id AND c.field = r.field AND c.number BETWEEN r.low AND r.high
        WHERE c.superseded_at IS NULL AND c.valid_to <= {at} AND coalesce(c.low, c.number) = coalesce(c.high, c.number)
    ) AS c ANTI JOIN (FROM internal.claims WHERE superseded_at IS NULL) AS o
        ON c.model_id = o.model_id AND c.source = o.source AND c.scope = o.scope
        AND c.entry IS NOT DISTINCT FROM o.entry AND o.valid_from <= c.valid_to
        AND coalesce(o.valid_to, 'infinity'::TIMESTAMP) > c.valid_to
), {last_captures}, listed AS MATERIALIZED (
    SELECT hash(l.source, l.scope, l.model_id, coalesce(p.organization_id, l.provider)) AS seller,
        hash(l.source, l.scope, l.entry) AS teller, l.model_id, l.version, {holds} AS holds,
        CASE WHEN r.trust <= {who_sells} THEN c.last_seen END AS sold_until,
        coalesce(regexp_matches(l.version, '[0-9]'), false) AS is_stamped,
        coalesce(regexp_matches(l.version, '(^|-)latest$'), false) AS is_moving,
        {is_trial} AS is_trial
    FROM internal.listings AS l LEFT JOIN internal.providers AS p ON l.provider = p.provider
    LEFT JOIN last_captures AS c ON l.source = c.source AND l.scope = c.scope
    LEFT JOIN internal.source_trust AS r ON l.source = r.source AND r.field = '*'
    WHERE l.model_id IN (SELECT model_id FROM internal.claims WHERE field = 'deprecated_on' AND superseded_at IS NULL)
), ends AS MATERIALIZED (
    SELECT rowid AS id, hash(source, scope, entry) AS teller, model_id, TRY_CAST(value AS TIMESTAMP) AS day,
        derived_by IS NOT NULL AS is_derived
    FROM internal.claims WHERE field = 'deprecated_on' AND {in_force}
    UNION ALL
    SELECT id, hash(source, scope, entry), model_id, TRY_CAST(value AS TIMESTAMP), derived_by IS NOT NULL
    FROM left_over WHERE field = 'deprecated_on'
), ends_of_versions AS MATERIALIZED (
    SELECT DISTINCT e.id FROM ends AS e JOIN listed AS own ON e.teller = own.teller AND e.model_id = own.model_id
    JOIN listed AS l ON own.model_id = l.model_id AND (own.version = l.version) IS NOT TRUE
    LEFT JOIN ends AS k ON l.teller = k.teller AND l.model_id = k.model_id AND NOT k.is_derived
    WHERE NOT e.is_derived AND CASE
        WHEN own.is_moving AND NOT l.is_moving THEN true
        WHEN k.id IS NOT NULL OR NOT l.holds THEN false
        WHEN own.is_stamped AND ((NOT l.is_stamped AND own.is_trial <= l.is_trial) OR (l.is_trial AND NOT own.is_trial))
            THEN l.sold_until > e.day
        ELSE own.seller = l.seller END
    UNION
    SELECT e.id FROM ends AS e JOIN listed AS l ON e.model_id = l.model_id
    WHERE e.is_derived AND l.sold_until > e.day
), standing AS NOT MATERIALIZED (
    SELECT rowid AS id, source, scope, entry, model_id, version, field, field AS trusted_for, value, number, low, high,
        unit, valid_from, coalesce(valid_to, 'infinity'::TIMESTAMP) AS until,
        contested IS DISTINCT FROM false AS contested, false AS is_gone,
        raw_text NOT IN ('true', 'false') AS names_weights,
        {size_rank} AS size_rank, derived_by IS NOT NULL AS is_derived
    FROM internal.claims
    WHERE {in_force} AND (field <> 'deprecated_on' OR rowid NOT IN (SELECT id FROM ends_of_versions))
    UNION ALL
    SELECT c.id, c.source, c.scope, c.entry, c.model_id, c.version, c.field, c.field, c.value, c.number, c.low,
        c.high, c.unit, c.valid_from, c.valid_to, c.contested IS DISTINCT FROM false, true,
        c.raw_text NOT IN ('true', 'false'), {size_rank}, c.derived_by IS NOT NULL
    FROM left_over AS c WHERE field <> 'deprecated_on' OR id NOT IN (SELECT id FROM ends_of_versions)
)
