-- name: taken
SELECT name FROM segments;

-- name: record_segments
INSERT INTO segments SELECT name, mentions, rejected, now() FROM taken_segments;

-- name: record_ages
INSERT INTO segment_ages
SELECT segment_name, split_part(source, ':', 1), min(collected_at) FROM incoming GROUP BY ALL;

-- name: before
-- Every stored version of the mentions that this batch speaks of.
CREATE OR REPLACE TEMP TABLE before AS
SELECT * FROM mentions SEMI JOIN incoming USING (mention_id);

-- name: versions
-- Stored and incoming observations as versions. A version keeps the fields of the observation seen last, and its
-- first sight; every choice is the least of a total order, so that the order of ingestion cannot matter.
CREATE OR REPLACE TEMP TABLE versions AS
WITH observations AS (
    SELECT * EXCLUDE (current, merged_into) FROM before
    UNION ALL BY NAME
    SELECT * FROM incoming
),
ranked AS (
    SELECT * REPLACE (
            min(collected_at) OVER same AS collected_at,
            first_value(published_at) OVER best_date AS published_at,
            first_value(published_precision) OVER best_date AS published_precision
        ),
        -- Retention takes old versions away; the numbers of those that stay are said elsewhere too.
        coalesce(min(version) OVER (PARTITION BY mention_id), 1) - 1 AS dropped,
        row_number() OVER (
            PARTITION BY mention_id, content_hash, rating, rating_min, rating_max
            ORDER BY seen_at DESC, segment_name, url, target, product, title, brand_hint, likes, replies,
                owner_reply, edited_at, author_hash, lang, parent_id, verified
        ) AS place
    FROM observations
    WINDOW same AS (PARTITION BY mention_id, content_hash, rating, rating_min, rating_max),
        best_date AS (
            PARTITION BY mention_id
            ORDER BY published_at IS NULL, coalesce(list_position(
                ['second', 'minute', 'hour', 'day', 'month', 'year'], published_precision), 4.5), published_at
        )
)
SELECT * EXCLUDE (place, dropped, version),
    (dropped + row_number() OVER (
        PARTITION BY mention_id ORDER BY collected_at, content_hash, rating, rating_min, rating_max
    ))::INTEGER AS version,
    row_number() OVER (
        PARTITION BY mention_id
        ORDER BY seen_at DESC, collected_at DESC, content_hash, rating, rating_min, rating_max
    ) = 1 AS current,
    NULL::VARCHAR AS merged_into
FROM ranked
WHERE place = 1;

-- name: counts
SELECT
    (SELECT count(DISTINCT mention_id) FROM incoming) - (SELECT count(DISTINCT mention_id) FROM before),
    (SELECT count(*) FROM versions) - (SELECT count(*) FROM before);

-- name: changed
-- Mentions whose newest version says something else than before, or are new: their brands are told anew.
CREATE OR REPLACE TEMP TABLE changed AS
SELECT now.* FROM versions AS now
LEFT JOIN before AS was ON was.mention_id = now.mention_id AND (was.current OR was.merged_into IS NOT NULL)
WHERE now.current AND (was.mention_id IS NULL
    OR (was.content_hash, was.title, was.brand_hint, was.product)
        IS DISTINCT FROM (now.content_hash, now.title, now.brand_hint, now.product));

-- name: replace_before
DELETE FROM mentions WHERE mention_id IN (SELECT mention_id FROM before);

-- name: insert_versions
INSERT INTO mentions BY NAME SELECT * FROM versions;

-- name: originals
-- Of the mentions that share a copy key, the one published first counts.
CREATE OR REPLACE TEMP TABLE originals AS
WITH keys AS (
    SELECT copy_key FROM before WHERE (current OR merged_into IS NOT NULL) AND copy_key IS NOT NULL
    UNION
    SELECT copy_key FROM versions WHERE current AND copy_key IS NOT NULL
)
SELECT mention_id, first_value(mention_id) OVER (
    PARTITION BY copy_key ORDER BY published_at IS NULL, published_at, mention_id
) AS original
FROM mentions SEMI JOIN keys USING (copy_key)
WHERE current OR merged_into IS NOT NULL;

-- name: merge
UPDATE mentions SET
    current = (mentions.mention_id = originals.original),
    merged_into = nullif(originals.original, mentions.mention_id)
FROM originals
WHERE mentions.mention_id = originals.mention_id
    AND (mentions.current OR mentions.merged_into IS NOT NULL)
    AND mentions.merged_into IS DISTINCT FROM nullif(originals.original, originals.mention_id);

-- name: new_places
CREATE OR REPLACE TEMP TABLE new_places AS
WITH seen AS (
    SELECT member_id, place_id, url, target, source, first_seen FROM places
    WHERE member_id IN (SELECT mention_id FROM before)
    UNION ALL
    SELECT mention_id, sha256(concat_ws(chr(31), mention_id, coalesce(url, target, ''))), url, target, source,
        collected_at
    FROM incoming
)
SELECT coalesce(originals.original, member_id) AS mention_id, member_id, place_id, url, target, source, first_seen
FROM seen LEFT JOIN originals ON originals.mention_id = seen.member_id
QUALIFY row_number() OVER (PARTITION BY member_id, place_id ORDER BY first_seen, target, url) = 1;

-- name: drop_places
DELETE FROM places WHERE member_id IN (SELECT mention_id FROM before);

-- name: insert_places
INSERT INTO places BY NAME SELECT * FROM new_places;

-- name: move_places
UPDATE places SET mention_id = originals.original FROM originals
WHERE places.member_id = originals.mention_id AND places.mention_id <> originals.original;

-- name: to_match
SELECT mention_id, brand_hint, kind, title, text, pros, cons, product FROM changed;

-- name: to_rematch
SELECT mention_id, brand_hint, kind, title, text, pros, cons, product FROM mentions
WHERE current OR merged_into IS NOT NULL;

-- name: drop_brands
DELETE FROM mention_brands WHERE mention_id IN (SELECT mention_id FROM changed);

-- name: drop_all_brands
DELETE FROM mention_brands;

-- name: insert_brands
INSERT INTO mention_brands SELECT mention_id, brand, how FROM matched;

-- name: setting
SELECT value FROM settings_seen WHERE key = ?;

-- name: remember
INSERT OR REPLACE INTO settings_seen VALUES (?, ?);

-- name: reports_taken
SELECT DISTINCT report FROM target_reports;

-- name: insert_reports
INSERT INTO target_reports BY NAME SELECT * FROM new_reports;

-- name: insert_ratings
INSERT INTO rating_snapshots BY NAME SELECT * FROM new_ratings;

-- name: stored
SELECT count(*), count(*) FILTER (current), count(*) FILTER (merged_into IS NOT NULL) FROM mentions;

-- name: all_readings
SELECT * FROM readings;

-- name: carry_readings
INSERT OR IGNORE INTO readings BY NAME SELECT * FROM old_readings;

-- name: count_readings
SELECT count(*) FROM readings;
