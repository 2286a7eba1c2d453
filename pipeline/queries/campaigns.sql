-- name: found
-- What is now a campaign: a group of one wording that holds mentions set aside, with those only suspected.
CREATE OR REPLACE TEMP TABLE found AS
SELECT
    a.cluster || ':' || b.brand AS campaign_id, b.brand, 'unclear' AS direction,
    min(coalesce(m.published_at, m.collected_at)) AS started_at,
    max(coalesce(m.published_at, m.collected_at)) AS ended_at,
    count(*) AS mentions, count(DISTINCT coalesce(m.author_hash, m.mention_id)) AS authors,
    list_sort(list(DISTINCT m.source)) AS sources, coalesce(list_sort(list(DISTINCT m.lang)), []) AS langs,
    1 AS clusters, count(*) FILTER (a.set_aside) AS set_aside, NULL::DOUBLE AS p_value, NULL::DOUBLE AS q_value,
    'coordinated' AS verdict, list_sort(list_distinct(flatten(list(a.reasons)))) AS reasons, '[]'::JSON AS evidence
FROM authenticity AS a
JOIN mentions AS m ON m.mention_id = a.mention_id AND m.current
JOIN mention_brands AS b ON b.mention_id = a.mention_id
GROUP BY a.cluster, b.brand
HAVING count(*) FILTER (a.set_aside) >= $smallest;

-- name: keep
CREATE OR REPLACE TEMP TABLE dates AS
SELECT f.campaign_id, coalesce(c.found_at, now()) AS found_at,
    CASE WHEN (c.mentions, c.set_aside, c.ended_at) IS NOT DISTINCT FROM (f.mentions, f.set_aside, f.ended_at)
        THEN c.updated_at ELSE now() END AS updated_at
FROM found AS f LEFT JOIN campaigns AS c USING (campaign_id);
DELETE FROM campaigns;
DELETE FROM campaign_mentions;
INSERT INTO campaigns BY NAME SELECT * FROM found JOIN dates USING (campaign_id);
INSERT INTO campaign_mentions BY NAME
SELECT c.campaign_id, a.mention_id, a.cluster, a.p_bot, a.reasons
FROM authenticity AS a
JOIN mention_brands AS b ON b.mention_id = a.mention_id
JOIN campaigns AS c ON c.campaign_id = a.cluster || ':' || b.brand
