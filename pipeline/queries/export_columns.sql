-- name: mentions
-- What an export says of a mention, from `facts` and `mentions AS m`.
facts.mention_id, facts.brand, facts.source, facts.source_kind, facts.kind, facts.product, facts.lang,
    m.title, m.text, m.pros, m.cons, m.rating, m.rating_min, m.rating_max, facts.native_class, facts.score,
    facts.p_detractor, facts.p_passive, facts.p_promoter, facts.abstain, facts.p_bot, facts.set_aside,
    m.url, m.places, m.published_at, m.published_precision, m.collected_at, m.edited_at, m.verified, m.likes,
    m.replies, m.owner_reply, CAST(m.segments AS VARCHAR) AS segments
