"""What the hits of the Hacker News search mean."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from crawlers.parsing import Page, Parsed
from crawlers.sources.hackernews import parse

MakePage = Callable[..., Page]


def hit(number: int = 90, **changes: Any) -> dict[str, Any]:
    return {
        "objectID": str(number),
        "author": "kalnins_77",
        "comment_text": f"<p>Nordtel šķiet lēns 🙂 #{number}",
        "story_title": "Ask HN: Mobile internet in Rīga?",
        "story_id": 5,
        "parent_id": 5,
        "points": None,
        "created_at": "2026-03-01T10:00:00Z",
        "created_at_i": 1_772_359_200,
        "_tags": ["comment", "author_kalnins_77", "story_5"],
    } | changes


def read(make_page: MakePage, *hits: Any) -> Parsed:
    return parse(make_page(json.dumps({"hits": list(hits), "nbHits": len(hits), "nbPages": 1, "page": 0})))


def test_a_comment_becomes_a_mention(make_page: MakePage) -> None:
    (mention,) = read(make_page, hit()).mentions
    assert (mention.source, mention.kind, mention.native_id) == (
        "hackernews:news.ycombinator.com",
        "comment",
        "90",
    )
    assert (mention.text, mention.title) == (
        "Nordtel šķiet lēns 🙂 #90",
        "Ask HN: Mobile internet in Rīga?",
    )
    assert (mention.parent_id, mention.url) == ("5", "https://news.ycombinator.com/item?id=90")
    assert mention.published_at is not None
    assert mention.published_at.isoformat() == "2026-03-01T10:00:00+00:00"
    assert mention.author_hash and "kalnins" not in mention.to_json()


def test_stories_replies_quotes_and_handles(make_page: MakePage) -> None:
    link = hit(
        1,
        comment_text=None,
        title="Nordtel opens",
        points=12,
        num_comments=4,
        _tags=["story"],
        parent_id=None,
    )
    asks = hit(
        2, comment_text=None, title="Ask HN: fibre?", story_text="<p>Kurš ir labākais?", _tags=["story"]
    )
    reply = hit(3, parent_id=90, comment_text="<p>&gt; šķiet lēns<p>Nav taisnība, @janis, pie manis ātrs")
    first, second, third = read(make_page, link, asks, reply).mentions
    assert (first.kind, first.text, first.title, first.likes, first.replies) == (
        "post",
        "Nordtel opens",
        None,
        12,
        4,
    )
    assert (second.kind, second.text, second.title) == ("post", "Kurš ir labākais?", "Ask HN: fibre?")
    assert (third.kind, third.parent_id, third.text) == ("reply", "90", "Nav taisnība, @user, pie manis ātrs")


def test_what_cannot_be_taken_is_rejected_and_a_lost_field_is_told(make_page: MakePage) -> None:
    lost = {key: value for key, value in hit().items() if key != "author"}
    parsed = read(make_page, hit(1, comment_text="<p>&gt; only a quote"), hit(2, objectID=None), lost, 7)
    assert [mention.native_id for mention in parsed.mentions] == ["90"]
    assert [reject.reason for reject in parsed.rejects] == [
        "no text of its own",
        "hit without an id",
        "hit without an id",
    ]
    assert "items without 'author': has the format changed?" in parsed.warnings
    assert parsed.found == 4
