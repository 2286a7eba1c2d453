-- name: campaign
SELECT * FROM campaigns WHERE campaign_id = $id

-- name: members
-- The mentions of a campaign with their texts, oldest first.
SELECT
    c.mention_id, c.cluster, c.p_bot, c.reasons,
    f.source, f.kind, f.lang, f.author_hash, f."at", f.set_aside, f.native_class, f.score,
    m.version, m.published_precision, m.published_at IS NOT NULL AS dated, m.collected_at, m.url, m.title, m.text,
    m.pros, m.cons, m.rating, m.rating_max, m.verified
FROM campaign_mentions AS c
JOIN campaigns AS k ON k.campaign_id = c.campaign_id
JOIN facts AS f ON f.mention_id = c.mention_id AND f.brand = k.brand
JOIN mentions AS m ON m.mention_id = f.mention_id AND m.brand = f.brand
WHERE c.campaign_id = $id
ORDER BY f."at", c.mention_id

-- name: accounts
SELECT author_hash, mentions, first_at, last_at, age_days, one_mention, targets, p_bot
FROM campaign_accounts
WHERE campaign_id = $id
ORDER BY first_at, author_hash

-- name: ties
SELECT a, b, kind, weight, pairs
FROM campaign_ties
WHERE campaign_id = $id
ORDER BY weight DESC, pairs DESC, a, b, kind

-- name: volume
-- What was said of the brand around the campaign, by hour or day of the home's clock, with the mean vote (1 for a
-- promoter, -1 for a detractor) of each side.
SELECT
    timezone($timezone, date_trunc($step, timezone($timezone, f."at"))) AS start,
    count(*) FILTER (c.mention_id IS NOT NULL) AS members,
    count(*) FILTER (c.mention_id IS NULL) AS others,
    avg(coalesce(f.native_class, f.p_promoter - f.p_detractor)) FILTER (c.mention_id IS NOT NULL) AS members_vote,
    avg(coalesce(f.native_class, f.p_promoter - f.p_detractor)) FILTER (c.mention_id IS NULL) AS others_vote
FROM facts AS f
LEFT JOIN campaign_mentions AS c ON c.mention_id = f.mention_id AND c.campaign_id = $id
WHERE f.brand = $brand AND f."at" BETWEEN $since AND $until AND f.kind <> 'survey'
GROUP BY ALL
ORDER BY start

-- name: ids
SELECT campaign_id FROM campaigns WHERE state <> 'dismissed' ORDER BY started_at, campaign_id
