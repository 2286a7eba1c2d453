-- name: chosen
-- Mentions of a cut, by how the score counts them ($classes: 1, 0, -1), an emotion that is at least $felt likely and
-- whether they were set aside. NULL lets everything pass.
WITH chosen AS (
    SELECT facts.mention_id, facts.brand, facts."at"
    FROM facts
    WHERE
        -- include: cut.where
        AND ($classes IS NULL OR list_contains($classes, CASE
            WHEN $use_native AND native_class IS NOT NULL THEN native_class
            WHEN p_promoter IS NULL THEN NULL
            WHEN p_promoter >= p_passive AND p_promoter >= p_detractor THEN 1
            WHEN p_detractor >= p_passive THEN -1
            ELSE 0
        END))
        AND ($emotion IS NULL OR list_extract(emotions, $emotion) >= $felt)
        AND ($aside IS NULL OR coalesce(set_aside, FALSE) = $aside)
)

-- name: all
, hits AS (SELECT * FROM chosen)

-- name: folded
-- What was said, in lower case and without accents: folding takes most of a search's time, so publishing does it once.
strip_accents(lower(concat_ws(' ', title, text, array_to_string(pros, ' '), array_to_string(cons, ' '))))

-- name: worded
-- Every one of $words somewhere in what was said; they come folded, as the texts are.
, hits AS (
    SELECT chosen.*
    FROM chosen
    JOIN mentions ON mentions.mention_id = chosen.mention_id AND mentions.brand = chosen.brand
    WHERE len(list_filter($words, lambda word: NOT contains(mentions.folded, word))) = 0
)

-- name: meant
-- The mentions whose embedding is nearest to that of what is looked for, by the reader named $model.
, ranked AS (
    SELECT
        chosen.*,
        list_cosine_similarity(CAST(meanings.vector AS FLOAT[]), CAST($vector AS FLOAT[])) AS closeness
    FROM chosen
    JOIN meanings ON meanings.mention_id = chosen.mention_id AND meanings.model = $model
)
, hits AS (
    SELECT mention_id, brand, "at", closeness
    FROM ranked
    ORDER BY closeness DESC, "at" DESC, mention_id, brand
    LIMIT $most
)

-- name: nearest
SELECT
    mentions.* EXCLUDE (folded),
    facts.score, facts.p_detractor, facts.p_passive, facts.p_promoter, facts.native_class, facts.emotions,
    facts.abstain, facts.p_bot, facts.set_aside, facts."at", facts.day, hits.closeness
FROM (
    SELECT * FROM hits ORDER BY closeness DESC, "at" DESC, mention_id, brand LIMIT $limit OFFSET $offset
) AS hits
JOIN facts ON facts.mention_id = hits.mention_id AND facts.brand = hits.brand
JOIN mentions ON mentions.mention_id = hits.mention_id AND mentions.brand = hits.brand
ORDER BY hits.closeness DESC, facts."at" DESC, facts.mention_id, facts.brand

-- name: meanings
-- Whose embeddings are there, most first.
SELECT model, count(*) AS n FROM meanings GROUP BY model ORDER BY n DESC, model

-- name: fold
-- Words as `folded` has them.
SELECT list_transform($words, lambda word: strip_accents(lower(word)))

-- name: count
SELECT count(*) FROM hits

-- name: page
SELECT
    mentions.* EXCLUDE (folded),
    facts.score, facts.p_detractor, facts.p_passive, facts.p_promoter, facts.native_class, facts.emotions,
    facts.abstain, facts.p_bot, facts.set_aside, facts."at", facts.day
FROM (SELECT * FROM hits ORDER BY "at" DESC, mention_id, brand LIMIT $limit OFFSET $offset) AS shown
JOIN facts ON facts.mention_id = shown.mention_id AND facts.brand = shown.brand
JOIN mentions ON mentions.mention_id = shown.mention_id AND mentions.brand = shown.brand
ORDER BY facts."at" DESC, facts.mention_id, facts.brand

-- name: one
SELECT
    mentions.* EXCLUDE (folded),
    facts.score, facts.p_detractor, facts.p_passive, facts.p_promoter, facts.native_class, facts.emotions,
    facts.touchpoints, facts.polarities, facts.advocacy, facts.leaving, facts.effort, facts.speaker,
    facts.abstain, facts.p_bot, facts.set_aside, facts.cluster, facts."at", facts.day
FROM facts
JOIN mentions ON mentions.mention_id = facts.mention_id AND mentions.brand = facts.brand
WHERE facts.mention_id = $mention_id AND facts.brand = $brand

-- name: touchpoints
SELECT DISTINCT unnest(touchpoints) AS touchpoint FROM facts ORDER BY touchpoint
