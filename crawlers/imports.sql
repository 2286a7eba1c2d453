-- name: schema
CREATE TABLE IF NOT EXISTS landed (key BLOB PRIMARY KEY, content BLOB NOT NULL) WITHOUT ROWID;
CREATE TEMP TABLE here (key BLOB PRIMARY KEY, content BLOB NOT NULL) WITHOUT ROWID;
CREATE TEMP TABLE alike (key BLOB PRIMARY KEY, n INTEGER NOT NULL) WITHOUT ROWID;

-- name: count
INSERT INTO alike VALUES (:key, 1) ON CONFLICT (key) DO UPDATE SET n = n + 1 RETURNING n;

-- name: met
SELECT content FROM here WHERE key = :key;

-- name: meet
INSERT OR IGNORE INTO here VALUES (:key, :content);

-- name: find
SELECT content FROM landed WHERE key = :key;

-- name: drop
DELETE FROM landed WHERE key = :key;

-- name: put
INSERT INTO landed VALUES (:key, :content) ON CONFLICT (key) DO UPDATE SET content = excluded.content;
