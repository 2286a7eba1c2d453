-- name: detach
DETACH published

-- name: enter
USE published

-- name: leave
USE warehouse

-- name: mentions
INSERT INTO published.main.mentions BY NAME
SELECT
    f.mention_id, m.version, f.brand, f.source, f.source_kind, f.kind, f.product, f.lang,
    m.title, m.text, m.pros, m.cons, m.rating, m.rating_min, m.rating_max, m.url,
    coalesce(p.places, 1) AS places,
    m.published_at, m.published_precision, m.collected_at, m.edited_at, m.verified, m.likes, m.replies,
    m.owner_reply, m.segments,
    -- include: mentions.folded
    AS folded
FROM warehouse.numbers.facts AS f
JOIN warehouse.main.mentions AS m ON m.mention_id = f.mention_id AND m.current
LEFT JOIN (SELECT mention_id, count(*) AS places FROM warehouse.main.places GROUP BY mention_id) AS p
    ON p.mention_id = f.mention_id
ORDER BY f.brand, f.day, f.mention_id

-- name: facts
INSERT INTO published.main.facts BY NAME SELECT * FROM warehouse.numbers.facts ORDER BY brand, day, mention_id

-- name: daily
INSERT INTO published.main.daily BY NAME SELECT * FROM warehouse.numbers.daily ORDER BY brand, day, source

-- name: footprint
INSERT INTO published.main.footprint BY NAME SELECT * FROM warehouse.numbers.footprint

-- name: drivers
INSERT INTO published.main.drivers BY NAME SELECT * FROM warehouse.numbers.drivers

-- name: preferences
INSERT INTO published.main.preferences BY NAME SELECT * FROM warehouse.numbers.preferences

-- name: labels
INSERT INTO published.main.labels BY NAME SELECT * FROM warehouse.numbers.labels

-- name: samples
INSERT INTO published.main.samples BY NAME SELECT * FROM warehouse.numbers.samples

-- name: topics
INSERT INTO published.main.topics BY NAME SELECT * FROM warehouse.numbers.topics

-- name: meanings
-- By place: the embeddings of older texts are not touched.
INSERT INTO published.main.meanings BY NAME
WITH newest AS (
    SELECT mention_id, max("at") AS "at"
    FROM warehouse.numbers.facts
    WHERE p_promoter IS NOT NULL
    GROUP BY mention_id
    ORDER BY "at" DESC, mention_id
    LIMIT 100000
),
texts AS (
    SELECT newest.mention_id, newest."at", m.content_hash
    FROM newest
    JOIN warehouse.main.mentions AS m ON m.mention_id = newest.mention_id AND m.current
),
last_readings AS (
    SELECT content_hash, arg_max(rowid, (read_at, model)) AS place
    FROM warehouse.main.readings
    WHERE content_hash IN (SELECT content_hash FROM texts)
    GROUP BY content_hash
)
SELECT
    texts.mention_id, r.model,
    list_transform(
        r.embedding, lambda x: CAST(greatest(-127, least(127, round(x * 254))) AS TINYINT)
    ) AS vector
FROM texts
JOIN last_readings AS l ON l.content_hash = texts.content_hash
JOIN warehouse.main.readings AS r ON r.rowid = l.place
WHERE r.embedding IS NOT NULL
ORDER BY texts."at", texts.mention_id

-- name: campaigns
INSERT INTO published.main.campaigns BY NAME SELECT * FROM warehouse.numbers.campaigns

-- name: campaign_mentions
INSERT INTO published.main.campaign_mentions BY NAME SELECT * FROM warehouse.numbers.campaign_mentions

-- name: campaign_ties
INSERT INTO published.main.campaign_ties BY NAME SELECT * FROM warehouse.numbers.campaign_ties

-- name: campaign_accounts
INSERT INTO published.main.campaign_accounts BY NAME SELECT * FROM warehouse.numbers.campaign_accounts

-- name: answered
INSERT INTO published.main.answered BY NAME
SELECT mention_id, brand, min(said_at) AS answered_at, arg_min(who, said_at) AS who
FROM warehouse.main.answered
GROUP BY mention_id, brand
ORDER BY brand, mention_id

-- name: sources
INSERT INTO published.main.sources BY NAME SELECT * FROM warehouse.numbers.sources

-- name: benchmarks
INSERT INTO published.main.benchmarks BY NAME SELECT * FROM warehouse.numbers.benchmarks

-- name: meta
INSERT INTO published.main.meta BY NAME SELECT * FROM warehouse.numbers.meta

-- name: note
INSERT INTO published.main.meta VALUES (?, ?)

-- name: published_fingerprint
SELECT value FROM meta WHERE key = 'fingerprint'
