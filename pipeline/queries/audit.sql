-- name: taken
SELECT name FROM main.inbox_taken

-- name: take
INSERT INTO main.inbox_taken VALUES ($name, now())

-- name: add_sample
INSERT OR IGNORE INTO main.samples BY NAME SELECT * FROM made

-- name: add_labels
INSERT INTO main.labels BY NAME SELECT * FROM made

-- name: add_verdict
INSERT INTO main.verdicts BY NAME
SELECT $campaign_id AS campaign_id, $verdict AS verdict, $reason AS reason, $who AS who,
    CAST($until AS TIMESTAMPTZ) AS until, CAST($said_at AS TIMESTAMPTZ) AS said_at

-- name: add_answered
INSERT INTO main.answered BY NAME
SELECT $mention_id AS mention_id, $brand AS brand, $by AS who, CAST($at AS TIMESTAMPTZ) AS said_at

-- name: labels
-- The newest word on each text, by sample. Each line of a label keeps what it does not say anew.
INSERT INTO numbers.labels BY NAME
SELECT
    l.mention_id, l.brand, l.sample,
    max(l.version) AS version,
    arg_max(l.score, l.labelled_at) FILTER (WHERE l.score IS NOT NULL) AS score,
    arg_max(l.emotions, l.labelled_at) FILTER (WHERE l.emotions IS NOT NULL) AS emotions,
    arg_max(l.touchpoints, l.labelled_at) FILTER (WHERE l.touchpoints IS NOT NULL) AS touchpoints,
    arg_max(l.bot, l.labelled_at) FILTER (WHERE l.bot IS NOT NULL) AS bot,
    arg_max(l.note, l.labelled_at) FILTER (WHERE l.note IS NOT NULL) AS note,
    max(l.labelled_at) AS labelled_at
FROM main.labels AS l
LEFT JOIN main.samples AS s ON s.sample = l.sample
WHERE l.sample IS NULL OR list_contains(s.mention_ids, l.mention_id)
GROUP BY l.mention_id, l.brand, l.sample

-- name: samples
INSERT INTO numbers.samples BY NAME
SELECT sample, brand, seed, population, len(mention_ids) AS size, made_at FROM main.samples

-- name: population
-- After `numbers.votes`: the votes with a text, with what an audit sample is stratified by.
SELECT
    votes.mention_id, votes.about AS brand, f.source_kind, f.lang,
    CASE WHEN f.p_promoter >= greatest(f.p_detractor, f.p_passive) THEN 1
        WHEN f.p_detractor >= f.p_passive THEN -1 ELSE 0 END AS likely
FROM votes
JOIN facts AS f ON f.mention_id = votes.mention_id AND f.brand = votes.about
ORDER BY votes.mention_id

-- name: texts
SELECT mention_id, brand, version, source, lang, published_at, url, title, text, pros, cons
FROM mentions
WHERE brand = $brand AND list_contains($ids, mention_id)

-- name: labelled
-- Labels of texts that are still as they were when they were labelled, with their readings. `sample` NULL: corrections.
SELECT
    l.mention_id, l.brand, l.sample, l.score AS said_score, l.emotions AS said_emotions,
    l.touchpoints AS said_touchpoints, l.bot AS said_bot, l.note, l.labelled_at,
    f.lang, f.source_kind, f.native_class, f.score, f.p_detractor, f.p_passive, f.p_promoter, f.emotions,
    f.touchpoints, f.p_bot, f.set_aside,
    CASE WHEN f.thread IS NULL THEN hash(coalesce(f.author_hash, f.mention_id))
        ELSE hash(f.source, f.thread) END AS cluster
FROM labels AS l
JOIN facts AS f ON f.mention_id = l.mention_id AND f.brand = l.brand
JOIN mentions AS m ON m.mention_id = l.mention_id AND m.brand = l.brand
WHERE (l.version IS NULL OR l.version = m.version) AND ($brand IS NULL OR l.brand = $brand)
ORDER BY l.labelled_at, l.mention_id

-- name: count
SELECT count(*) AS labels FROM labels WHERE brand = $brand

-- name: unlabelled
-- After `numbers.votes`: what the reader says of the votes that no random sample has a score for.
SELECT p - d AS f
FROM votes
ANTI JOIN (SELECT mention_id, brand FROM labels WHERE sample IS NOT NULL AND score IS NOT NULL) AS known
    ON known.mention_id = votes.mention_id AND known.brand = votes.about
