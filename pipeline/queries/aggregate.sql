-- name: fingerprint
-- Changes whenever anything that a snapshot shows does; the order of rows does not matter.
SELECT concat_ws('-',
    (SELECT concat_ws('.', count(*), bit_xor(hash(
        mention_id, version, content_hash, rating, rating_min, rating_max, published_at, edited_at, likes, replies,
        owner_reply, title, url, product, lang, verified, author_hash, segments))) FROM main.mentions WHERE current),
    (SELECT concat_ws('.', count(*), bit_xor(hash(mention_id, member_id, place_id))) FROM main.places),
    (SELECT concat_ws('.', count(*), bit_xor(hash(mention_id, brand))) FROM main.mention_brands),
    (SELECT concat_ws('.', count(*), bit_xor(hash(content_hash, model, score, read_at))) FROM main.readings),
    (SELECT concat_ws('.', count(*), bit_xor(hash(mention_id, p_bot, set_aside, cluster))) FROM main.judged),
    (SELECT concat_ws('.', count(*), bit_xor(hash(report, target))) FROM main.target_reports),
    (SELECT concat_ws('.', count(*), max(updated_at)) FROM main.campaigns),
    (SELECT concat_ws('.', count(*), max(said_at)) FROM main.verdicts),
    (SELECT count(*) FROM main.inbox_taken)
)

-- name: built
SELECT value FROM numbers.meta WHERE key = 'fingerprint'

-- name: has_numbers
SELECT count(*) FROM duckdb_tables() WHERE schema_name = 'numbers' AND table_name = 'meta'

-- name: drop_numbers
DROP SCHEMA IF EXISTS numbers CASCADE

-- name: make_numbers
CREATE SCHEMA numbers

-- name: enter_numbers
SET search_path = 'numbers,main'

-- name: drop_shown_mentions
-- Texts are copied straight from the warehouse's own mentions when a snapshot is published.
DROP TABLE numbers.mentions

-- name: rating_steps
SELECT DISTINCT rating, rating_min, rating_max FROM main.mentions WHERE current AND rating IS NOT NULL

-- name: make_rating_classes
CREATE OR REPLACE TEMP TABLE rating_classes (rating DOUBLE, rating_min DOUBLE, rating_max DOUBLE, class TINYINT)

-- name: add_rating_classes
INSERT INTO rating_classes
SELECT unnest($ratings::DOUBLE[]), unnest($lows::DOUBLE[]), unnest($highs::DOUBLE[]), unnest($classes::TINYINT[])

-- name: corrections
-- The scores that people put right, of texts that are still as they were. A text that a random sample has a score for
-- keeps its reading: with the correction in its place the sample would not see where the reader errs.
CREATE OR REPLACE TEMP TABLE corrections AS
SELECT l.mention_id, l.brand, arg_max(l.score, l.labelled_at) AS score
FROM main.labels AS l
JOIN main.mentions AS m ON m.mention_id = l.mention_id AND m.current
ANTI JOIN (SELECT mention_id FROM main.labels WHERE sample IS NOT NULL AND score IS NOT NULL) AS sampled
    ON sampled.mention_id = l.mention_id
WHERE l.sample IS NULL AND l.score IS NOT NULL AND (l.version IS NULL OR l.version = m.version)
GROUP BY l.mention_id, l.brand

