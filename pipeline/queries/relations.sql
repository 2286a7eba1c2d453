-- name: forget_comparisons
DELETE FROM main.comparisons

-- name: forget_compared
DELETE FROM main.compared

-- name: uncompared
-- Of the mentions whose facts are made (`due`), the texts that were not searched yet.
CREATE OR REPLACE TEMP TABLE uncompared AS
WITH known AS (
    -- Few of all that were searched are due: only those are worth remembering.
    SELECT content_hash FROM main.compared WHERE content_hash IN (SELECT content_hash FROM due)
)
SELECT
    m.content_hash,
    any_value(concat_ws('. ', m.title, m.text, array_to_string(m.pros, '. '), array_to_string(m.cons, '. '))) AS text
FROM main.mentions AS m
SEMI JOIN due ON due.mention_id = m.mention_id
ANTI JOIN known ON known.content_hash = m.content_hash
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
    cluster, native, p, d, advocacy, leaving, effort, swayed.mention_id IS NOT NULL AS swayed
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

-- name: to_answer
-- Who should hear from the brand, the most urgent first: authentic, published, not yet answered by its owner, nor
-- marked as answered; the newest mention of each author, unless it is older than one that was answered. `worst` is the touchpoint that went worst.
WITH better AS (
    SELECT mention_id, brand, min(rival) AS rival FROM preferences WHERE rival_better GROUP BY ALL
),
told AS (
    SELECT
        facts.rowid AS place, facts.mention_id, facts.brand, facts."at", better.rival,
        coalesce(facts.author_hash, facts.mention_id) AS person,
        CASE
            WHEN leaving >= $sure THEN 'leaves'
            WHEN better.rival IS NOT NULL THEN 'prefers'
            WHEN advocacy <= -$sure THEN 'warns'
            WHEN effort <= -$sure AND p_detractor >= $sure THEN 'struggle'
            WHEN p_detractor >= $sure THEN 'detractor'
        END AS reason
    FROM facts
    LEFT JOIN better ON better.mention_id = facts.mention_id AND better.brand = facts.brand
    WHERE p_promoter IS NOT NULL AND facts.kind <> 'survey' AND coalesce(facts.speaker, 'unclear') <> 'prospect' AND
        -- include: cut.where
),
served AS (
    SELECT f.brand, coalesce(f.author_hash, f.mention_id) AS person, max(f."at") AS until
    FROM answered AS a
    JOIN facts AS f ON f.mention_id = a.mention_id AND f.brand = a.brand
    GROUP BY ALL
),
waiting AS (
    -- Chosen before anything wide is read.
    SELECT told.place, told.reason, told.rival
    FROM told
    ANTI JOIN (SELECT mention_id, brand FROM mentions WHERE owner_reply IS NOT NULL) AS replied
        ON replied.mention_id = told.mention_id AND replied.brand = told.brand
    LEFT JOIN served ON served.brand = told.brand AND served.person = told.person
    WHERE told.reason IS NOT NULL AND (served.until IS NULL OR told."at" > served.until)
    QUALIFY row_number() OVER (
        PARTITION BY told.brand, told.person ORDER BY told."at" DESC, told.mention_id
    ) = 1
    ORDER BY list_position(['leaves', 'prefers', 'warns', 'struggle', 'detractor'], told.reason), told."at" DESC,
        told.mention_id
    LIMIT $limit
)
SELECT
    f.mention_id, f.brand, f.source, f.kind, f.lang, f."at", f.score, w.reason, w.rival,
    list_extract(f.touchpoints, list_position(f.polarities, list_min(f.polarities))) AS worst,
    m.url, m.title, m.text
FROM waiting AS w
JOIN facts AS f ON f.rowid = w.place
JOIN mentions AS m ON m.mention_id = f.mention_id AND m.brand = f.brand
ORDER BY list_position(['leaves', 'prefers', 'warns', 'struggle', 'detractor'], w.reason), f."at" DESC, f.mention_id
