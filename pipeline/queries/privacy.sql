-- name: expired
-- Versions whose text was last seen at its source longer ago than its kind may be kept.
CREATE OR REPLACE TEMP TABLE doomed AS
SELECT m.mention_id, m.version FROM mentions AS m
LEFT JOIN limits AS l ON l.kind = split_part(m.source, ':', 1)
WHERE m.seen_at < coalesce(l.before, $before);

-- name: forgotten
CREATE OR REPLACE TEMP TABLE doomed AS
SELECT m.mention_id, m.version FROM mentions AS m SEMI JOIN forgetting USING (mention_id);

-- name: find
-- What is asked for. A copy of it by the same author goes with it.
WITH asked AS (
    SELECT mention_id, merged_into, target FROM mentions AS m
    WHERE list_contains($mentions, m.mention_id) OR list_contains($mentions, m.url)
        OR list_contains($authors, m.author_hash)
        OR m.source = $source OR split_part(m.source, ':', 1) = $source
        OR ($brand IS NOT NULL AND (m.brand_hint = $brand OR m.mention_id IN (
            SELECT mention_id FROM mention_brands WHERE brand = $brand))
            AND m.mention_id NOT IN (SELECT mention_id FROM mention_brands WHERE brand <> $brand))
),
originals AS (SELECT coalesce(merged_into, mention_id) AS original FROM asked)
SELECT DISTINCT m.mention_id FROM mentions AS m
WHERE m.mention_id IN (SELECT mention_id FROM asked)
    OR ($brand IS NULL AND $source IS NULL
        AND coalesce(m.merged_into, m.mention_id) IN (SELECT original FROM originals))
ORDER BY m.mention_id;

-- name: shared
-- Mentions of a brand that speak of another one too.
SELECT count(DISTINCT mention_id) FROM mention_brands
WHERE brand = $brand AND mention_id IN (SELECT mention_id FROM mention_brands WHERE brand <> $brand);

-- name: sources
SELECT DISTINCT source FROM mentions;

-- name: marks
-- What else would betray them: native ids, addresses, authors' hashes.
SELECT DISTINCT unnest([native_id, url, author_hash]) AS mark
FROM mentions SEMI JOIN forgetting USING (mention_id);

-- name: begin
INSERT OR IGNORE INTO forgetting SELECT unnest($ids::VARCHAR[]);

-- name: begin_gone
-- What its source deleted, unless it was seen there again since.
INSERT OR IGNORE INTO forgetting
SELECT m.mention_id
FROM (SELECT unnest($ids::VARCHAR[]) AS mention_id, unnest($times::TIMESTAMPTZ[]) AS gone_at) AS g
JOIN mentions AS m USING (mention_id)
GROUP BY m.mention_id HAVING max(m.seen_at) <= max(g.gone_at);

-- name: pending
SELECT mention_id FROM forgetting;

-- name: doomed
SELECT count(*) FROM doomed;

-- name: before
CREATE OR REPLACE TEMP TABLE before AS SELECT m.* FROM mentions AS m SEMI JOIN doomed USING (mention_id, version);

-- name: versions
-- As `ingest.originals` wants it: no version comes.
CREATE OR REPLACE TEMP TABLE versions AS SELECT * FROM mentions LIMIT 0;

-- name: drop_mentions
DELETE FROM mentions USING doomed
WHERE mentions.mention_id = doomed.mention_id AND mentions.version = doomed.version;

-- name: gone
CREATE OR REPLACE TEMP TABLE gone AS
SELECT DISTINCT mention_id, author_hash FROM before ANTI JOIN mentions USING (mention_id);

-- name: gone_ids
SELECT DISTINCT mention_id FROM gone;

-- name: drop_places
DELETE FROM places WHERE member_id IN (SELECT mention_id FROM gone);

-- name: drop_brands
DELETE FROM mention_brands WHERE mention_id IN (SELECT mention_id FROM gone);

-- name: drop_authenticity
DELETE FROM authenticity WHERE mention_id IN (SELECT mention_id FROM gone);

-- name: drop_labels
DELETE FROM labels WHERE mention_id IN (SELECT mention_id FROM gone);

-- name: drop_answered
DELETE FROM answered WHERE mention_id IN (SELECT mention_id FROM gone);

-- name: drop_campaign_mentions
DELETE FROM campaign_mentions WHERE mention_id IN (SELECT mention_id FROM gone);

-- name: drop_campaign_accounts
DELETE FROM campaign_accounts WHERE author_hash IN (
    SELECT author_hash FROM gone ANTI JOIN mentions USING (author_hash));

-- name: drop_campaign_ties
WITH lost AS (
    SELECT author_hash AS who FROM gone ANTI JOIN mentions USING (author_hash) WHERE author_hash IS NOT NULL
    UNION
    SELECT mention_id FROM gone
)
DELETE FROM campaign_ties WHERE a IN (SELECT who FROM lost) OR b IN (SELECT who FROM lost);

-- name: drop_readings
DELETE FROM readings WHERE content_hash IN (SELECT content_hash FROM before ANTI JOIN mentions USING (content_hash));

-- name: drop_comparisons
DELETE FROM comparisons WHERE content_hash IN (SELECT content_hash FROM before ANTI JOIN mentions USING (content_hash));

-- name: drop_compared
DELETE FROM compared WHERE content_hash IN (SELECT content_hash FROM before ANTI JOIN mentions USING (content_hash));

-- name: drop_forgetting
DELETE FROM forgetting;

-- name: unaged
-- Segments taken in before ages were kept.
SELECT name FROM segments WHERE mentions > 0 AND name NOT IN (SELECT name FROM segment_ages);

-- name: old_segments
SELECT DISTINCT a.name FROM segment_ages AS a LEFT JOIN limits AS l ON l.kind = a.kind
WHERE a.oldest < coalesce(l.before, $before) ORDER BY a.name;

-- name: drop_ages
DELETE FROM segment_ages WHERE name = $name;

-- name: add_age
INSERT INTO segment_ages VALUES ($name, $kind, $oldest);

-- name: checkpoint
CHECKPOINT;

-- name: pack
COPY FROM DATABASE warehouse TO packed;

-- name: packed
INSERT OR REPLACE INTO packed.main.settings_seen VALUES (?, ?);

-- name: detach
DETACH packed;

-- name: held
SELECT count(*) FROM mentions WHERE list_contains($ids, mention_id);
