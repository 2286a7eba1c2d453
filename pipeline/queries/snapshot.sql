-- name: meta
SELECT key, value FROM meta;

-- name: newest
SELECT
    mentions.*,
    facts.score, facts.p_detractor, facts.p_passive, facts.p_promoter, facts.native_class, facts.emotions,
    facts.abstain, facts.p_bot, facts.set_aside, facts."at", facts.day
FROM facts
JOIN mentions ON mentions.mention_id = facts.mention_id AND mentions.brand = facts.brand
WHERE ($brands IS NULL OR list_contains($brands, facts.brand))
    AND ($products IS NULL OR list_contains($products, facts.product))
    AND ($sources IS NULL OR list_contains($sources, facts.source))
    AND ($source_kinds IS NULL OR list_contains($source_kinds, facts.source_kind))
    AND ($kinds IS NULL OR list_contains($kinds, facts.kind))
    AND ($langs IS NULL OR list_contains($langs, facts.lang))
    AND ($touchpoint IS NULL OR list_contains(facts.touchpoints, $touchpoint))
    AND ($since IS NULL OR facts.day >= $since)
    AND ($until IS NULL OR facts.day <= $until)
    AND NOT ($authentic AND coalesce(facts.set_aside, FALSE))
    AND ($rated IS NULL OR $rated = (facts.native_class IS NOT NULL))
ORDER BY facts."at" DESC, facts.mention_id
LIMIT $limit

-- name: sources
SELECT * FROM sources ORDER BY kind, target

-- name: campaigns
SELECT * FROM campaigns
WHERE ($brands IS NULL OR list_contains($brands, brand))
ORDER BY started_at DESC, campaign_id

-- name: days
SELECT min(day) AS first, max(day) AS last FROM facts

-- name: felt
-- Shares over all time and all votes, strongest first.
SELECT brand, emotion, share, low, high, n
FROM footprint
WHERE period = 'all' AND class = 'all'
ORDER BY brand, share DESC, emotion
