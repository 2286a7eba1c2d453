"""What the App Store's feed means, entry by entry."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from crawlers.parsing import Page, Parsed
from crawlers.sources.appstore import parse

MakePage = Callable[..., Page]
URL = "https://itunes.apple.com/ee/rss/customerreviews/page=1/id=4711/sortby=mostrecent/json"
APP = {"im:name": {"label": "Nordtel"}, "id": {"label": "https://apps.apple.com/ee/app/nordtel/id4711"}}


def label(value: Any) -> dict[str, Any]:
    return {"label": value}


def entry(number: int = 9, **changes: Any) -> dict[str, Any]:
    return {
        "id": label(str(number)),
        "author": {"name": label("Õnne Ööbik"), "uri": label("https://itunes.apple.com/ee/reviews/id880077")},
        "im:version": label("4.2.1"),
        "im:rating": label("2"),
        "title": label("Ei tööta"),
        "content": {"label": f"Rakendus jookseb kokku 😡 #{number}", "attributes": {"type": "text"}},
        "updated": label("2026-03-01T03:00:00-07:00"),
        "im:voteSum": label("5"),
        "im:voteCount": label("6"),
        "link": {"attributes": {"href": "https://itunes.apple.com/ee/review?id=4711&type=Purple%20Software"}},
    } | changes


def read(make_page: MakePage, entries: Any, url: str = URL) -> Parsed:
    return parse(make_page(json.dumps({"feed": {"entry": entries}}), url))


def test_a_review_becomes_a_mention(make_page: MakePage) -> None:
    parsed = read(make_page, [APP, entry()])
    (mention,) = parsed.mentions
    assert (mention.source, mention.kind, mention.native_id) == ("appstore:apps.apple.com", "review", "9")
    assert (mention.title, mention.text) == ("Ei tööta", "Rakendus jookseb kokku 😡 #9")
    assert (mention.rating, mention.rating_min, mention.rating_max) == (2, 1, 5)
    assert (mention.product, mention.segments) == ("Nordtel", {"country": "ee", "app_version": "4.2.1"})
    assert mention.published_at is not None
    assert mention.published_at.isoformat() == "2026-03-01T10:00:00+00:00"
    assert mention.likes == 5 and mention.author_hash
    assert "Ööbik" not in mention.to_json() and "880077" not in mention.to_json()
    assert (parsed.found, parsed.rejects, parsed.warnings) == (1, [], [])


def test_one_entry_and_none(make_page: MakePage) -> None:
    assert [mention.native_id for mention in read(make_page, entry()).mentions] == ["9"]
    assert parse(make_page('{"feed": {"title": {"label": "x"}}}', URL)) == Parsed()


def test_what_lacks_its_stars_is_told(make_page: MakePage) -> None:
    lost = {key: value for key, value in entry().items() if key != "im:rating"}
    parsed = read(make_page, [lost, entry(2, **{"im:rating": label("11")}), entry(3, id=None), "x"])
    assert [(mention.native_id, mention.rating) for mention in parsed.mentions] == [("2", None)]
    assert len(parsed.rejects) == 3
    assert "items without 'im:rating': has the format changed?" in parsed.warnings