-- name: digest
-- One value a brand and day that changes whenever anything does that its facts are made of. Joined by hashes of the
-- keys, which is twice as fast as by the keys; that two keys share one costs nothing but a needless renewal.
CREATE OR REPLACE TEMP TABLE now_digests AS
WITH said AS (
    SELECT
        hash(mention_id) AS mention, hash(content_hash) AS content,
        CAST(timezone($timezone, coalesce(published_at, collected_at)) AS DATE) AS day,
        hash(mention_id, version, content_hash, source, kind, product, lang, author_hash, title, parent_id,
            published_at, rating, rating_min, rating_max, segments) AS digest
    FROM main.mentions
    WHERE current
),
named AS (
    SELECT hash(mention_id) AS mention, brand FROM main.mention_brands
),
heard AS (
    SELECT hash(content_hash) AS content, bit_xor(hash(content_hash, model, read_at, score)) AS digest
    FROM main.readings
    GROUP BY 1
),
judged AS (
    SELECT hash(mention_id) AS mention, bit_xor(hash(mention_id, p_bot, set_aside, cluster)) AS digest
    FROM main.judged
    GROUP BY 1
),
righted AS (
    SELECT hash(mention_id) AS mention, brand, score FROM corrections
)
SELECT
    n.brand, s.day, count(*) AS mentions,
    bit_xor(hash(s.digest, h.digest, j.digest, r.score)) AS digest
FROM said AS s
JOIN named AS n ON n.mention = s.mention
LEFT JOIN heard AS h ON h.content = s.content
LEFT JOIN judged AS j ON j.mention = s.mention
LEFT JOIN righted AS r ON r.mention = s.mention AND r.brand = n.brand
GROUP BY 1, 2

-- name: compare_digests
CREATE OR REPLACE TEMP TABLE changed AS
SELECT coalesce(n.brand, o.brand) AS brand, coalesce(n.day, o.day) AS day
FROM now_digests AS n
FULL JOIN numbers.digests AS o ON o.brand = n.brand AND o.day = n.day
WHERE (n.mentions, n.digest) IS DISTINCT FROM (o.mentions, o.digest)

-- name: all_changed
CREATE OR REPLACE TEMP TABLE changed AS SELECT brand, day FROM now_digests

-- name: keep_digests
CREATE OR REPLACE TABLE numbers.digests AS SELECT * FROM now_digests

-- name: has_digests
SELECT count(*) FROM duckdb_tables() WHERE schema_name = 'numbers' AND table_name = 'digests'

-- name: built_settings
SELECT value FROM numbers.meta WHERE key = 'settings'

-- name: how_much
SELECT (SELECT count(*) FROM changed) AS changed, (SELECT count(*) FROM now_digests) AS cells

-- name: forget_changed
DELETE FROM numbers.facts WHERE (brand, day) IN (SELECT (brand, day) FROM changed);
DELETE FROM numbers.daily WHERE (brand, day) IN (SELECT (brand, day) FROM changed);
DELETE FROM numbers.drivers WHERE brand IN (SELECT brand FROM changed);
DELETE FROM numbers.topics WHERE brand IN (SELECT brand FROM changed);
DELETE FROM numbers.preferences;
DELETE FROM numbers.labels;
DELETE FROM numbers.samples;
DELETE FROM numbers.campaign_mentions;
DELETE FROM numbers.campaign_ties;
DELETE FROM numbers.campaign_accounts;
DELETE FROM numbers.campaigns;
DELETE FROM numbers.sources;
DELETE FROM numbers.benchmarks;
DELETE FROM numbers.meta

-- name: forget_footprints
DELETE FROM numbers.footprint WHERE brand = $brand AND ($months IS NULL OR list_contains($months, period))

-- name: changed_months
-- A brand that surveys speak of may change its instrument: then all its months are due (NULL).
SELECT
    brand,
    CASE WHEN brand NOT IN (SELECT brand FROM numbers.facts WHERE kind = 'survey')
        THEN list_sort(list(DISTINCT CAST(date_trunc('month', day) AS DATE))) END AS months
FROM changed
GROUP BY brand
ORDER BY brand

-- name: due
-- The mentions whose facts are made: those of changed days. Few days change, so days are looked at first.
CREATE OR REPLACE TEMP TABLE due AS
WITH said AS (
    SELECT
        mention_id, content_hash, CAST(timezone($timezone, coalesce(published_at, collected_at)) AS DATE) AS day
    FROM main.mentions
    WHERE current
        AND CAST(timezone($timezone, coalesce(published_at, collected_at)) AS DATE) IN (SELECT day FROM changed)
)
SELECT s.mention_id, b.brand, s.content_hash
FROM said AS s
JOIN main.mention_brands AS b ON b.mention_id = s.mention_id
JOIN changed AS c ON c.brand = b.brand AND c.day = s.day

