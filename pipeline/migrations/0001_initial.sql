-- Landing segments already taken in: ingest is idempotent by segment name.
CREATE TABLE segments (
    name VARCHAR PRIMARY KEY,
    mentions INTEGER NOT NULL,
    rejected INTEGER NOT NULL,
    ingested_at TIMESTAMPTZ NOT NULL
);

-- Every version of every mention. Same id, other content = a new version; the old one stays.
-- collected_at is when this version was first seen, seen_at when it was last seen: the version seen last is the
-- newest, whatever the order of ingestion. `current` marks the one row a mention counts by: the newest version,
-- unless it repeats the same known author's mention (merged_into names that one; both rows then share a copy_key).
-- Uniqueness of (mention_id, version) is kept by ingest: an index here would cost more than the whole insert.
CREATE TABLE mentions (
    mention_id VARCHAR NOT NULL,
    version INTEGER NOT NULL,
    current BOOLEAN NOT NULL,
    content_hash VARCHAR NOT NULL,
    source VARCHAR NOT NULL,
    kind VARCHAR NOT NULL,
    target VARCHAR,
    native_id VARCHAR NOT NULL,
    parent_id VARCHAR,
    url VARCHAR,
    title VARCHAR,
    text VARCHAR,
    pros VARCHAR[],
    cons VARCHAR[],
    rating DOUBLE,
    rating_min DOUBLE,
    rating_max DOUBLE,
    author_hash VARCHAR,
    author_features JSON,
    author_created_at TIMESTAMPTZ,
    author_mentions BIGINT,
    verified BOOLEAN,
    published_at TIMESTAMPTZ,
    published_precision VARCHAR,
    collected_at TIMESTAMPTZ NOT NULL,
    edited_at TIMESTAMPTZ,
    likes BIGINT,
    replies BIGINT,
    owner_reply VARCHAR,
    lang VARCHAR,
    brand_hint VARCHAR,
    product VARCHAR,
    segments JSON,
    schema INTEGER NOT NULL,
    segment_name VARCHAR NOT NULL,
    seen_at TIMESTAMPTZ NOT NULL,
    copy_key VARCHAR,
    merged_into VARCHAR
);

-- Where a mention stands: the same text by the same known author on many pages is one mention with many places.
-- mention_id is the mention that counts, member_id the one that was collected at this place.
CREATE TABLE places (
    mention_id VARCHAR NOT NULL,
    member_id VARCHAR NOT NULL,
    place_id VARCHAR NOT NULL,
    url VARCHAR,
    target VARCHAR,
    source VARCHAR NOT NULL,
    first_seen TIMESTAMPTZ NOT NULL
);

-- Which brands a mention speaks of, and how that was told: hint (its target or file says so), alias (its
-- words do) or thread (the title of what it answers does, and its words name nobody).
CREATE TABLE mention_brands (
    mention_id VARCHAR NOT NULL,
    brand VARCHAR NOT NULL,
    how VARCHAR NOT NULL
);

-- A text is read once however often it appears; a new model re-reads.
CREATE TABLE readings (
    content_hash VARCHAR NOT NULL,
    model VARCHAR NOT NULL,
    scores FLOAT[11] NOT NULL,
    score FLOAT NOT NULL,
    p_detractor FLOAT NOT NULL,
    p_passive FLOAT NOT NULL,
    p_promoter FLOAT NOT NULL,
    emotions FLOAT[12] NOT NULL,
    touchpoints STRUCT(name VARCHAR, polarity FLOAT, p FLOAT)[],
    advocacy FLOAT,
    leaving FLOAT,
    speaker VARCHAR,
    p_generated FLOAT,
    abstain BOOLEAN NOT NULL,
    lang VARCHAR NOT NULL,
    embedding FLOAT[],
    read_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (content_hash, model)
);

-- How likely a mention is not authentic, with reasons; set aside, never deleted.
CREATE TABLE authenticity (
    mention_id VARCHAR PRIMARY KEY,
    p_bot FLOAT NOT NULL,
    reasons VARCHAR[] NOT NULL,
    cluster VARCHAR,
    set_aside BOOLEAN NOT NULL,
    decided_at TIMESTAMPTZ NOT NULL
);

-- What each crawl said of each target, and the aggregate ratings that pages showed.
CREATE TABLE target_reports (
    report VARCHAR NOT NULL,
    target VARCHAR NOT NULL,
    kind VARCHAR NOT NULL,
    url VARCHAR,
    started_at TIMESTAMPTZ NOT NULL,
    finished_at TIMESTAMPTZ,
    pages INTEGER NOT NULL,
    new INTEGER NOT NULL,
    edited INTEGER NOT NULL,
    known INTEGER NOT NULL,
    rejected INTEGER NOT NULL,
    errors INTEGER NOT NULL,
    warnings VARCHAR[] NOT NULL,
    watermark VARCHAR,
    PRIMARY KEY (report, target)
);
CREATE TABLE rating_snapshots (
    report VARCHAR NOT NULL,
    target VARCHAR NOT NULL,
    url VARCHAR NOT NULL,
    product VARCHAR,
    rating DOUBLE,
    rating_min DOUBLE,
    rating_max DOUBLE,
    ratings INTEGER,
    reviews INTEGER,
    seen_at TIMESTAMPTZ NOT NULL
);

CREATE TABLE settings_seen (key VARCHAR PRIMARY KEY, value VARCHAR NOT NULL);
