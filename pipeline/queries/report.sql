-- name: quotes
-- For each class the mentions that say it most surely and are short enough to print, one an author and text. Where
-- somebody also gave a rating, it must say the same: a text that was misread is no quote.
WITH clear AS (
    SELECT
        m.title, m.text, m.url, facts.mention_id, facts.source, facts.lang, facts."at",
        coalesce(facts.author_hash, facts.mention_id) AS author,
        CASE WHEN p_promoter >= p_detractor THEN 'promoter' ELSE 'detractor' END AS class,
        greatest(p_promoter, p_detractor) AS sure
    FROM facts
    JOIN mentions AS m ON m.mention_id = facts.mention_id AND m.brand = facts.brand
    WHERE length(m.text) BETWEEN 40 AND 320 AND p_promoter IS NOT NULL AND NOT facts.abstain
        AND coalesce(facts.native_class, sign(p_promoter - p_detractor)) = sign(p_promoter - p_detractor) AND
        -- include: cut.where
),
once AS (
    FROM clear
    QUALIFY row_number() OVER (PARTITION BY lower(text) ORDER BY sure DESC, mention_id) = 1
),
one_an_author AS (
    FROM once
    QUALIFY row_number() OVER (PARTITION BY class, author ORDER BY sure DESC, mention_id) = 1
)
SELECT title, text, url, source, lang, "at", class, sure
FROM one_an_author
QUALIFY row_number() OVER (PARTITION BY class ORDER BY sure DESC, "at" DESC, mention_id) <= $each
ORDER BY class DESC, sure DESC, mention_id

-- name: benchmarks
SELECT name, nps, instrument, year, country, note, origin FROM benchmarks
WHERE level = 'industry' AND name = $industry
ORDER BY nps
