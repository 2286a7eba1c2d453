-- Which brand a text calls better than which; '' stands for the brand that its page speaks of.
CREATE TABLE comparisons (content_hash VARCHAR NOT NULL, better VARCHAR NOT NULL, worse VARCHAR NOT NULL);
-- The texts that were searched for comparisons, so that only new ones are.
CREATE TABLE compared (content_hash VARCHAR NOT NULL);
