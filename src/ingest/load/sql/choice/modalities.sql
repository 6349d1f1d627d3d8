-- What each model takes, put together from what sources list, one row for each modality.
-- in:  standing: see standing.sql; sellers: see preferred.sql
-- The silence of one source does not contradict another. A modality counts if half of the sources name it, and a source
-- names it if half of its entries do. A list that has a flag for documents names `pdf` by it: such lists leave it out
-- of the modalities. If a source says that a model has one modality (`multimodal` false), a modality
-- that one host alone names belongs to its offer, or is a slip.
SELECT v.model_id, v.modality
FROM (
    SELECT l.model_id, l.source, m.modality, bool_or(coalesce(w.is_maker, true)) AS is_maker,
        2 * count(DISTINCT CASE WHEN list_contains(l.modalities, m.modality) THEN l.teller END)
            >= count(DISTINCT l.teller) AS says
    FROM (
        SELECT model_id, source, hash(source, scope, entry) AS teller, false AS is_flag,
            CAST(CAST(value AS JSON) AS VARCHAR[]) AS modalities
        FROM standing WHERE field = 'input_modalities'
        UNION ALL
        SELECT model_id, source, hash(source, scope, entry), true, ['pdf'] FROM standing
        WHERE field = 'features' AND contains(value, '"pdf_input"')
    ) AS l JOIN (
        SELECT DISTINCT model_id, unnest(CAST(CAST(value AS JSON) AS VARCHAR[])) AS modality
        FROM standing WHERE field = 'input_modalities'
        UNION
        SELECT f.model_id, 'pdf' FROM standing AS f JOIN standing AS o ON f.model_id = o.model_id
        WHERE f.field = 'features' AND contains(f.value, '"pdf_input"') AND o.field = 'input_modalities'
    ) AS m ON l.model_id = m.model_id AND (NOT l.is_flag OR m.modality = 'pdf')
    LEFT JOIN sellers AS w ON l.teller = w.teller AND l.model_id = w.model_id
    GROUP BY l.model_id, l.source, m.modality
) AS v LEFT JOIN (
    SELECT DISTINCT model_id FROM standing WHERE field = 'multimodal' AND value = 'false'
) AS d ON v.model_id = d.model_id
GROUP BY v.model_id, v.modality
HAVING 2 * count(*) FILTER (v.says) >= count(*) AND (bool_or(d.model_id IS NULL) OR bool_or(v.says AND v.is_maker)
    OR count(*) FILTER (v.says) > 1 OR v.modality NOT IN ('image', 'audio', 'video'))
