-- The oldest collection in a landing segment, by source kind: tells which segments retention must open.
CREATE TABLE segment_ages (name VARCHAR NOT NULL, kind VARCHAR NOT NULL, oldest TIMESTAMPTZ NOT NULL);
-- Mentions that `sayso forget` has begun to remove: if it was killed, the next run ends its work.
CREATE TABLE forgetting (mention_id VARCHAR PRIMARY KEY);
