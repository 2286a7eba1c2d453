-- name: mentions
SELECT
    f.mention_id, f.brand, f.source, f.source_kind, f.kind, f.product, f.lang, m.title, m.text, m.pros, m.cons,
    m.rating, m.rating_min, m.rating_max, f.native_class, f.score, f.p_detractor, f.p_passive, f.p_promoter,
    f.abstain, f.p_bot, f.set_aside, m.url, m.places, m.published_at, m.published_precision, m.collected_at,
    m.edited_at, m.verified, m.likes, m.replies, m.owner_reply, CAST(m.segments AS VARCHAR) AS segments
FROM facts AS f
JOIN mentions AS m ON m.mention_id = f.mention_id AND m.brand = f.brand
WHERE ($brands IS NULL OR list_contains($brands, f.brand))
    AND ($products IS NULL OR list_contains($products, f.product))
    AND ($sources IS NULL OR list_contains($sources, f.source))
    AND ($source_kinds IS NULL OR list_contains($source_kinds, f.source_kind))
    AND ($kinds IS NULL OR list_contains($kinds, f.kind))
    AND ($langs IS NULL OR list_contains($langs, f.lang))
    AND ($touchpoint IS NULL OR list_contains(f.touchpoints, $touchpoint))
    AND ($since IS NULL OR f.day >= $since)
    AND ($until IS NULL OR f.day <= $until)
    AND NOT ($authentic AND coalesce(f.set_aside, FALSE))
    AND ($rated IS NULL OR $rated = (f.native_class IS NOT NULL))

-- name: readings
-- Emotions in the order of models.readings.EMOTIONS.
SELECT
    mention_id, brand, source, source_kind, kind, product, lang, "at" AS published_at, day, native_class,
    score, p_detractor, p_passive, p_promoter,
    emotions[1] AS delight, emotions[2] AS gratitude, emotions[3] AS trust, emotions[4] AS hope,
    emotions[5] AS surprise, emotions[6] AS confusion, emotions[7] AS worry, emotions[8] AS disappointment,
    emotions[9] AS irritation, emotions[10] AS anger, emotions[11] AS disgust, emotions[12] AS neutral,
    touchpoints, polarities, advocacy, leaving, speaker, p_generated, abstain, p_bot, set_aside
FROM facts
WHERE p_promoter IS NOT NULL
    AND ($brands IS NULL OR list_contains($brands, brand))
    AND ($products IS NULL OR list_contains($products, product))
    AND ($sources IS NULL OR list_contains($sources, source))
    AND ($source_kinds IS NULL OR list_contains($source_kinds, source_kind))
    AND ($kinds IS NULL OR list_contains($kinds, kind))
    AND ($langs IS NULL OR list_contains($langs, lang))
    AND ($touchpoint IS NULL OR list_contains(touchpoints, $touchpoint))
    AND ($since IS NULL OR day >= $since)
    AND ($until IS NULL OR day <= $until)
    AND NOT ($authentic AND coalesce(set_aside, FALSE))
    AND ($rated IS NULL OR $rated = (native_class IS NOT NULL))

-- name: campaigns
-- A campaign is shown if it lies in the cut's brands and days; its mentions are those that it was found by.
SELECT
    campaign_id, brand, direction, started_at, ended_at, mentions, authors, sources, p_value,
    CAST(evidence AS VARCHAR) AS evidence, state
FROM campaigns
WHERE ($brands IS NULL OR list_contains($brands, brand))
    AND ($since IS NULL OR CAST(ended_at AS DATE) >= $since)
    AND ($until IS NULL OR CAST(started_at AS DATE) <= $until)
ORDER BY started_at DESC, campaign_id
