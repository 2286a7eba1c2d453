-- name: forget_comparisons
DELETE FROM main.comparisons

-- name: forget_compared
DELETE FROM main.compared

-- name: uncompared
CREATE OR REPLACE TEMP TABLE uncompared AS
SELECT
    m.content_hash,
    any_value(concat_ws('. ', m.title, m.text, array_to_string(m.pros, '. '), array_to_string(m.cons, '. '))) AS text
FROM main.mentions AS m
ANTI JOIN main.compared AS c ON c.content_hash = m.content_hash
WHERE m.current AND m.content_hash <> $empty
GROUP BY m.content_hash

-- name: comparing
SELECT content_hash, text FROM uncompared WHERE regexp_matches(text, $cue)

-- name: add_comparisons
INSERT INTO main.comparisons BY NAME SELECT * FROM made

-- name: note_compared
INSERT INTO main.compared SELECT content_hash FROM uncompared

-- name: preferences
-- Who says both that one is better and that the other is says nothing.
INSERT INTO numbers.preferences BY NAME
WITH said AS (
    SELECT
        f.mention_id, f.brand,
        coalesce(nullif(c.better, ''), f.brand) AS better,
        coalesce(nullif(c.worse, ''), f.brand) AS worse
    FROM numbers.facts AS f
    JOIN main.mentions AS m ON m.mention_id = f.mention_id AND m.current
    JOIN main.comparisons AS c ON c.content_hash = m.content_hash
)
SELECT
    mention_id, brand,
    CASE WHEN better = brand THEN worse ELSE better END AS rival,
    bool_or(better <> brand) AS rival_better
FROM said
WHERE better <> worse AND brand IN (better, worse)
GROUP BY ALL
HAVING count(DISTINCT better) = 1

-- name: heard
-- After `numbers.votes`: every vote with what it says of the relation; `swayed` calls a competitor better.
, swayed AS (
    SELECT DISTINCT mention_id, brand FROM preferences WHERE rival_better
)
SELECT
    hash(votes.brand, product, source, source_kind, kind, lang, period) AS cell,
    votes.brand, product, source, source_kind, kind, lang, period,
    cluster, p, d, advocacy, leaving, effort, swayed.mention_id IS NOT NULL AS swayed
FROM votes
LEFT JOIN swayed ON swayed.mention_id = votes.mention_id AND swayed.brand = votes.about

-- name: rivals
-- After `numbers.votes`: how many votes call the brand better than each competitor, and the other way round.
SELECT
    votes.brand, product, source, source_kind, kind, lang, period,
    preferences.rival,
    count(*) FILTER (WHERE NOT rival_better) AS ours,
    count(*) FILTER (WHERE rival_better) AS theirs
FROM votes
JOIN preferences ON preferences.mention_id = votes.mention_id AND preferences.brand = votes.about
GROUP BY ALL
ORDER BY ALL NULLS FIRST
