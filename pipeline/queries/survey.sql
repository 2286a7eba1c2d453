-- name: columns
-- Answers to the further columns of surveys, with how many gave them.
SELECT split_part(pair, '=', 1) AS name, substr(pair, strpos(pair, '=') + 1) AS answer, count(*) AS n
FROM (
    SELECT unnest(facts.segments) AS pair FROM facts
    WHERE facts.kind = 'survey' AND
        -- include: cut.where
)
GROUP BY ALL
ORDER BY name, n DESC, answer

-- name: answers
-- What each survey answer says in one column, with the class of its 0-10 answer.
SELECT substr(pair, strpos(pair, '=') + 1) AS answer, native_class
FROM (
    SELECT unnest(facts.segments) AS pair, facts.native_class FROM facts
    WHERE facts.kind = 'survey' AND
        -- include: cut.where
)
WHERE starts_with(pair, $column || '=')

-- name: touchpoints
-- The touchpoints that the comments in surveys name.
SELECT DISTINCT name
FROM (
    SELECT unnest(facts.touchpoints) AS name FROM facts
    WHERE facts.kind = 'survey' AND
        -- include: cut.where
)
ORDER BY name

-- name: named
-- All touchpoints that mentions name, most often named first.
SELECT name FROM (SELECT unnest(touchpoints) AS name FROM facts) GROUP BY name ORDER BY count(*) DESC, name
