-- name: newest
SELECT max("at") AS newest FROM facts WHERE "at" <= $now

-- name: campaigns
-- Campaigns whose last mention is not older than $since, with what is told of them.
SELECT
    campaign_id, brand, direction, verdict, started_at, ended_at, mentions, authors, sources, p_value, q_value,
    nps_with, nps_without
FROM campaigns
WHERE ended_at >= $since AND list_contains($brands, brand)
ORDER BY started_at, campaign_id

-- name: volumes
-- Dated mentions that count, by brand and source: in the last 6, 24 and 72 hours (`week` 0) and in the same hours of
-- each of the eight weeks before, by the clock of the home. Dates known to the month only say nothing of hours.
WITH said AS (
    SELECT
        facts.brand, facts.source,
        epoch(timezone($timezone, $now) - timezone($timezone, facts."at")) AS ago
    FROM facts
    JOIN mentions AS m ON m.mention_id = facts.mention_id AND m.brand = facts.brand
    WHERE m.published_at IS NOT NULL AND coalesce(m.published_precision, 'day') NOT IN ('month', 'year')
        AND NOT facts.set_aside AND facts.kind <> 'survey' AND list_contains($brands, facts.brand)
        AND facts."at" BETWEEN $now - INTERVAL 64 DAY AND $now
)
SELECT
    brand, source, CAST(floor(ago / 604800) AS INTEGER) AS week,
    count(*) FILTER (ago % 604800 < 6 * 3600) AS h6,
    count(*) FILTER (ago % 604800 < 24 * 3600) AS h24,
    count(*) FILTER (ago % 604800 < 72 * 3600) AS h72
FROM said
WHERE ago < 9 * 604800
GROUP BY ALL
ORDER BY ALL

-- name: known_since
-- The first mention of each source: before it was watched its silence says nothing.
SELECT source, min("at") AS first FROM facts GROUP BY source

-- name: begun
-- When the rise began: the first mention of the last hours.
SELECT min("at") AS since FROM facts
WHERE brand = $brand AND "at" > $since AND "at" <= $now AND NOT set_aside AND kind <> 'survey'

-- name: sources
SELECT target, last_crawl, newest_mention, errors, coalesce(recent, 0) AS recent, longest_gap
FROM sources
WHERE last_crawl IS NOT NULL AND newest_mention IS NOT NULL
ORDER BY target
