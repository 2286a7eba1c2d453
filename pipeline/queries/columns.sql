-- The facts as `pipeline/columns.py` holds them in memory: numbers in place of names, a row a fact, unsorted.
-- Names come apart, in their order; a missing one is NULL there and -1 here.

-- name: brands
SELECT DISTINCT brand FROM facts WHERE brand IS NOT NULL ORDER BY brand
-- name: products
SELECT DISTINCT product FROM facts WHERE product IS NOT NULL ORDER BY product
-- name: sources
SELECT DISTINCT source FROM facts WHERE source IS NOT NULL ORDER BY source
-- name: source_kinds
SELECT DISTINCT source_kind FROM facts WHERE source_kind IS NOT NULL ORDER BY source_kind
-- name: kinds
SELECT DISTINCT kind FROM facts WHERE kind IS NOT NULL ORDER BY kind
-- name: langs
SELECT DISTINCT lang FROM facts WHERE lang IS NOT NULL ORDER BY lang
-- name: speakers
SELECT DISTINCT speaker FROM facts WHERE speaker IS NOT NULL ORDER BY speaker
-- name: touchpoints
SELECT DISTINCT unnest(touchpoints) AS touchpoint FROM facts ORDER BY touchpoint

-- name: rivals
SELECT DISTINCT rival FROM preferences WHERE rival IS NOT NULL ORDER BY rival

-- name: preferred
-- Who is called better, a row a fact and competitor.
SELECT
    facts.rowid AS place,
    CAST(coalesce(list_position($rivals, rival), 0) - 1 AS INTEGER) AS rival,
    coalesce(rival_better, FALSE) AS better
FROM preferences
JOIN facts ON facts.mention_id = preferences.mention_id AND facts.brand = preferences.brand

-- name: slim
-- `voter` and `cluster` are those of `numbers.votes`, `tie` breaks ties of `at` as it does there.
SELECT
    facts.rowid AS place,
    CAST(coalesce(list_position($brands, brand), 0) - 1 AS SMALLINT) AS brand,
    CAST(coalesce(list_position($products, product), 0) - 1 AS INTEGER) AS product,
    CAST(coalesce(list_position($sources, source), 0) - 1 AS SMALLINT) AS source,
    CAST(coalesce(list_position($source_kinds, source_kind), 0) - 1 AS SMALLINT) AS source_kind,
    CAST(coalesce(list_position($kinds, kind), 0) - 1 AS SMALLINT) AS kind,
    CAST(coalesce(list_position($langs, lang), 0) - 1 AS SMALLINT) AS lang,
    CAST(coalesce(list_position($speakers, speaker), 0) - 1 AS SMALLINT) AS speaker,
    coalesce(kind = 'survey', FALSE) AS survey,
    hash(coalesce(author_hash, mention_id)) AS voter,
    CASE WHEN thread IS NULL THEN hash(coalesce(author_hash, mention_id)) ELSE hash(source, thread) END AS cluster,
    thread IS NULL AS alone,
    epoch_us("at") AS moment,
    hash(mention_id) AS tie,
    CAST(day - DATE '1970-01-01' AS INTEGER) AS day,
    CAST(coalesce(native_class, -2) AS TINYINT) AS native,
    p_promoter IS NOT NULL AS heard,
    coalesce(p_promoter, 0) AS p,
    coalesce(p_detractor, 0) AS d,
    emotions IS NOT NULL AS has_emotions,
    coalesce(advocacy, CAST('NaN' AS FLOAT)) AS advocacy,
    coalesce(leaving, CAST('NaN' AS FLOAT)) AS leaving,
    coalesce(effort, CAST('NaN' AS FLOAT)) AS effort,
    CAST(list_reduce(list_prepend(CAST(0 AS UBIGINT), list_transform(
        list_distinct(coalesce(touchpoints, [])), lambda t: CAST(1 AS UBIGINT) << (list_position($touchpoints, t) - 1)
    )), lambda x, y: x | y) AS UBIGINT) AS touches,
    coalesce(abstain, FALSE) AS abstain,
    coalesce(set_aside, FALSE) AS aside
FROM facts

-- name: emotions
SELECT coalesce(emotions, CAST([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0] AS FLOAT[12])) AS emotions FROM facts

-- name: labelled
-- Of each fact with a label of a random sample, said of the text as it is now: the newest word on its class.
SELECT f.rowid AS place, CASE WHEN l.score >= 9 THEN 1 WHEN l.score >= 7 THEN 0 ELSE -1 END AS said
FROM facts AS f
JOIN labels AS l ON l.mention_id = f.mention_id AND l.brand = f.brand
JOIN mentions AS m ON m.mention_id = l.mention_id AND m.brand = l.brand
WHERE l.sample IS NOT NULL AND l.score IS NOT NULL AND (l.version IS NULL OR l.version = m.version)
QUALIFY row_number() OVER (PARTITION BY f.rowid ORDER BY l.labelled_at DESC, l.sample) = 1

-- name: how_many
SELECT count(*) FROM facts
