"""What Steam's reviews mean, one by one, and how their spider follows the cursor."""

from __future__ import annotations

import json
from collections.abc import Callable, Generator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crawlers.parsing import Page, Parsed, ParseError
from crawlers.report import TargetReport
from crawlers.sources.steam import app_number, parse
from crawlers.target import Target

MakePage = Callable[..., Page]
Play = Generator[Target, TargetReport, None]
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


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b'{"success": 2, "reviews": []}', b"<html>", b"\xff"])
def test_no_reviews_of_steam_is_said_so(make_page: MakePage, body: bytes) -> None:
    with pytest.raises(ParseError, match=r"example\.com"):
        parse(make_page(body))


@pytest.mark.parametrize(
    ("url", "number"),
    [(URL, "4711"), ("https://steamcommunity.com/app/12/reviews", "12"), ("https://x.example/app/", None)],
)
def test_apps_by_address(url: str, number: str | None) -> None:
    assert app_number(url) == number


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=6,
)
odd = st.fixed_dictionaries({}, optional=dict.fromkeys(review(), values) | {"developer_response": values})


@settings(max_examples=60, deadline=None)
@given(items=st.lists(odd | values, max_size=4), summary=values)
def test_any_json_is_read_or_refused_by_name(items: list[Any], summary: Any, make_page: MakePage) -> None:
    parsed = read(make_page, *items, query_summary=summary)
    assert parsed.found == len(items) == len(parsed.mentions) + len(parsed.rejects)
    for mention in parsed.mentions:
        assert mention.text or mention.rating is not None
        mention.to_json().encode()


# --- the spider -------------------------------------------------------------------------------------------


class Store:
    """Reviews by the time of their last change, behind cursors; a page in the middle is short."""

    def __init__(self, stage: Any, number: int) -> None:
        self.reviews = [review(n, timestamp_updated=1_700_000_000 + n) for n in range(1, number + 1)]
        stage.site.json("/appreviews/4711", self._page)

    def change(self, place: int, text: str) -> None:
        self.reviews.append(self.reviews.pop(place) | {"review": text, "timestamp_updated": 1_780_000_000})

    def _page(self, asked: Any) -> Any:
        cursor = asked.query["cursor"][0]
        ordered = sorted(self.reviews, key=lambda one: -one["timestamp_updated"])
        after = None if cursor == "*" else int(cursor.removeprefix("A+/=&"))
        rest = [one for one in ordered if after is None or one["timestamp_updated"] < after]
        shown = rest[: 37 if after and after % 2 else 100]
        following = f"A+/=&{shown[-1]['timestamp_updated']}" if shown else cursor
        value = {"success": 1, "reviews": shown, "cursor": following}
        summary = {"total_positive": 1, "total_reviews": 2} if cursor == "*" else {"num_reviews": len(shown)}
        return value | {"query_summary": summary}


@pytest.fixture(scope="module")
def played(play: Any, make_home: Any, tmp_path_factory: Any) -> dict[str, Exception | None]:
    home = make_home(tmp_path_factory.mktemp("steam") / "landing")
    found: dict[str, Exception | None] = play(SCENARIOS, home)
    return found


def whole(stage: Any) -> Play:
    """To the empty page, through a pause and a failure; then to the watermark, where edits come first."""
    store = Store(stage, 640)
    failures = [{"status": 429, "headers": {"Retry-After": "0"}}, {"status": 503}]
    stage.site.first_answer("/appreviews/4711", failures)
    report = yield stage.target("/app/4711/A_Game/", "steam")
    assert (report.outcome, report.new, report.errors, report.warnings) == ("done", 640, [], [])
    assert len({record["native_id"] for record in stage.landed()}) == len(stage.landed()) == 640
    assert report.ratings[0].rating == 0.5
    report = yield stage.target("/app/4711/A_Game/", "steam")
    assert (report.outcome, report.new, report.edited, report.pages) == ("done", 0, 0, 1)
    store.change(3, "Labots")
    store.reviews[100]["review"] = "changed without telling"
    report = yield stage.target("/app/4711/A_Game/", "steam")
    assert (report.new, report.edited) == (0, 1)
    report = yield stage.target("/app/4711/A_Game/", "steam", recheck_days=0)
    assert (report.new, report.edited) == (0, 1)


def broken_off(stage: Any) -> Play:
    """A walk that fails in the middle is gone on with at its cursor, after what is new."""
    store = Store(stage, 450)
    third = [{"status": 500}] * 3
    stage.site.first_answer("/appreviews/4711", third, lambda asked: asked.query["cursor"][0].endswith("314"))
    report = yield stage.target("/app/4711", "steam")
    assert (report.outcome, report.new) == ("partial", 137)
    store.reviews.append(review(900, timestamp_updated=1_779_000_000))
    report = yield stage.target("/app/4711", "steam")
    assert (report.outcome, report.new) == ("done", 314)
    assert len({record["native_id"] for record in stage.landed()}) == len(stage.landed()) == 451


def refused(stage: Any) -> Play:
    """Steam answers 200 also when it did not succeed: an error, not an end."""
    stage.site.json("/appreviews/4711", {"success": 2})
    report = yield stage.target("/app/4711", "steam")
    assert report.outcome == "partial" and report.errors[0].what.startswith("ParseError")


def no_app(stage: Any) -> Play:
    """A target without an app says what it lacks."""
    report = yield stage.target("/", "steam")
    assert report.outcome == "failed" and report.errors[0].what.startswith("BadTarget")


SCENARIOS = {scenario.__name__: scenario for scenario in (whole, broken_off, refused, no_app)}


@pytest.mark.parametrize("name", SCENARIOS)
def test_spider(name: str, played: dict[str, Exception | None]) -> None:
    if error := played[name]:
        raise error
