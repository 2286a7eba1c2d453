-- name: votes
-- One vote an author, brand and cell: the latest. An unknown author is nobody else. `at` ties are broken by id,
-- so that the same facts give the same figures whatever their order.
WITH chosen AS (
    SELECT
        -- One number orders by `at`, then by id: half the time of ordering by a pair.
        arg_max(rowid, CAST(epoch_us("at") AS HUGEINT) * 18446744073709551616 + hash(mention_id)) AS latest,
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
        AND NOT ($spoken AND p_promoter IS NULL)
        AND (($use_native AND native_class IS NOT NULL) OR ($use_readings AND p_promoter IS NOT NULL))
        AND
        -- include: cut.where
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
        facts.mention_id,
        facts.brand AS about,
        facts.source AS voice,
        -- hash() of a NULL is a value like any other: without a thread each vote stands alone.
        CASE WHEN facts.thread IS NULL THEN chosen.voter ELSE hash(facts.source, facts.thread) END AS cluster,
        -- Split by brand, a voter has one vote a cell: without a thread nothing else is in its cluster.
        facts.thread IS NULL AND list_contains($by, 'brand') AS alone,
        $use_native AND facts.native_class IS NOT NULL AS native,
        CASE WHEN $use_native AND facts.native_class IS NOT NULL
            THEN CAST(facts.native_class = 1 AS DOUBLE) ELSE CAST(facts.p_promoter AS DOUBLE) END AS p,
        CASE WHEN $use_native AND facts.native_class IS NOT NULL
            THEN CAST(facts.native_class = -1 AS DOUBLE) ELSE CAST(facts.p_detractor AS DOUBLE) END AS d,
        facts.emotions,
        facts.abstain,
        facts.touchpoints,
        facts.advocacy,
        facts.leaving,
        facts.effort
    FROM chosen
    JOIN facts ON facts.rowid = chosen.latest
)

