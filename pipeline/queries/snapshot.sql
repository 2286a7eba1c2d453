-- name: meta
SELECT key, value FROM meta;

-- name: newest
SELECT
    mentions.* EXCLUDE (folded),
    facts.score, facts.p_detractor, facts.p_passive, facts.p_promoter, facts.native_class, facts.emotions,
    facts.abstain, facts.p_bot, facts.set_aside, facts."at", facts.day
FROM (
    -- Chosen before anything wide is read.
    SELECT facts.rowid AS place FROM facts
    WHERE
        -- include: cut.where
    ORDER BY facts."at" DESC, facts.mention_id
    LIMIT $limit
) AS chosen
JOIN facts ON facts.rowid = chosen.place
JOIN mentions ON mentions.mention_id = facts.mention_id AND mentions.brand = facts.brand
ORDER BY facts."at" DESC, facts.mention_id

-- name: sources
SELECT * FROM sources ORDER BY kind, target

-- name: campaigns
SELECT * FROM campaigns
WHERE ($brands IS NULL OR list_contains($brands, brand))
ORDER BY started_at DESC, campaign_id

-- name: topics
-- Topics of a brand, the touchpoints most spoken of first, with the words of each one's most central mention.
SELECT topics.touchpoint, topics.topic, topics.terms, topics.n, topics.grew, mentions.text, mentions.title,
    mentions.lang, mentions.mention_id, mentions.source, mentions.url
FROM topics
LEFT JOIN mentions ON mentions.mention_id = topics.example AND mentions.brand = topics.brand
WHERE topics.brand = $brand
ORDER BY sum(topics.n) OVER (PARTITION BY topics.touchpoint) DESC, topics.touchpoint, topics.n DESC, topics.topic

-- name: days
SELECT min(day) AS first, max(day) AS last FROM facts

-- name: benchmarks
SELECT level, name, nps, instrument, year, country, note, origin FROM benchmarks ORDER BY level, name, year DESC
