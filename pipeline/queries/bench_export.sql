-- name: fill
-- Mentions $first..$last-1 of a made-up snapshot; everything about one follows from its number.
CREATE OR REPLACE TEMP TABLE drawn AS
SELECT
    number,
    sha256('mention ' || number) AS mention_id,
    ['Lumora', 'Kaskāde', 'Vėjas', 'Řeka'][1 + number % 4] AS brand,
    ['en', 'lv', 'lt', 'et', 'cs', 'ru', 'pl', 'de'][1 + number % 8] AS lang,
    hash(number, 1) % 1000 / 1000.0 AS mood,
    TIMESTAMPTZ '2025-01-01 00:00:00+00' + to_seconds(hash(number, 4) % (365 * 86400)) AS said_at
FROM range($first, $last) AS numbers (number);

-- name: mentions
INSERT INTO mentions BY NAME
SELECT
    mention_id, 1 AS version, brand, 'structured:shop.example' AS source, 'structured' AS source_kind,
    'review' AS kind, lang, 'Title ' || number AS title,
    CASE WHEN number % 9 = 0 THEN '=1+1 ' ELSE '' END
        || repeat('Paldies, čau, děkuji, спасибо 🙂 ', 1 + number % 12) || number AS text,
    1 + number % 5 AS rating, 1 AS rating_min, 5 AS rating_max, 'https://shop.example/r/' || number AS url,
    1 AS places, said_at AS published_at, 'second' AS published_precision, said_at AS collected_at
FROM drawn;

-- name: facts
INSERT INTO facts BY NAME
SELECT
    mention_id, brand, 'structured:shop.example' AS source, 'structured' AS source_kind, 'review' AS kind, lang,
    said_at AS "at", CAST(said_at AS DATE) AS day, 10 * mood AS score, (1 - mood) * (1 - mood) AS p_detractor,
    2 * mood * (1 - mood) AS p_passive, mood * mood AS p_promoter,
    CAST(list_transform(range(12), lambda i: hash(number, 10 + i) % 1000 / 1000.0) AS FLOAT[12]) AS emotions,
    ['price'] AS touchpoints, [2 * mood - 1] AS polarities, FALSE AS abstain, FALSE AS set_aside
FROM drawn;

-- name: meta
INSERT INTO meta SELECT unnest(['generation', 'made_at', 'schema', 'brands']),
    unnest(['1', '2026-01-01T00:00:00+00:00', CAST($schema AS VARCHAR), '[{"name": "Lumora"}]'])
