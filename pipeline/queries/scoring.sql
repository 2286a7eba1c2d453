-- name: todo
-- One mention of each text that the model has not read, the longest texts first: batches are then even, and the
-- time that is left shrinks as the work does.
CREATE OR REPLACE TEMP TABLE todo AS
WITH unread AS (
    SELECT content_hash, min(mention_id) AS mention_id FROM mentions
    WHERE current AND content_hash <> $empty
    GROUP BY content_hash
    HAVING content_hash NOT IN (SELECT content_hash FROM readings WHERE model = $model)
)
SELECT row_number() OVER (
        ORDER BY coalesce(length(m.text), 0) DESC, unread.content_hash
    ) - 1 AS place, m.content_hash, m.kind, m.title, m.text, m.pros, m.cons, m.lang
FROM unread JOIN mentions AS m ON m.mention_id = unread.mention_id AND m.current;

-- name: waiting
SELECT count(*) FROM todo;

-- name: chunk
SELECT content_hash, kind, title, text, pros, cons, lang FROM todo
WHERE place >= $first AND place < $last ORDER BY place;

-- name: insert
INSERT OR IGNORE INTO readings BY NAME SELECT *, now() AS read_at FROM chunk_readings;

-- name: read
SELECT count(*) FROM readings WHERE model = ?;