-- name: moments
-- Votes that stand alone are summed up together, `shared` NULL: that is most of them, and grouping is what takes time.
, clusters AS (
    SELECT
        brand, product, source, source_kind, kind, lang, period,
        CASE WHEN NOT alone THEN cluster END AS shared,
        sum(said) AS said,
        count(*) AS votes,
        count(*) FILTER (WHERE native) AS natives,
        sum(p) AS p,
        sum(d) AS d,
        sum(p - d) AS f,
        sum((p - d) * (p - d)) AS squares,
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
    CAST(sum(CASE WHEN shared IS NULL THEN votes ELSE 1 END) AS BIGINT) AS clusters,
    sum(CASE WHEN shared IS NULL THEN squares ELSE f * f END) AS ff,
    sum(CASE WHEN shared IS NULL THEN f ELSE f * votes END) AS fn,
    CAST(sum(CASE WHEN shared IS NULL THEN votes ELSE votes * votes END) AS DOUBLE) AS nn
FROM clusters
GROUP BY ALL
ORDER BY ALL NULLS FIRST

-- name: heard
-- Of each cell, the sums of the votes that were read rather than rated, by the source they come from.
SELECT
    brand, product, source, source_kind, kind, lang, period, voice,
    CAST(count(*) AS BIGINT) AS votes, sum(p) AS promoters, sum(d) AS detractors
FROM votes
WHERE NOT native
GROUP BY ALL
ORDER BY ALL NULLS FIRST

-- name: labelled
-- Of each cell, the votes that were read and that a random sample has a score for, said of the text as it is now.
-- A text in two samples counts once, by the newest word.
SELECT
    votes.brand, votes.product, votes.source, votes.source_kind, votes.kind, votes.lang, votes.period,
    CASE WHEN l.score >= 9 THEN 1 WHEN l.score >= 7 THEN 0 ELSE -1 END AS said, p, d, cluster
FROM votes
JOIN labels AS l ON l.mention_id = votes.mention_id AND l.brand = votes.about
JOIN mentions AS m ON m.mention_id = l.mention_id AND m.brand = l.brand
WHERE NOT native AND l.sample IS NOT NULL AND l.score IS NOT NULL AND (l.version IS NULL OR l.version = m.version)
QUALIFY row_number() OVER (
    PARTITION BY votes.brand, votes.product, votes.source, votes.source_kind, votes.kind, votes.lang, votes.period,
        votes.about, votes.mention_id
    ORDER BY l.labelled_at DESC, l.sample
) = 1
ORDER BY ALL NULLS FIRST

-- name: sampled
SELECT count(*) FROM labels WHERE sample IS NOT NULL AND score IS NOT NULL

-- name: weighed
-- Sums over votes weighed by the touchpoints they name: $names with $weights, any other 1.
, weighed AS (
    SELECT *, coalesce(list_avg(list_transform(list_distinct(touchpoints),
        lambda t: coalesce($weights[list_position($names, t)], 1.0))), 1.0) AS w
    FROM votes
),
clusters AS (
    SELECT
        brand, product, source, source_kind, kind, lang, period, cluster,
        count(*) AS votes, sum(w) AS w, sum(w * w) AS ww, sum(w * p) AS p, sum(w * d) AS d,
        sum(w * (p - d)) AS f, sum(p - d) AS plain
    FROM weighed
    GROUP BY ALL
)
SELECT
    brand, product, source, source_kind, kind, lang, period,
    CAST(sum(votes) AS BIGINT) AS votes, sum(w) AS total, sum(ww) AS squares, sum(p) AS promoters,
    sum(d) AS detractors, count(*) AS clusters, sum(f * f) AS ff, sum(f * w) AS fn, sum(w * w) AS nn,
    sum(plain) AS plain
FROM clusters
GROUP BY ALL
ORDER BY ALL NULLS FIRST

-- name: felt
-- Every vote with its emotions, for shares that are computed outside; `cell` is one value a cell.
SELECT
    hash(brand, product, source, source_kind, kind, lang, period) AS cell,
    brand, product, source, source_kind, kind, lang, period,
    cluster, p, d, coalesce(abstain, FALSE) AS abstain, emotions
FROM votes
WHERE emotions IS NOT NULL

-- name: touched
-- Sums over votes by touchpoint, as in `moments`, with each cell's own totals. `shared` splits a vote's p - d
-- evenly over the touchpoints it names; NULL holds the votes that name none. The even parts of the votes and of p - d
-- add up to the cell's. Votes that stand alone are summed up together, as in `moments`.
, counted AS (
    SELECT
        *,
        -- Finding none twice takes longer than all the rest, and most votes name one.
        CASE WHEN len(touchpoints) < 2 THEN touchpoints ELSE list_distinct(touchpoints) END AS touches,
        greatest(coalesce(len(touches), 0), 1) AS shares
    FROM votes
),
spread AS (
    SELECT
        brand, product, source, source_kind, kind, lang, period,
        CASE WHEN NOT alone THEN cluster END AS cluster, p, d,
        unnest(CASE WHEN coalesce(len(touches), 0) = 0 THEN [NULL] ELSE touches END) AS touchpoint,
        1 / shares AS part
    FROM counted
),
clusters AS (
    SELECT
        brand, product, source, source_kind, kind, lang, period, touchpoint, cluster,
        count(*) AS votes, sum(p) AS p, sum(d) AS d, sum(p - d) AS f,
        sum((p - d) * (p - d)) AS squares, sum(part) AS part,
        sum(part * (p - d)) AS shared, sum(p + d - (p - d) * (p - d)) AS noise
    FROM spread
    GROUP BY ALL
),
sums AS (
    SELECT
        brand, product, source, source_kind, kind, lang, period, touchpoint,
        CAST(sum(votes) AS BIGINT) AS votes, sum(p) AS promoters, sum(d) AS detractors, sum(noise) AS noise,
        CAST(sum(CASE WHEN cluster IS NULL THEN votes ELSE 1 END) AS BIGINT) AS clusters,
        sum(CASE WHEN cluster IS NULL THEN squares ELSE f * f END) AS ff,
        sum(CASE WHEN cluster IS NULL THEN f ELSE f * votes END) AS fn,
        CAST(sum(CASE WHEN cluster IS NULL THEN votes ELSE votes * votes END) AS DOUBLE) AS nn,
        sum(shared) AS shared, sum(part) AS part
    FROM clusters
    GROUP BY ALL
)
SELECT
    * EXCLUDE (part),
    CAST(round(sum(part) OVER cell) AS BIGINT) AS cell_votes,
    sum(shared) OVER cell AS cell_f
FROM sums
WINDOW cell AS (PARTITION BY brand, product, source, source_kind, kind, lang, period)
ORDER BY ALL NULLS LAST

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
WHERE
    -- include: cut.where
GROUP BY 1, 2, 3, 4, 5, 6, 7
ORDER BY ALL NULLS FIRST
