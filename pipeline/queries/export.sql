-- name: frugal
-- What has been read is let go of: without it a snapshot of millions stays in memory until the export ends.
SET memory_limit = '256MB'

-- name: generous
RESET memory_limit

-- name: apart
-- Whether the rows of the two tables stand apart: publish writes both in one order, and then a row of one belongs to
-- the same row of the other.
SELECT (SELECT count(*) FROM facts) <> (SELECT count(*) FROM mentions) OR EXISTS (
    SELECT 1 FROM facts POSITIONAL JOIN mentions AS m
    WHERE facts.mention_id IS DISTINCT FROM m.mention_id OR facts.brand IS DISTINCT FROM m.brand
)

-- name: size
SELECT count(*) FROM facts

-- name: mentions
-- Row beside row: nothing is held in memory.
SELECT
    -- include: export_columns.mentions
FROM facts
POSITIONAL JOIN mentions AS m
WHERE
    -- include: cut.where

-- name: mentions_apart
-- One of $pieces of the mentions: the texts of a piece are all that the join holds in memory.
SELECT
    -- include: export_columns.mentions
FROM facts
JOIN mentions AS m ON m.mention_id = facts.mention_id AND m.brand = facts.brand
WHERE hash(facts.mention_id) % $pieces = $piece AND hash(m.mention_id) % $pieces = $piece AND
    -- include: cut.where

-- name: readings
-- Emotions in the order of models.readings.EMOTIONS.
SELECT
    mention_id, brand, source, source_kind, kind, product, lang, "at" AS published_at, day, native_class,
    score, p_detractor, p_passive, p_promoter,
    emotions[1] AS delight, emotions[2] AS gratitude, emotions[3] AS trust, emotions[4] AS hope,
    emotions[5] AS surprise, emotions[6] AS confusion, emotions[7] AS worry, emotions[8] AS disappointment,
    emotions[9] AS irritation, emotions[10] AS anger, emotions[11] AS disgust, emotions[12] AS neutral,
    touchpoints, polarities, advocacy, leaving, speaker, effort, p_generated, abstain, p_bot, set_aside
FROM facts
WHERE p_promoter IS NOT NULL
    AND
    -- include: cut.where

-- name: campaigns
-- A campaign is shown if it lies in the cut's brands and days; its mentions are those that it was found by.
SELECT
    * REPLACE (CAST(evidence AS VARCHAR) AS evidence, CAST(footprint_change AS VARCHAR) AS footprint_change)
FROM campaigns
WHERE ($brands IS NULL OR list_contains($brands, brand))
    AND ($since IS NULL OR CAST(ended_at AS DATE) >= $since)
    AND ($until IS NULL OR CAST(started_at AS DATE) <= $until)
ORDER BY started_at DESC, campaign_id
