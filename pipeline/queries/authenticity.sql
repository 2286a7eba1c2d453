-- name: words
-- The words of each mention that counts, without case, diacritics and punctuation: copies differ in those. A survey
-- answer is asked for, not placed: it is never a copy.
CREATE OR REPLACE TEMP TABLE worded AS
SELECT mention_id, source, author_hash, coalesce(published_at, collected_at) AS said_at, published_at IS NOT NULL AS dated,
    trim(regexp_replace(
        lower(strip_accents(concat_ws(' ', text, array_to_string(pros, ' '), array_to_string(cons, ' ')))),
        '[^\p{L}\p{N}]+', ' ', 'g'
    )) AS words
FROM mentions
WHERE current AND kind <> 'survey';

-- name: copies
-- Texts long enough not to repeat by chance that several authors of one source published, and for each mention how
-- many authors of one source did so around it in time. One person may post on several sites, so authors are counted
-- within a source, and the source with most of them speaks for all. An unknown author counts as one author, but only
-- in bulk, since a page may repeat itself.
CREATE OR REPLACE TEMP TABLE copies AS
WITH long_enough AS (
    SELECT *, md5(words) AS cluster, len(string_split(words, ' ')) AS size FROM worded
    WHERE length(words) >= $letters AND len(string_split(words, ' ')) >= $words
),
shared AS (
    SELECT DISTINCT cluster FROM long_enough
    GROUP BY cluster, source
    HAVING count(DISTINCT author_hash) >= 2 OR count(*) FILTER (author_hash IS NULL) >= $bulk
),
voices AS (
    -- The same author saying it again is not another voice.
    SELECT l.*, author_hash IS NULL OR row_number() OVER (
        PARTITION BY cluster, source, author_hash ORDER BY said_at, mention_id
    ) = 1 AS voice
    FROM long_enough AS l SEMI JOIN shared USING (cluster)
),
counted AS (
    SELECT *, sum(voice::INTEGER) OVER (
        PARTITION BY cluster, source ORDER BY said_at
        RANGE BETWEEN to_days($days::INTEGER) PRECEDING AND to_days($days::INTEGER) FOLLOWING
    ) AS beside
    FROM voices
),
around AS (
    SELECT *, max(beside) OVER (
        PARTITION BY cluster ORDER BY said_at
        RANGE BETWEEN to_days($days::INTEGER) PRECEDING AND to_days($days::INTEGER) FOLLOWING
    ) AS nearby
    FROM counted
)
SELECT mention_id, left(cluster, 16) AS cluster, size, nearby::INTEGER AS nearby, dated FROM around
WHERE nearby >= 2;

-- name: judged
SELECT mention_id, cluster, size, nearby, dated FROM copies;

-- name: withdraw
DELETE FROM authenticity WHERE mention_id NOT IN (SELECT mention_id FROM suspects);

-- name: revise
DELETE FROM authenticity WHERE mention_id IN (
    SELECT mention_id FROM suspects
    WHERE (suspects.p_bot, suspects.reasons, suspects.cluster, suspects.set_aside) IS DISTINCT FROM (
        authenticity.p_bot, authenticity.reasons, authenticity.cluster, authenticity.set_aside)
);

-- name: decide
INSERT INTO authenticity BY NAME
SELECT *, now() AS decided_at FROM suspects
WHERE mention_id NOT IN (SELECT mention_id FROM authenticity);

-- name: standing
SELECT count(*), count(*) FILTER (set_aside), count(DISTINCT cluster) FROM authenticity;
