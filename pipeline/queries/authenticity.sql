-- name: texts
-- The words of each mention that counts and is long enough not to repeat by chance, without case, diacritics and
-- punctuation: copies differ in those. A survey answer is asked for, not placed: it is never a copy.
-- What is quoted (`RT @name ...`, "@name: ...", lines after >) is somebody else's, and addresses and handles are not words.
WITH own AS (
    SELECT *, regexp_replace(
        regexp_replace(
            concat_ws(' ', text, array_to_string(pros, ' '), array_to_string(cons, ' ')),
            '(?is)(\brt\s*:?\s*["“”«]?\s*|["“”«]\s*)@\w+.*$|(?m:^\s*>.*$)', ' ', 'g'
        ),
        '(?i)https?://\S+|www\.\S+|[@#]\w+|<\w+>', ' ', 'g'
    ) AS said
    FROM mentions
    WHERE current AND kind <> 'survey'
),
worded AS (
    SELECT mention_id, source, author_hash, coalesce(published_at, collected_at) AS said_at,
        (published_at IS NOT NULL)::UTINYINT AS dated,
        trim(regexp_replace(
            lower(strip_accents(said)), '[^\p{L}\p{N}]+', ' ', 'g'
        )) AS words
    FROM own
)
SELECT mention_id, hash(source) AS source, CASE WHEN author_hash IS NULL THEN 0::UBIGINT ELSE hash(author_hash) END AS author, epoch(said_at) / 86400.0 AS day, dated,
    md5_number_lower(words) AS content, left(md5(words), 16) AS cluster, len(string_split(words, ' ')) AS size,
    -- Templates are filled with other numbers.
    left(regexp_replace(words, '[0-9]+', '0', 'g'), $most) AS words
FROM worded
WHERE length(words) >= $letters AND len(string_split(words, ' ')) >= $words
ORDER BY said_at, mention_id;

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
