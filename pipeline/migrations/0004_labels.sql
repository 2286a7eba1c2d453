-- Files of the inbox already taken in.
CREATE TABLE inbox_taken (name VARCHAR PRIMARY KEY, taken_at TIMESTAMPTZ NOT NULL);

-- Random samples drawn for an audit: of `population` votes of a brand, these mentions, each as likely as any other.
CREATE TABLE samples (
    sample VARCHAR PRIMARY KEY, brand VARCHAR NOT NULL, seed BIGINT NOT NULL, population BIGINT NOT NULL,
    mention_ids VARCHAR[] NOT NULL, made_at TIMESTAMPTZ NOT NULL
);

-- What a person said of a text, append-only; the newest word counts. Without a `sample` it is a correction: kept
-- and shown, and never part of an estimate from random samples.
CREATE TABLE labels (
    mention_id VARCHAR NOT NULL, brand VARCHAR NOT NULL, version INTEGER, sample VARCHAR,
    score TINYINT, emotions VARCHAR[], touchpoints VARCHAR[], bot BOOLEAN, note VARCHAR,
    labelled_at TIMESTAMPTZ NOT NULL
);