-- name: facts
-- A text keeps its last reading until the current model has read it again.
INSERT INTO numbers.facts BY NAME
WITH last_readings AS (
    SELECT content_hash, arg_max(rowid, (read_at, model)) AS reading
    FROM main.readings
    WHERE content_hash <> $empty AND content_hash IN (SELECT content_hash FROM due)
    GROUP BY content_hash
),
heard AS (
    -- DuckDB 2.0 fails on fixed-size arrays that come out of an outer join against a single row; lists are safe.
    SELECT readings.* REPLACE (CAST(readings.emotions AS FLOAT[]) AS emotions)
    FROM main.readings
    JOIN last_readings ON last_readings.reading = readings.rowid
)
SELECT
    m.mention_id,
    b.brand,
    m.source,
    split_part(m.source, ':', 1) AS source_kind,
    m.kind,
    m.product,
    coalesce(lower(split_part(m.lang, '-', 1)), r.lang, 'und') AS lang,
    m.author_hash,
    -- Answers to one post or under one headline depend on each other; reviews and survey answers stand alone.
    CASE WHEN m.kind NOT IN ('review', 'survey')
        THEN lower(to_hex(hash(coalesce(m.title, m.parent_id, m.native_id)))) END AS thread,
    coalesce(m.published_at, m.collected_at) AS "at",
    CAST(timezone($timezone, coalesce(m.published_at, m.collected_at)) AS DATE) AS day,
    c.class AS native_class,
    coalesce(k.score, r.score) AS score,
    CASE WHEN k.score IS NULL THEN r.p_detractor ELSE CAST(k.score <= 6 AS FLOAT) END AS p_detractor,
    CASE WHEN k.score IS NULL THEN r.p_passive ELSE CAST(k.score IN (7, 8) AS FLOAT) END AS p_passive,
    CASE WHEN k.score IS NULL THEN r.p_promoter ELSE CAST(k.score >= 9 AS FLOAT) END AS p_promoter,
    r.emotions,
    list_transform(list_filter(r.touchpoints, lambda t: t.p >= $sure), lambda t: t.name) AS touchpoints,
    list_transform(list_filter(r.touchpoints, lambda t: t.p >= $sure), lambda t: t.polarity) AS polarities,
    r.advocacy, r.leaving, r.speaker, r.effort, r.p_generated,
    CASE WHEN k.score IS NULL THEN r.abstain ELSE FALSE END AS abstain,
    a.p_bot,
    coalesce(a.set_aside, FALSE) AS set_aside,
    a.cluster,
    list_transform(
        map_entries(CAST(m.segments AS MAP(VARCHAR, VARCHAR))), lambda e: e.key || '=' || coalesce(e.value, '')
    ) AS segments
FROM due AS b
JOIN main.mentions AS m ON m.mention_id = b.mention_id AND m.current
LEFT JOIN heard AS r ON r.content_hash = m.content_hash
LEFT JOIN main.judged AS a ON a.mention_id = m.mention_id
LEFT JOIN corrections AS k ON k.mention_id = m.mention_id AND k.brand = b.brand
LEFT JOIN rating_classes AS c
    ON c.rating = m.rating AND c.rating_min = m.rating_min AND c.rating_max = m.rating_max

