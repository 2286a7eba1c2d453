"""What Steam's reviews mean, one by one."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from crawlers.parsing import Page, Parsed
from crawlers.sources.steam import app_number, parse

MakePage = Callable[..., Page]
URL = "https://store.steampowered.com/appreviews/4711?json=1&cursor=*"


def review(number: int = 9, **changes: Any) -> dict[str, Any]:
    return {
        "recommendationid": str(number),
        "author": {"steamid": "76561190000000077", "num_reviews": 12, "playtime_forever": 600},
        "language": "latvian",
        "review": f"[h1]Laba spēle[/h1] Iesaku @draugs_1 👍 #{number}",
        "timestamp_created": 1_772_359_200,
        "timestamp_updated": 1_772_359_200,
        "voted_up": True,
        "votes_up": 3,
        "comment_count": 1,
        "steam_purchase": True,
        "received_for_free": False,
    } | changes


def read(make_page: MakePage, *reviews: Any, **more: Any) -> Parsed:
    return parse(make_page(json.dumps({"success": 1, "reviews": list(reviews), "cursor": "AoJ"} | more), URL))


def test_a_review_becomes_a_mention(make_page: MakePage) -> None:
    answered = review(
        10, voted_up=False, timestamp_updated=1_772_369_200, developer_response="[b]Paldies[/b]!"
    )
    first, second = read(make_page, review(), answered | {"received_for_free": True}).mentions
    assert (first.source, first.kind, first.native_id, first.lang) == (
        "steam:store.steampowered.com", "review", "9", "lv",
    )  # fmt: skip
    assert first.text == "Laba spēle Iesaku @user 👍 #9"
    assert (first.rating, first.rating_min, first.rating_max, first.verified) == (1, 0, 1, True)
    assert (first.likes, first.replies, first.author_mentions, first.edited_at) == (3, 1, 12, None)
    assert (second.rating, second.owner_reply, second.segments) == (
        0,
        "Paldies !",
        {"received_for_free": "true"},
    )
    assert second.edited_at is not None
    assert "76561190000000077" not in first.to_json() and first.author_hash == second.author_hash


def test_a_verdict_alone_is_a_mention_and_its_loss_is_told(make_page: MakePage) -> None:
    lost = {key: value for key, value in review(2).items() if key != "voted_up"}
    parsed = read(make_page, review(1, review=""), lost, review(3, review="", voted_up=None), {})
    assert [(mention.text is None, mention.rating) for mention in parsed.mentions] == [
        (True, 1),
        (False, None),
    ]
    assert [reject.reason for reject in parsed.rejects] == [
        "a mention needs a text or a rating", "review without an id",
    ]  # fmt: skip
    assert "items without 'voted_up': has the format changed?" in parsed.warnings


def test_the_summary_is_a_snapshot_of_the_rating(make_page: MakePage) -> None:
    summary = {"num_reviews": 1, "total_positive": 75, "total_negative": 25, "total_reviews": 100}
    (rating,) = read(make_page, review(), query_summary=summary).ratings
    assert (rating.rating, rating.rating_min, rating.rating_max, rating.reviews) == (0.75, 0, 1, 100)
    assert read(make_page, review(), query_summary={"num_reviews": 1}).ratings == []


@pytest.mark.parametrize(
    ("url", "number"),
    [(URL, "4711"), ("https://steamcommunity.com/app/12/reviews", "12"), ("https://x.example/app/", None)],
)
def test_apps_by_address(url: str, number: str | None) -> None:
    assert app_number(url) == number
