-- name: said
-- A text without what it quotes (`RT @name ...`, "@name: ...", lines after >), addresses and handles: none is its own.
regexp_replace(
    regexp_replace(
        text, '(?is)(\brt\s*:?\s*["“”«]?\s*|["“”«]\s*)@\w+.*$|(?m:^\s*>.*$)', ' ', 'g'
    ),
    '(?i)https?://\S+|www\.\S+|[@#]\w+|<\w+>', ' ', 'g'
)

-- name: words
-- Without case, diacritics and punctuation: copies differ in those.
trim(regexp_replace(lower(strip_accents(said)), '[^\p{L}\p{N}]+', ' ', 'g'))

-- name: compared
-- What is compared: templates are filled with other numbers.
md5_number_lower(words) AS content,
left(md5(words), 16) AS cluster,
CASE WHEN length(words) >= $letters THEN len(string_split(words, ' ')) ELSE 0 END AS size,
left(regexp_replace(words, '[0-9]+', '0', 'g'), $most) AS words
