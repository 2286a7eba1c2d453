"""What Lemmy's posts and comments mean."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from crawlers.parsing import Page, Parsed
from crawlers.sources.lemmy import parse

MakePage = Callable[..., Page]
URL = "https://here.example/api/v3/search?q=Nordtel"


def post(number: int = 12, **changes: Any) -> dict[str, Any]:
    own = {
        "id": number,
        "name": "Pieredze ar Nordtel?",
        "body": f"> citāts\n\nSlikts [pārklājums](https://x.example/k) laukos 🙁 #{number}",
        "ap_id": f"https://majas.example/post/{number}",
        "published": "2026-03-01T10:00:00.123456Z",
        "deleted": False,
        "removed": False,
    }
    return {
        "post": own | changes,
        "creator": {
            "name": "zane_b", "actor_id": "https://majas.example/u/zane_b", "bot_account": False,
            "published": "2023-06-12T01:02:03",
        },
        "community": {"name": "telekomi"},
        "counts": {"comments": 3, "score": 5, "upvotes": 6, "downvotes": 1},
    }  # fmt: skip


def comment(number: int = 34, path: str = "0.34", **changes: Any) -> dict[str, Any]:
    own = {
        "id": number,
        "content": f"Man strādā, @liga@cits.example #{number}",
        "path": path,
        "ap_id": f"https://cits.example/comment/{number}",
        "published": "2026-03-01T11:00:00Z",
        "updated": "2026-03-01T12:00:00Z",
    }
    around = {key: value for key, value in post().items() if key != "counts"}
    return around | {"comment": own | changes, "counts": {"child_count": 0, "score": -1}}


def read(make_page: MakePage, *, posts: Any = (), comments: Any = ()) -> Parsed:
    return parse(
        make_page(json.dumps({"posts": list(posts), "comments": list(comments), "users": [{}]}), URL)
    )


def test_posts_and_comments_become_mentions(make_page: MakePage) -> None:
    parsed = read(
        make_page, posts=[post()], comments=[comment(), comment(56, "0.34.56"), comment(78, "0.9.78")]
    )
    first, second, third, fourth = parsed.mentions
    assert (first.source, first.kind, first.native_id) == ("lemmy:majas.example", "post", "post/12")
    assert (first.title, first.text) == ("Pieredze ar Nordtel?", "Slikts pārklājums laukos 🙁 #12")
    assert (first.likes, first.replies, first.segments) == (6, 3, {"community": "telekomi"})
    assert first.url == "https://majas.example/post/12" and first.edited_at is None
    assert (second.kind, second.source, second.parent_id) == ("comment", "lemmy:cits.example", "post/12")
    assert (second.text, second.likes) == ("Man strādā, @user #34", -1)
    assert second.edited_at is not None and second.author_created_at is not None
    assert (third.kind, third.parent_id, fourth.parent_id) == ("reply", "comment/34", "comment/9")
    assert "zane_b" not in first.to_json()


def test_a_post_of_another_network_does_not_show_its_author(make_page: MakePage) -> None:
    (mention,) = read(
        make_page, comments=[comment(ap_id="https://m.example/users/liga/statuses/77")]
    ).mentions
    assert (mention.native_id, mention.url) == ("77", "https://here.example/comment/34")


def test_what_is_not_to_be_taken_is_rejected(make_page: MakePage) -> None:
    bot = post(7) | {"creator": {"name": "b", "bot_account": True}}
    posts = [post(1, deleted=True), post(2, removed=True), bot, post(None), post(4, body=None)]
    parsed = read(make_page, posts=posts, comments=[comment(content="> tikai citāts"), 5])
    reasons = [reject.reason for reject in parsed.rejects]
    assert reasons == [
        "deleted",
        "deleted",
        "a bot's post",
        "item without an id",
        "no text of its own",
        "item without an id",
    ]
    assert [(mention.text, mention.title) for mention in parsed.mentions] == [("Pieredze ar Nordtel?", None)]
    assert "items without 'ap_id': has the format changed?" in parsed.warnings
