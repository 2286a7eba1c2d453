-- name: spoken
-- The newest texts of each brand in each touchpoint. A table of its own: then it is known how few they are.
CREATE OR REPLACE TEMP TABLE spoken AS
WITH touched AS (
    SELECT
        rowid AS place, brand, "at",
        unnest(CASE WHEN len(touchpoints) = 1 THEN touchpoints ELSE list_distinct(touchpoints) END) AS touchpoint
    FROM numbers.facts
    WHERE list_contains($brands, brand) AND NOT set_aside AND p_promoter IS NOT NULL AND len(touchpoints) > 0
),
reached AS (
    -- How far back the newest texts of a touchpoint reach: sorting them all would take much longer.
    SELECT brand, touchpoint, list_min(max("at", $most)) AS since FROM touched GROUP BY brand, touchpoint
)
SELECT t.brand, t.touchpoint, f.mention_id, f.day, f."at"
FROM touched AS t
JOIN reached AS r ON r.brand = t.brand AND r.touchpoint = t.touchpoint AND t."at" >= r.since
JOIN numbers.facts AS f ON f.rowid = t.place
QUALIFY row_number() OVER (PARTITION BY t.brand, t.touchpoint ORDER BY f."at" DESC, f.mention_id) <= $most

-- name: texts
-- After `spoken`: those texts with their last embedding.
WITH texts AS MATERIALIZED (
    SELECT s.*, m.content_hash,
        concat_ws(' ', m.title, m.text, array_to_string(m.pros, ' '), array_to_string(m.cons, ' ')) AS text
    FROM spoken AS s
    JOIN main.mentions AS m ON m.mention_id = s.mention_id AND m.current
),
last_readings AS (
    SELECT content_hash, arg_max(rowid, (read_at, model)) AS place
    FROM main.readings
    WHERE content_hash IN (SELECT content_hash FROM texts)
    GROUP BY content_hash
),
embedded AS (
    -- By place: the embeddings of all other texts, most of the warehouse, are not touched.
    SELECT l.content_hash, r.embedding, r.lang
    FROM last_readings AS l
    JOIN main.readings AS r ON r.rowid = l.place
)
SELECT t.brand, t.touchpoint, t.mention_id, t.day, t.text, e.embedding, e.lang
FROM texts AS t
JOIN embedded AS e ON e.content_hash = t.content_hash
WHERE e.embedding IS NOT NULL
ORDER BY t.brand, t.touchpoint, t."at" DESC, t.mention_id
