-- name: known
SELECT campaign_id, mention_id FROM campaign_mentions

-- name: found
-- What is now a campaign, with what its mentions tell.
CREATE OR REPLACE TEMP TABLE found AS
SELECT
    c.*, s.started_at, s.ended_at, s.mentions, s.authors, s.sources, s.langs, s.set_aside
FROM made AS c
JOIN (
    SELECT
        t.campaign_id,
        min(coalesce(m.published_at, m.collected_at)) AS started_at,
        max(coalesce(m.published_at, m.collected_at)) AS ended_at,
        count(*) AS mentions,
        count(DISTINCT coalesce(m.author_hash, m.mention_id)) AS authors,
        list_sort(list(DISTINCT m.source)) AS sources,
        coalesce(list_sort(list(DISTINCT m.lang) FILTER (m.lang IS NOT NULL)), []) AS langs,
        count(*) FILTER (a.set_aside) AS set_aside
    FROM members AS t
    JOIN mentions AS m ON m.mention_id = t.mention_id AND m.current
    LEFT JOIN authenticity AS a ON a.mention_id = t.mention_id
    GROUP BY t.campaign_id
) AS s ON s.campaign_id = c.campaign_id

-- name: dates
-- A campaign that is as it was keeps its date.
CREATE OR REPLACE TEMP TABLE dates AS
SELECT
    f.campaign_id,
    coalesce(c.found_at, now()) AS found_at,
    CASE WHEN (c.mentions, c.set_aside, c.started_at, c.ended_at, c.verdict, c.direction, c.clusters)
        IS NOT DISTINCT FROM (f.mentions, f.set_aside, f.started_at, f.ended_at, f.verdict, f.direction, f.clusters)
        THEN c.updated_at ELSE now() END AS updated_at
FROM found AS f
LEFT JOIN campaigns AS c ON c.campaign_id = f.campaign_id

-- name: replace
DELETE FROM campaigns;
DELETE FROM campaign_mentions;
DELETE FROM campaign_ties;
DELETE FROM campaign_accounts;
INSERT INTO campaigns BY NAME SELECT f.*, d.found_at, d.updated_at FROM found AS f JOIN dates AS d USING (campaign_id)

-- name: members
INSERT INTO campaign_mentions BY NAME SELECT * FROM members

-- name: ties
INSERT INTO campaign_ties BY NAME
SELECT campaign_id, least(one, other) AS a, greatest(one, other) AS b, kind, avg(weight) AS weight, count(*) AS pairs
FROM (
    SELECT t.campaign_id, t.kind, t.weight,
        coalesce(x.author_hash, x.mention_id) AS one, coalesce(y.author_hash, y.mention_id) AS other
    FROM tied AS t
    JOIN mentions AS x ON x.mention_id = t.a AND x.current
    JOIN mentions AS y ON y.mention_id = t.b AND y.current
)
WHERE one <> other
GROUP BY ALL

-- name: accounts
-- `targets`: how many things the account spoke of in all, `one_mention` whether it is known for one mention only.
INSERT INTO campaign_accounts BY NAME
WITH inside AS (
    SELECT
        t.campaign_id, m.author_hash, count(*) AS mentions,
        min(coalesce(m.published_at, m.collected_at)) AS first_at,
        max(coalesce(m.published_at, m.collected_at)) AS last_at,
        min(epoch(coalesce(m.published_at, m.collected_at)) - epoch(m.author_created_at)) / 86400.0 AS age_days,
        max(m.author_mentions) AS told, max(t.p_bot) AS p_bot
    FROM members AS t
    JOIN mentions AS m ON m.mention_id = t.mention_id AND m.current
    WHERE m.author_hash IS NOT NULL
    GROUP BY ALL
),
overall AS (
    SELECT author_hash, count(*) AS mentions, count(DISTINCT coalesce(product, parent_id, target, source)) AS targets
    FROM mentions
    WHERE current AND author_hash IN (SELECT author_hash FROM inside)
    GROUP BY author_hash
)
SELECT
    i.campaign_id, i.author_hash, i.mentions, i.first_at, i.last_at, i.age_days,
    greatest(o.mentions, coalesce(i.told, 0)) = 1 AS one_mention, o.targets, i.p_bot
FROM inside AS i
JOIN overall AS o ON o.author_hash = i.author_hash
