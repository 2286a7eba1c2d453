-- Mentions that somebody answered outside sayso; the first word counts.
CREATE TABLE answered (
    mention_id VARCHAR NOT NULL, brand VARCHAR NOT NULL, who VARCHAR, said_at TIMESTAMPTZ NOT NULL
);
-- Whether a mention counts: what detection decided, unless a person set that very mention aside or put it back.
-- Labels of a random sample have no say here: they measure what was decided.
CREATE VIEW judged AS
WITH said AS (
    SELECT l.mention_id, arg_max(l.bot, l.labelled_at) AS bot
    FROM labels AS l
    JOIN mentions AS m ON m.mention_id = l.mention_id AND m.current
    WHERE l.sample IS NULL AND l.bot IS NOT NULL AND (l.version IS NULL OR l.version = m.version)
    GROUP BY l.mention_id
)
SELECT
    coalesce(a.mention_id, said.mention_id) AS mention_id,
    a.p_bot,
    a.reasons,
    a.cluster,
    coalesce(said.bot, a.set_aside) AS set_aside,
    said.bot AS said
FROM authenticity AS a
FULL JOIN said ON said.mention_id = a.mention_id;