-- name: daily
INSERT INTO numbers.daily BY NAME
WITH heard AS (
    SELECT
        *,
        $use_native AND native_class IS NOT NULL AS native,
        NOT set_aside AND (($use_native AND native_class IS NOT NULL) OR p_promoter IS NOT NULL) AS counts
    FROM numbers.facts
    WHERE (brand, day) IN (SELECT (brand, day) FROM changed)
)
SELECT
    brand, day, source, lang, kind,
    count(*) AS mentions,
    count(native_class) AS natives,
    count(*) FILTER (WHERE set_aside) AS set_aside,
    coalesce(sum(CASE WHEN native THEN CAST(native_class = 1 AS DOUBLE) ELSE p_promoter END)
        FILTER (WHERE counts), 0) AS promoters,
    coalesce(sum(CASE WHEN native THEN CAST(native_class = 0 AS DOUBLE) ELSE p_passive END)
        FILTER (WHERE counts), 0) AS passives,
    coalesce(sum(CASE WHEN native THEN CAST(native_class = -1 AS DOUBLE) ELSE p_detractor END)
        FILTER (WHERE counts), 0) AS detractors,
    coalesce(sum(score) FILTER (WHERE NOT set_aside), 0) AS score_sum
FROM heard
GROUP BY ALL

-- name: campaigns
-- What detection found, with what a person said of it and what it does to the brand's figures in its days
-- (28 at least). Counted plainly: every mention one vote by its rating or its reading, before any correction.
INSERT INTO numbers.campaigns BY NAME
WITH said AS (
    SELECT campaign_id, arg_max(verdict, said_at) AS verdict, arg_max(until, said_at) AS until
    FROM main.verdicts
    GROUP BY campaign_id
),
spans AS (
    SELECT
        campaign_id, brand,
        CAST(timezone($timezone, ended_at) AS DATE) AS last,
        least(CAST(timezone($timezone, started_at) AS DATE), last - 27) AS first
    FROM main.campaigns
),
heard AS (
    SELECT
        s.campaign_id,
        coalesce(CAST(f.native_class AS DOUBLE), f.p_promoter - f.p_detractor) AS vote,
        CAST(f.emotions AS FLOAT[]) AS emotions,
        m.mention_id IS NOT NULL AS member
    FROM spans AS s
    JOIN numbers.facts AS f ON f.brand = s.brand AND f.day BETWEEN s.first AND s.last AND f.kind <> 'survey'
    LEFT JOIN main.campaign_mentions AS m ON m.campaign_id = s.campaign_id AND m.mention_id = f.mention_id
    WHERE m.mention_id IS NOT NULL OR NOT f.set_aside
),
votes AS (
    SELECT campaign_id, 100 * avg(vote) AS nps_with, 100 * avg(vote) FILTER (NOT member) AS nps_without
    FROM heard
    GROUP BY campaign_id
),
felt AS (
    SELECT
        campaign_id,
        $emotions[place] AS emotion,
        round(avg(emotions[place]) - avg(emotions[place]) FILTER (NOT member), 4) AS change
    FROM heard, range(1, len($emotions) + 1) AS places(place)
    WHERE emotions IS NOT NULL
    GROUP BY campaign_id, place
),
changes AS (
    SELECT campaign_id, to_json(map_from_entries(list((emotion, change) ORDER BY emotion))) AS footprint_change
    FROM felt
    WHERE change IS NOT NULL
    GROUP BY campaign_id
)
SELECT
    c.*,
    v.nps_with, v.nps_without, h.footprint_change,
    CASE WHEN p.verdict = 'snoozed' THEN p.until END AS snoozed_until,
    CASE
        WHEN p.verdict IN ('acknowledged', 'snoozed', 'dismissed') THEN p.verdict
        WHEN c.ended_at < newest.seen - INTERVAL 14 DAY THEN 'over'
        ELSE 'open'
    END AS state
FROM main.campaigns AS c
LEFT JOIN votes AS v ON v.campaign_id = c.campaign_id
LEFT JOIN changes AS h ON h.campaign_id = c.campaign_id
LEFT JOIN said AS p ON p.campaign_id = c.campaign_id
CROSS JOIN (SELECT max(collected_at) AS seen FROM main.mentions WHERE current) AS newest

-- name: campaign_mentions
INSERT INTO numbers.campaign_mentions BY NAME SELECT * FROM main.campaign_mentions

-- name: campaign_ties
INSERT INTO numbers.campaign_ties BY NAME SELECT * FROM main.campaign_ties

-- name: campaign_accounts
INSERT INTO numbers.campaign_accounts BY NAME SELECT * FROM main.campaign_accounts

