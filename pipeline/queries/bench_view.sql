-- Fills a made-up snapshot after `bench.draw`, for `sayso bench view`: everything about a mention follows from its
-- number. $authors and $threads grow with the snapshot, so that a larger one has more people, not busier ones.

-- name: placed
CREATE OR REPLACE TEMP TABLE placed AS
SELECT
    *,
    ['Lumora', 'Kaskāde', 'Vėjas', 'Řeka'][1 + CAST(hash(number, 7) % 4 AS INTEGER)] AS brand,
    ['en', 'lv', 'lt', 'et', 'cs', 'ru', 'pl', 'de'][1 + CAST(hash(number, 8) % 8 AS INTEGER)] AS lang,
    number % 3 = 0 AS spoken_in_forum,
    CASE WHEN number % 3 = 0 THEN 'discourse:forum' || hash(number, 9) % 5 || '.example'
        ELSE 'structured:shop' || hash(number, 9) % 7 || '.example' END AS source,
    CASE WHEN number % 3 = 0 THEN 'discourse' ELSE 'structured' END AS source_kind,
    CASE WHEN number % 3 = 0 THEN 'post' ELSE 'review' END AS kind,
    CASE WHEN luck < 0.8 THEN 'author ' || hash(number, 6) % $authors END AS author_hash,
    'topic ' || hash(number, 5) % $threads AS topic,
    hash(number, 10) AS felt,
    number % 3 > 0 AND trait < 0.35 AS rated
FROM drawn;

-- name: mentions
INSERT INTO mentions BY NAME
SELECT
    mention_id, 1 AS version, brand, source, source_kind, kind, lang,
    CASE WHEN spoken_in_forum THEN 'Topic ' || number % 977 END AS title,
    ['Support answered in two minutes and fixed my line the same evening. Thank you! 🙏 ',
     'Jau trešo dienu nav interneta, un palīdzības tālrunis klusē. ',
     'Sąskaita vėl didesnė nei sutarta, labai nusivyliau. ',
     'Väga kiire internet ja sõbralik klienditugi. ',
     'Aplikace padá při každém přihlášení, to je k vzteku. ',
     'Спасибо мастеру, подключил за полчаса, всё летает. ',
     'Zwykły operator, nic szczególnego, ale cena jest uczciwa. ',
     'Der Techniker kam pünktlich, seitdem läuft alles stabil. '][1 + CAST(hash(number, 8) % 8 AS INTEGER)] || 'No. ' || number AS text,
    CASE WHEN rated THEN 1 + CAST(floor(mood * 4.999) AS DOUBLE) END AS rating,
    CASE WHEN rated THEN 1.0 END AS rating_min, CASE WHEN rated THEN 5.0 END AS rating_max,
    'https://example.org/' || number AS url, 1 AS places, said_at AS published_at,
    'second' AS published_precision, said_at AS collected_at,
    CAST(NULL AS VARCHAR[]) AS pros, CAST(NULL AS VARCHAR[]) AS cons,
    -- include: mentions.folded
    AS folded
FROM placed;

-- name: facts
INSERT INTO facts BY NAME
SELECT
    mention_id, brand, source, source_kind, kind, lang, author_hash,
    CASE WHEN spoken_in_forum THEN topic END AS thread,
    said_at AS "at", CAST(said_at AS DATE) AS day,
    CASE WHEN rated THEN CASE WHEN mood >= 0.8 THEN 1 WHEN mood >= 0.6 THEN 0 ELSE -1 END END AS native_class,
    10 * mood AS score, (1 - mood) * (1 - mood) AS p_detractor, 2 * mood * (1 - mood) AS p_passive,
    mood * mood AS p_promoter,
    CAST([
        (felt & 31) / 40, ((felt >> 5) & 31) / 40, ((felt >> 10) & 31) / 40, ((felt >> 15) & 31) / 40,
        ((felt >> 20) & 31) / 40, ((felt >> 25) & 31) / 40, ((felt >> 30) & 31) / 40, ((felt >> 35) & 31) / 40,
        ((felt >> 40) & 31) / 40, ((felt >> 45) & 31) / 40, ((felt >> 50) & 31) / 40, ((felt >> 55) & 31) / 40
    ] AS FLOAT[12]) AS emotions,
    CASE WHEN luck < 0.6 THEN [['price', 'service', 'delivery', 'product'][1 + CAST(felt % 4 AS INTEGER)]] ELSE [] END AS touchpoints,
    CASE WHEN luck < 0.6 THEN [2 * mood - 1] ELSE [] END AS polarities,
    2 * mood - 1 AS advocacy, CASE WHEN mood < 0.05 THEN 0.9 ELSE 0.05 END AS leaving, 'customer' AS speaker,
    2 * mood - 1 AS effort, 0.05 AS p_generated, luck < 0.1 AS abstain, luck AS p_bot, luck > 0.99 AS set_aside
FROM placed;

-- name: topics
INSERT INTO topics BY NAME
SELECT
    brand, touchpoint, touchpoint || ' ' || place AS topic, ['made', 'up'] AS terms, min(mention_id) AS example,
    count(*) AS n, 1.0 AS grew
FROM (SELECT brand, mention_id, unnest(touchpoints) AS touchpoint, hash(mention_id) % 3 AS place FROM facts WHERE day = '2025-06-01')
GROUP BY ALL;

-- name: preferences
INSERT INTO preferences BY NAME
SELECT mention_id, brand, CASE WHEN brand = 'Lumora' THEN 'Kaskāde' ELSE 'Lumora' END AS rival, p_promoter < 0.5 AS rival_better
FROM facts WHERE hash(mention_id) % 100 = 0;

-- name: sources
INSERT INTO sources BY NAME
SELECT
    source AS target, any_value(source_kind) AS kind, 'https://' || source AS url, max("at") AS last_crawl, 100 AS pages,
    10 AS new, 0 AS edited, 90 AS known, 0 AS rejected, 0 AS errors, [] AS warnings, count(*) AS mentions,
    max("at") AS newest_mention
FROM facts GROUP BY source;

-- name: meta
INSERT INTO meta SELECT unnest(['generation', 'made_at', 'schema', 'brands']),
    unnest([CAST($generation AS VARCHAR), '2026-01-01T00:00:00+00:00', CAST($schema AS VARCHAR), $brands]);
