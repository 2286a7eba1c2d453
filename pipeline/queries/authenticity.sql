-- name: order
-- Every mention that counts, oldest first. A survey answer is asked for, not placed: it is never looked at.
CREATE OR REPLACE TEMP TABLE stream_order AS
SELECT
    row_number() OVER (ORDER BY coalesce(published_at, collected_at), mention_id) - 1 AS place,
    mention_id, content_hash
FROM mentions
WHERE current AND kind <> 'survey'

-- name: stream
-- What detection looks at. Without a date that names a day a mention belongs to no wave: when it was collected says
-- when we came by.
WITH heard AS (
    SELECT content_hash, arg_max(p_promoter - p_detractor, (read_at, model)) AS valence,
        arg_max(p_generated, (read_at, model)) AS generated
    FROM readings
    WHERE content_hash <> $empty
    GROUP BY content_hash
),
own AS (
    SELECT o.place, m.*, r.valence AS read_valence, r.generated,
        coalesce(m.published_at, m.collected_at) AS said_at,
        m.published_at IS NOT NULL AND coalesce(m.published_precision, 'second') NOT IN ('month', 'year') AS dated,
    FROM stream_order AS o
    JOIN mentions AS m ON m.mention_id = o.mention_id AND m.current
    LEFT JOIN heard AS r ON r.content_hash = m.content_hash
),
quoted AS (
    SELECT * REPLACE (concat_ws(' ', text, array_to_string(pros, ' '), array_to_string(cons, ' ')) AS text)
    FROM own
),
cleaned AS (
    SELECT *,
        -- include: wording.said
        AS said
    FROM quoted
),
worded AS (
    SELECT *,
        -- include: wording.words
        AS words
    FROM cleaned
)
SELECT
    mention_id,
    hash(source) AS source,
    CASE WHEN coalesce(product, parent_id, target) IS NULL THEN 0::UBIGINT
        ELSE hash(coalesce(product, parent_id, target)) END AS target,
    CASE WHEN author_hash IS NULL THEN 0::UBIGINT ELSE hash(author_hash) END AS author,
    epoch(said_at) / 86400.0 AS day,
    coalesce(published_precision, 'second') IN ('second', 'minute', 'hour') AS fine,
    author_mentions::DOUBLE AS author_mentions,
    (epoch(said_at) - epoch(author_created_at)) / 86400.0 AS age,
    TRY_CAST(author_features ->> 'digit_tail' AS DOUBLE) AS tail,
    CASE WHEN verified THEN 1 WHEN NOT verified THEN 0 ELSE -1 END::TINYINT AS verified,
    CASE WHEN dated THEN
        coalesce(2 * (rating - rating_min) / (rating_max - rating_min) - 1, read_valence)::DOUBLE END AS valence,
    generated::DOUBLE AS generated,
    -- include: wording.compared
FROM worded
ORDER BY place

-- name: brands
SELECT b.brand, list(o.place ORDER BY o.place) AS places
FROM mention_brands AS b JOIN stream_order AS o ON o.mention_id = b.mention_id
GROUP BY b.brand
ORDER BY b.brand

-- name: embeddings
SELECT o.place, r.embedding
FROM stream_order AS o
JOIN (
    SELECT content_hash, arg_max(rowid, (read_at, model)) AS reading
    FROM readings WHERE embedding IS NOT NULL AND content_hash <> $empty
    GROUP BY content_hash
) AS last ON last.content_hash = o.content_hash
JOIN readings AS r ON r.rowid = last.reading

-- name: of_texts
-- What is compared of any texts, by their places.
WITH own AS (
    SELECT place,
        -- include: wording.said
        AS said
    FROM given
),
worded AS (
    SELECT place,
        -- include: wording.words
        AS words
    FROM own
)
SELECT
    -- include: wording.compared
FROM worded
ORDER BY place


-- name: forgive
-- A campaign that somebody dismissed is not set aside: the word of the person stands above the suspicion.
CREATE OR REPLACE TEMP TABLE forgiven AS
SELECT DISTINCT m.mention_id
FROM campaign_mentions AS m
JOIN (
    SELECT campaign_id, arg_max(verdict, said_at) AS verdict FROM verdicts GROUP BY campaign_id
) AS v ON v.campaign_id = m.campaign_id AND v.verdict = 'dismissed';
CREATE OR REPLACE TEMP TABLE decisions AS
SELECT s.* REPLACE (s.set_aside AND f.mention_id IS NULL AS set_aside)
FROM suspects AS s LEFT JOIN forgiven AS f ON f.mention_id = s.mention_id

-- name: withdraw
DELETE FROM authenticity WHERE mention_id NOT IN (SELECT mention_id FROM decisions)

-- name: revise
DELETE FROM authenticity WHERE mention_id IN (
    SELECT d.mention_id FROM decisions AS d
    WHERE (d.p_bot, d.reasons, d.cluster, d.set_aside) IS DISTINCT FROM (
        authenticity.p_bot, authenticity.reasons, authenticity.cluster, authenticity.set_aside)
)

-- name: decide
INSERT INTO authenticity BY NAME
SELECT *, now() AS decided_at FROM decisions
WHERE mention_id NOT IN (SELECT mention_id FROM authenticity)

-- name: standing
SELECT count(*), count(*) FILTER (set_aside), count(DISTINCT cluster), (SELECT count(*) FROM campaigns)
FROM authenticity
