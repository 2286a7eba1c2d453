-- Groups of mentions that look coordinated, as detection sees them now. A later run updates a campaign (it is the
-- same one while mentions overlap); one whose ground is gone leaves.
CREATE TABLE campaigns (
    campaign_id VARCHAR PRIMARY KEY,
    brand VARCHAR NOT NULL,
    direction VARCHAR NOT NULL,
    found_at TIMESTAMPTZ NOT NULL,
    started_at TIMESTAMPTZ NOT NULL,
    ended_at TIMESTAMPTZ NOT NULL,
    updated_at TIMESTAMPTZ NOT NULL,
    mentions INTEGER NOT NULL,
    authors INTEGER NOT NULL,
    sources VARCHAR[] NOT NULL,
    langs VARCHAR[] NOT NULL,
    clusters INTEGER NOT NULL,
    set_aside INTEGER NOT NULL,
    p_value DOUBLE,
    q_value DOUBLE,
    verdict VARCHAR NOT NULL,
    reasons VARCHAR[] NOT NULL,
    evidence JSON NOT NULL
);
-- `cluster`: the texts of one wording; NULL where the member was found by its time, account or company alone.
CREATE TABLE campaign_mentions (
    campaign_id VARCHAR NOT NULL, mention_id VARCHAR NOT NULL, cluster VARCHAR,
    p_bot FLOAT NOT NULL, reasons VARCHAR[] NOT NULL
);
-- Who posts the same as whom: `a` < `b` are authors' hashes, or mention ids where an author is unknown.
CREATE TABLE campaign_ties (
    campaign_id VARCHAR NOT NULL, a VARCHAR NOT NULL, b VARCHAR NOT NULL, kind VARCHAR NOT NULL,
    weight FLOAT NOT NULL, pairs INTEGER NOT NULL
);
CREATE TABLE campaign_accounts (
    campaign_id VARCHAR NOT NULL, author_hash VARCHAR NOT NULL, mentions INTEGER NOT NULL,
    first_at TIMESTAMPTZ NOT NULL, last_at TIMESTAMPTZ NOT NULL,
    age_days DOUBLE, one_mention BOOLEAN, targets INTEGER NOT NULL, p_bot FLOAT NOT NULL
);
-- What a person said of a campaign, append-only; the newest word counts. `verdict` is acknowledged, snoozed (until
-- `until`), dismissed or reopened.
CREATE TABLE verdicts (
    campaign_id VARCHAR NOT NULL, verdict VARCHAR NOT NULL, reason VARCHAR, who VARCHAR,
    until TIMESTAMPTZ, said_at TIMESTAMPTZ NOT NULL
);
