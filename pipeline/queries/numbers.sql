-- name: votes
-- One vote an author, brand and cell: the latest. An unknown author is nobody else. `at` ties are broken by id,
-- so that the same facts give the same figures whatever their order.
WITH chosen AS (
    SELECT
        arg_max(rowid, ("at", hash(mention_id))) AS latest,
        count(*) AS said,
        CASE WHEN list_contains($by, 'brand') THEN brand END AS brand_key,
        CASE WHEN list_contains($by, 'product') THEN product END AS product_key,
        CASE WHEN list_contains($by, 'source') THEN source END AS source_key,
        CASE WHEN list_contains($by, 'source_kind') THEN source_kind END AS source_kind_key,
        CASE WHEN list_contains($by, 'kind') THEN kind END AS kind_key,
        CASE WHEN list_contains($by, 'lang') THEN lang END AS lang_key,
        CAST(date_trunc(nullif($period, 'all'), day) AS DATE) AS period_key,
        brand AS about,
        hash(coalesce(author_hash, mention_id)) AS voter
    FROM facts
    WHERE (kind = 'survey') = $surveys
        AND (($use_native AND native_class IS NOT NULL) OR ($use_readings AND p_promoter IS NOT NULL))
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
    GROUP BY ALL
),
votes AS (
    SELECT
        chosen.brand_key AS brand,
        chosen.product_key AS product,
        chosen.source_key AS source,
        chosen.source_kind_key AS source_kind,
        chosen.kind_key AS kind,
        chosen.lang_key AS lang,
        chosen.period_key AS period,
        chosen.said,
        coalesce(hash(facts.source, facts.thread), chosen.voter) AS cluster,
        $use_native AND facts.native_class IS NOT NULL AS native,
        CASE WHEN $use_native AND facts.native_class IS NOT NULL
            THEN CAST(facts.native_class = 1 AS DOUBLE) ELSE CAST(facts.p_promoter AS DOUBLE) END AS p,
        CASE WHEN $use_native AND facts.native_class IS NOT NULL
            THEN CAST(facts.native_class = -1 AS DOUBLE) ELSE CAST(facts.p_detractor AS DOUBLE) END AS d,
        facts.emotions,
        facts.abstain,
        facts.touchpoints
    FROM chosen
    JOIN facts ON facts.rowid = chosen.latest
)

-- name: moments
, clusters AS (
    SELECT
        brand, product, source, source_kind, kind, lang, period, cluster,
        sum(said) AS said,
        count(*) AS votes,
        count(*) FILTER (WHERE native) AS natives,
        sum(p) AS p,
        sum(d) AS d,
        sum(p - d) AS f,
        sum(p + d - (p - d) * (p - d)) AS noise
    FROM votes
    GROUP BY ALL
)
SELECT
    brand, product, source, source_kind, kind, lang, period,
    CAST(sum(said) AS BIGINT) AS mentions,
    CAST(sum(votes) AS BIGINT) AS votes,
    CAST(sum(natives) AS BIGINT) AS natives,
    sum(p) AS promoters,
    sum(d) AS detractors,
    sum(noise) AS noise,
    count(*) AS clusters,
    sum(f * f) AS ff,
    sum(f * votes) AS fn,
    CAST(sum(votes * votes) AS DOUBLE) AS nn
FROM clusters
GROUP BY ALL
ORDER BY ALL NULLS FIRST

-- name: volume
SELECT
    CASE WHEN list_contains($by, 'brand') THEN brand END AS brand,
    CASE WHEN list_contains($by, 'product') THEN product END AS product,
    CASE WHEN list_contains($by, 'source') THEN source END AS source,
    CASE WHEN list_contains($by, 'source_kind') THEN source_kind END AS source_kind,
    CASE WHEN list_contains($by, 'kind') THEN kind END AS kind,
    CASE WHEN list_contains($by, 'lang') THEN lang END AS lang,
    CAST(date_trunc(nullif($period, 'all'), day) AS DATE) AS period,
    count(*) AS mentions,
    count(DISTINCT hash(coalesce(author_hash, mention_id))) AS authors,
    count(*) FILTER (WHERE native_class IS NOT NULL) AS natives,
    count(*) FILTER (WHERE p_promoter IS NOT NULL) AS readings,
    count(*) FILTER (WHERE abstain) AS abstained,
    count(*) FILTER (WHERE set_aside) AS set_aside
FROM facts
WHERE ($brands IS NULL OR list_contains($brands, facts.brand))
    AND ($products IS NULL OR list_contains($products, facts.product))
    AND ($sources IS NULL OR list_contains($sources, facts.source))
    AND ($source_kinds IS NULL OR list_contains($source_kinds, facts.source_kind))
    AND ($kinds IS NULL OR list_contains($kinds, facts.kind))
    AND ($langs IS NULL OR list_contains($langs, facts.lang))
    AND ($touchpoint IS NULL OR list_contains(touchpoints, $touchpoint))
    AND ($since IS NULL OR day >= $since)
    AND ($until IS NULL OR day <= $until)
    AND NOT ($authentic AND coalesce(set_aside, FALSE))
    AND ($rated IS NULL OR $rated = (native_class IS NOT NULL))
GROUP BY 1, 2, 3, 4, 5, 6, 7
ORDER BY ALL NULLS FIRST