-- name: sources
-- What each target gave, by its last crawl; and what came in without one (imports).
INSERT INTO numbers.sources BY NAME
WITH last_crawls AS (
    SELECT * FROM main.target_reports
    QUALIFY row_number() OVER (PARTITION BY target ORDER BY started_at DESC, report DESC) = 1
),
given AS (
    SELECT
        coalesce(target, source) AS target,
        min(split_part(source, ':', 1)) AS kind,
        count(*) AS mentions,
        max(coalesce(published_at, collected_at)) AS newest_mention
    FROM main.mentions
    WHERE current
    GROUP BY 1
),
-- How it flows: dated mentions of its last eight weeks, and the longest silence among them in days.
gaps AS (
    SELECT
        g.target,
        date_diff('second', lag(m.published_at) OVER (PARTITION BY g.target ORDER BY m.published_at), m.published_at)
            / 86400.0 AS gap
    FROM main.mentions AS m
    JOIN given AS g ON g.target = coalesce(m.target, m.source)
    WHERE m.current AND m.published_at > g.newest_mention - INTERVAL 56 DAY
),
flows AS (
    SELECT target, count(*) AS recent, max(gap) AS longest_gap FROM gaps GROUP BY target
)
SELECT
    coalesce(c.target, g.target) AS target,
    coalesce(c.kind, g.kind) AS kind,
    c.url,
    coalesce(c.finished_at, c.started_at) AS last_crawl,
    c.pages, c.new, c.edited, c.known, c.rejected, c.errors, c.warnings, c.watermark,
    coalesce(g.mentions, 0) AS mentions,
    g.newest_mention,
    coalesce(f.recent, 0) AS recent,
    f.longest_gap
FROM last_crawls AS c
FULL JOIN given AS g ON g.target = c.target
LEFT JOIN flows AS f ON f.target = g.target

-- name: benchmarks
INSERT INTO numbers.benchmarks BY NAME SELECT * FROM made

-- name: footprint
INSERT INTO numbers.footprint BY NAME SELECT * FROM made

-- name: drivers
INSERT INTO numbers.drivers BY NAME SELECT * FROM made

-- name: topics
INSERT INTO numbers.topics BY NAME SELECT * FROM made

-- name: meta
INSERT INTO numbers.meta BY NAME SELECT * FROM made

-- name: brands
SELECT DISTINCT brand FROM numbers.facts ORDER BY brand

-- name: counts
SELECT
    (SELECT count(*) FROM numbers.facts) AS facts,
    (SELECT count(*) FROM main.mentions WHERE current) AS mentions,
    (SELECT count(*) FROM main.mentions AS m
        ANTI JOIN (SELECT hash(mention_id) AS mention FROM main.mention_brands) AS b ON b.mention = hash(m.mention_id)
        WHERE m.current) AS unbranded,
    (SELECT count(*) FROM numbers.facts WHERE p_promoter IS NULL AND native_class IS NULL) AS unheard,
    (SELECT count(*) FROM numbers.facts WHERE set_aside) AS set_aside

-- name: models
SELECT model, count(*) AS readings FROM main.readings GROUP BY model ORDER BY max(read_at) DESC, model

-- name: kind_texts
-- Readings by source, at most $most each, the same ones every time; `class` 0, 1, 2 where rated, else -1.
WITH sizes AS (
    SELECT source, count(*) AS texts FROM numbers.facts
    WHERE p_promoter IS NOT NULL AND NOT set_aside
    GROUP BY source
    HAVING count(*) >= $fewest
)
SELECT
    source, p_detractor, p_passive, p_promoter,
    CASE WHEN $rated AND native_class IS NOT NULL THEN native_class + 1 ELSE -1 END AS class
FROM numbers.facts
JOIN sizes USING (source)
WHERE p_promoter IS NOT NULL AND NOT set_aside AND hash(mention_id) / 18446744073709551615.0 <= $most / sizes.texts
ORDER BY source, hash(mention_id), brand
