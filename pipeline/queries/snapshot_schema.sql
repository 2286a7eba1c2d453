-- The published snapshot: the only file that the view, exports and alerts read. Contract of docs/snapshot.md.
CREATE TABLE mentions (
    mention_id VARCHAR, version INTEGER, brand VARCHAR, source VARCHAR, source_kind VARCHAR, kind VARCHAR,
    product VARCHAR, lang VARCHAR, title VARCHAR, text VARCHAR, pros VARCHAR[], cons VARCHAR[],
    rating DOUBLE, rating_min DOUBLE, rating_max DOUBLE, url VARCHAR, places INTEGER,
    published_at TIMESTAMPTZ, published_precision VARCHAR, collected_at TIMESTAMPTZ, edited_at TIMESTAMPTZ,
    verified BOOLEAN, likes BIGINT, replies BIGINT, owner_reply VARCHAR, segments JSON,
    folded VARCHAR                 -- title, text, pros and cons in lower case and without accents, for word search
);
-- One row a mention and brand, slim: keys, time, probabilities, flags; no text.
CREATE TABLE facts (
    mention_id VARCHAR, brand VARCHAR, source VARCHAR, source_kind VARCHAR, kind VARCHAR, product VARCHAR,
    lang VARCHAR, author_hash VARCHAR, thread VARCHAR, "at" TIMESTAMPTZ, day DATE,
    native_class TINYINT,          -- 1 promoter, 0 passive, -1 detractor, NULL: no native rating
    score FLOAT, p_detractor FLOAT, p_passive FLOAT, p_promoter FLOAT,   -- NULL: no text to read
    emotions FLOAT[12], touchpoints VARCHAR[], polarities FLOAT[],
    advocacy FLOAT, leaving FLOAT, speaker VARCHAR, effort FLOAT, p_generated FLOAT,
    abstain BOOLEAN, p_bot FLOAT, set_aside BOOLEAN, cluster VARCHAR,
    segments VARCHAR[]             -- `column=answer` of an imported survey's further columns
);
-- Additive sums per day. One vote an author and period does not add up: use facts for that.
CREATE TABLE daily (
    brand VARCHAR, day DATE, source VARCHAR, lang VARCHAR, kind VARCHAR,
    mentions INTEGER, natives INTEGER, set_aside INTEGER,
    promoters DOUBLE, passives DOUBLE, detractors DOUBLE, score_sum DOUBLE
);
CREATE TABLE footprint (
    brand VARCHAR, class VARCHAR, period VARCHAR, emotion VARCHAR,
    share DOUBLE, low DOUBLE, high DOUBLE, n INTEGER
);
CREATE TABLE drivers (
    brand VARCHAR, touchpoint VARCHAR, n INTEGER, share DOUBLE, nps DOUBLE, low DOUBLE, high DOUBLE,
    impact_leave_out DOUBLE, impact_additive DOUBLE
);
CREATE TABLE topics (
    brand VARCHAR, touchpoint VARCHAR, topic VARCHAR, terms VARCHAR[], example VARCHAR, n INTEGER, grew DOUBLE
);
-- The newest texts' embeddings, one row a mention, for search by meaning: unit vectors as whole numbers (the value
-- times 254, cut to -127..127), of the reader named `model`.
CREATE TABLE meanings (mention_id VARCHAR, model VARCHAR, vector TINYINT[]);
-- Which mention of a brand calls a competitor better (or the brand better than the competitor).
CREATE TABLE preferences (mention_id VARCHAR, brand VARCHAR, rival VARCHAR, rival_better BOOLEAN);
-- What people said of texts. `sample` NULL: a correction, never part of an estimate from random samples.
CREATE TABLE labels (
    mention_id VARCHAR, brand VARCHAR, sample VARCHAR, version INTEGER, score TINYINT, emotions VARCHAR[],
    touchpoints VARCHAR[], bot BOOLEAN, note VARCHAR, labelled_at TIMESTAMPTZ
);
CREATE TABLE samples (
    sample VARCHAR, brand VARCHAR, seed BIGINT, population BIGINT, size INTEGER, made_at TIMESTAMPTZ
);
-- Groups that look coordinated. `direction` smear, boost or unclear; `verdict` coordinated, unusual or organic crisis;
-- `state` open, over, acknowledged, snoozed (until `snoozed_until`) or dismissed. `evidence`: a list of {toward: attack|organic, code, value,
-- usual, weight}, no text. The NPS is that of the brand in the days of the campaign (28 at least), all counted and
-- without it; `footprint_change` is {emotion: share with - share without}.
CREATE TABLE campaigns (
    campaign_id VARCHAR, brand VARCHAR, direction VARCHAR, found_at TIMESTAMPTZ, started_at TIMESTAMPTZ,
    ended_at TIMESTAMPTZ, updated_at TIMESTAMPTZ, mentions INTEGER, authors INTEGER, sources VARCHAR[],
    langs VARCHAR[], clusters INTEGER, set_aside INTEGER, p_value DOUBLE, q_value DOUBLE,
    nps_with DOUBLE, nps_without DOUBLE, footprint_change JSON, verdict VARCHAR, evidence JSON, reasons VARCHAR[],
    state VARCHAR, snoozed_until TIMESTAMPTZ
);
CREATE TABLE campaign_mentions (
    campaign_id VARCHAR, mention_id VARCHAR, cluster VARCHAR, p_bot FLOAT, reasons VARCHAR[]
);
-- Who posts the same as whom: `a` < `b` are authors' hashes, or mention ids where an author is unknown; `kind` copies,
-- near_copies, paraphrase or lockstep; `weight` 0..1, the mean over `pairs` pairs of mentions.
CREATE TABLE campaign_ties (
    campaign_id VARCHAR, a VARCHAR, b VARCHAR, kind VARCHAR, weight FLOAT, pairs INTEGER
);
CREATE TABLE campaign_accounts (
    campaign_id VARCHAR, author_hash VARCHAR, mentions INTEGER, first_at TIMESTAMPTZ, last_at TIMESTAMPTZ,
    age_days DOUBLE, one_mention BOOLEAN, targets INTEGER, p_bot FLOAT
);
-- Mentions that somebody marked as answered.
CREATE TABLE answered (mention_id VARCHAR, brand VARCHAR, answered_at TIMESTAMPTZ, who VARCHAR);
CREATE TABLE sources (
    target VARCHAR, kind VARCHAR, url VARCHAR, last_crawl TIMESTAMPTZ, pages INTEGER, new INTEGER, edited INTEGER,
    known INTEGER, rejected INTEGER, errors INTEGER, warnings VARCHAR[], watermark VARCHAR,
    mentions INTEGER, newest_mention TIMESTAMPTZ,
    recent INTEGER, longest_gap DOUBLE     -- dated mentions of its last eight weeks; the longest silence among them, days
);
CREATE TABLE benchmarks (
    level VARCHAR, name VARCHAR, nps DOUBLE, instrument VARCHAR, year INTEGER, country VARCHAR, note VARCHAR, origin VARCHAR
);
CREATE TABLE meta (key VARCHAR PRIMARY KEY, value VARCHAR);
