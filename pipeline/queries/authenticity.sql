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
-- Texts long enough to be told apart by chance that several authors of one source published, and for each mention
-- how many authors did so within the window around it. An unknown author counts as one author; unknown authors
-- count only in bulk, since a page may repeat itself.
CREATE OR REPLACE TEMP TABLE copies AS
WITH long_enough AS (
    SELECT *, md5(words) AS cluster, len(string_split(words, ' ')) AS size FROM worded
    WHERE length(words) >= $letters AND len(string_split(words, ' ')) >= $words
),
shared AS (
    SELECT cluster, source FROM long_enough
    GROUP BY cluster, source
    HAVING count(DISTINCT author_hash) >= 2 OR count(*) FILTER (author_hash IS NULL) >= $bulk
),
voices AS (
    -- One row an author: the same author saying it again is not another voice.
    SELECT l.*, author_hash IS NULL OR row_number() OVER (
        PARTITION BY cluster, source, author_hash ORDER BY said_at, mention_id
    ) = 1 AS voice
    FROM long_enough AS l SEMI JOIN shared USING (cluster, source)
),
counted AS (
    SELECT *, sum(voice::INTEGER) OVER (
        PARTITION BY cluster, source ORDER BY said_at
        RANGE BETWEEN to_days($days::INTEGER) PRECEDING AND to_days($days::INTEGER) FOLLOWING
    ) AS nearby
    FROM voices
)
SELECT mention_id, left(cluster, 16) AS cluster, size, nearby::INTEGER AS nearby, dated FROM counted
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
