-- name: draw
-- Mentions $first..$last-1 of a made-up year; everything about a mention follows from its number.
CREATE OR REPLACE TEMP TABLE drawn AS
SELECT
    number,
    printf('m%09d', number) AS mention_id,
    sha256('text ' || number) AS content_hash,
    hash(number, 1) % 1000 / 1000.0 AS luck,
    hash(number, 2) % 1000 / 1000.0 AS mood,
    hash(number, 3) % 1000 / 1000.0 AS trait,
    TIMESTAMPTZ '2025-01-01 00:00:00+00'
        + to_seconds(CASE WHEN $day IS NULL THEN hash(number, 4) % (365 * 86400) ELSE $day * 86400 + hash(number, 4) % 86400 END) AS said_at
FROM range($first, $last) AS numbers (number);

-- name: mentions
INSERT INTO mentions BY NAME
SELECT
    mention_id, 1 AS version, TRUE AS current, content_hash,
    CASE WHEN number % 3 = 0 THEN 'discourse:forum' || number % 5 || '.example' ELSE 'structured:shop' || number % 7 || '.example' END AS source,
    CASE WHEN number % 3 = 0 THEN 'post' ELSE 'review' END AS kind,
    'target' || number % 12 AS target, CAST(number AS VARCHAR) AS native_id,
    CASE WHEN number % 3 = 0 THEN 'topic ' || hash(number, 5) % 40000 END AS title,
    'made text number ' || number AS text,
    CASE WHEN trait < 0.35 THEN 1 + CAST(floor(mood * 4.999) AS DOUBLE) END AS rating,
    CASE WHEN trait < 0.35 THEN 1.0 END AS rating_min,
    CASE WHEN trait < 0.35 THEN 5.0 END AS rating_max,
    CASE WHEN luck < 0.8 THEN 'author ' || hash(number, 6) % 400000 END AS author_hash,
    said_at AS published_at, 'second' AS published_precision, said_at AS collected_at, said_at AS seen_at,
    ['en', 'lv', 'lt', 'et', 'cs', 'ru', 'pl', 'de'][1 + number % 8] AS lang,
    'https://example.org/' || number AS url, 1 AS schema, 'made' AS segment_name
FROM drawn;

-- name: brands
INSERT INTO mention_brands SELECT mention_id, ['Lumora', 'Kaskāde', 'Vėjas', 'Řeka'][1 + number % 4], 'hint' FROM drawn;

-- name: readings
INSERT INTO readings BY NAME
SELECT
    content_hash, 'made-1' AS model,
    CAST(list_transform(range(11), lambda i: 1 / 11) AS FLOAT[11]) AS scores, CAST(10 * mood AS FLOAT) AS score,
    (1 - mood) * (1 - mood) AS p_detractor, 2 * mood * (1 - mood) AS p_passive, mood * mood AS p_promoter,
    CAST(list_transform(range(12), lambda i: hash(number, 10 + i) % 1000 / 1000.0 * luck) AS FLOAT[12]) AS emotions,
    CASE WHEN luck < 0.6
        THEN [{'name': ['price', 'service', 'delivery', 'product'][1 + number % 4], 'polarity': 2 * mood - 1, 'p': 0.9}]
        ELSE [] END AS touchpoints,
    CAST(list_transform(range($dimensions), lambda i: hash(number, 40 + i) % 1000 / 1000.0) AS FLOAT[]) AS embedding,
    luck < 0.1 AS abstain, ['en', 'lv', 'lt', 'et', 'cs', 'ru', 'pl', 'de'][1 + number % 8] AS lang,
    said_at AS read_at
FROM drawn;

-- name: authenticity
INSERT INTO authenticity
SELECT mention_id, 0.9, ['copies'], 'c' || number % 50, TRUE, said_at FROM drawn WHERE luck > 0.99;

-- name: one_brand
UPDATE mention_brands SET brand = 'Lumora' WHERE mention_id >= printf('m%09d', $first)


-- name: speak
-- Texts of 12 to 40 words drawn from $words; one in fifty is one of a hundred wordings that many share.
UPDATE mentions SET text = CASE
    WHEN hash(native_id, 7) % 50 = 0
        THEN list_aggregate(list_transform(range(25), lambda i: $words[CAST(1 + hash(i, hash(native_id, 8) % 100) % len($words) AS BIGINT)]), 'string_agg', ' ')
    ELSE list_aggregate(list_transform(range(CAST(12 + hash(native_id, 9) % 28 AS BIGINT)), lambda i: $words[CAST(1 + hash(i, native_id) % len($words) AS BIGINT)]), 'string_agg', ' ')
END
