"""What is each keyed source's own: fields, translations, replies, searches, quota, contracts, cursors."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Generator
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from keyed import KEYED, SECRETS, Reddit, Replay, Trustpilot, YouTube, stamp, unserved

from crawlers import registry
from crawlers.parsing import Page, Parsed
from crawlers.report import TargetReport
from crawlers.sources.youtube import _found, video_id
from crawlers.target import Target

MakePage = Callable[..., Page]
Play = Generator[Target, TargetReport, None]


def item(kind: str, **changes: Any) -> dict[str, Any]:
    return unserved(kind, 1).item(9, "Labi") | changes


def read(make_page: MakePage, kind: str, *items: Any, url: str = "https://api.example/x") -> Parsed:
    value = unserved(kind, len(items)).wrap(list(items))
    return registry.parse(kind, make_page(json.dumps(value), url))


# --- what is read -----------------------------------------------------------------------------------------


def test_a_review_of_trustpilot(make_page: MakePage) -> None:
    answered = item("trustpilot", isVerified=None, verificationLevel="not-verified", updatedAt=stamp(9, 60))
    answered["companyReply"] = {"text": "Atvainojiet!", "createdAt": stamp(9)}
    first, second = read(make_page, "trustpilot", item("trustpilot"), answered).mentions
    assert (first.rating, first.rating_min, first.rating_max, first.verified) == (5, 1, 5, False)
    assert (first.title, first.lang, first.likes, first.edited_at) == ("Virsraksts 9", "lv", 2, None)
    assert (second.verified, second.owner_reply) == (False, "Atvainojiet!")
    assert second.edited_at is not None and first.author_hash == second.author_hash
    assert first.url == f"https://www.trustpilot.com/reviews/{first.native_id}"


def test_stars_alone_are_a_review_and_nothing_at_all_is_none(make_page: MakePage) -> None:
    alone = item("trustpilot", text="", title=None)
    parsed = read(make_page, "trustpilot", alone, alone | {"stars": 9}, alone | {"id": None})
    assert [mention.rating for mention in parsed.mentions] == [5]
    assert [reject.reason for reject in parsed.rejects] == [
        "a mention needs a text or a rating", "review without an id",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("comment", "text"),
    [
        ("(Translated by Google) Good\n\n(Original)\nLabs serviss", "Labs serviss"),
        ("Labs serviss\n\n(Translated by Google)\nGood service", "Labs serviss"),
        ("(Translated by Google) Good", "Good"),
        (None, None),
    ],
)
def test_the_original_stands_not_its_translation(
    comment: str | None, text: str | None, make_page: MakePage
) -> None:
    (found,) = read(make_page, "googlebusiness", item("googlebusiness", comment=comment)).mentions
    assert (found.text, found.rating) == (text, 5)


def test_a_place_its_average_and_an_anonymous_visitor(make_page: MakePage) -> None:
    anonymous = item("googlebusiness", reviewer={"isAnonymous": True, "displayName": "A Google User"})
    anonymous["reviewReply"] = {"comment": "Paldies!", "updateTime": stamp(9)}
    place = "https://mybusiness.googleapis.com/v4/accounts/1/locations/2/reviews"
    parsed = read(make_page, "googlebusiness", anonymous, url=place)
    (found,) = parsed.mentions
    assert (found.author_hash, found.owner_reply, found.segments) == (None, "Paldies!", {"location": "2"})
    assert (parsed.ratings[0].rating, parsed.ratings[0].reviews) == (4.2, 1)


def test_a_post_of_bluesky_and_one_for_members_only(make_page: MakePage) -> None:
    answer = item("bluesky")
    above = {"uri": "at://did:plc:b/app.bsky.feed.post/3kq", "cid": "bafyreiq12345678901"}
    answer["record"] = answer["record"] | {"reply": {"parent": above, "root": above}}
    hidden = item("bluesky")
    hidden["author"] = hidden["author"] | {"labels": [{"val": "!no-unauthenticated"}]}
    late = item("bluesky", indexedAt=stamp(3))
    parsed = read(make_page, "bluesky", answer, hidden, late)
    first, second = parsed.mentions
    assert (first.kind, first.parent_id, first.lang, first.url) == (
        "reply",
        "3kq-q12345678901",
        "lv",
        None,
    )
    assert [reject.reason for reject in parsed.rejects] == ["its author shows it to members only"]
    assert second.published_at is not None and second.published_at.isoformat()[:19] == stamp(3)[:19]


def test_posts_and_comments_of_reddit(make_page: MakePage) -> None:
    deep = comment("c3", "t1_c2", "> citēts\n\nsk. [šeit](https://x.example) un u/janis_77")
    tree = comment("c1", "t3_9", "Pirmais", comment("c2", "t1_c1", "[removed]", deep))
    page = [unserved("reddit", 1).wrap([item("reddit")]), {"kind": "Listing", "data": {"children": [tree]}}]
    parsed = registry.parse("reddit", make_page(json.dumps(page)))
    post, first, third = parsed.mentions
    assert (post.kind, post.title, post.url) == ("post", "Jautājums 9", "https://www.reddit.com/comments/9/")
    assert (first.kind, first.parent_id) == ("comment", "t3_9")
    assert (third.kind, third.text) == ("reply", "sk. šeit un @user")
    assert third.url == "https://www.reddit.com/comments/9/_/c3/"
    assert [reject.reason for reject in parsed.rejects] == ["deleted"]


def comment(name: str, above: str, body: str, *replies: Any) -> dict[str, Any]:
    data = item("reddit", id=name, name=f"t1_{name}", parent_id=above, link_id="t3_9", body=body)
    below = {"kind": "Listing", "data": {"children": list(replies)}} if replies else ""
    gone = {"selftext", "title", "num_comments"}
    return {"kind": "t1", "data": {k: v for k, v in data.items() if k not in gone} | {"replies": below}}


def test_a_link_is_what_its_title_says_and_a_machine_says_nothing(make_page: MakePage) -> None:
    link = item("reddit", selftext="", author="[deleted]", subreddit="u_janis")
    machine = item("reddit", author="AutoModerator")
    parsed = read(make_page, "reddit", link, machine, item("reddit", selftext="[deleted]"))
    (found,) = parsed.mentions
    assert (found.text, found.title, found.author_hash, found.segments) == ("Jautājums 9", None, None, None)
    assert [reject.reason for reject in parsed.rejects] == ["a bot's post", "deleted"]


def test_a_video_speaks_for_itself_and_its_comments_lead_to_it(make_page: MakePage) -> None:
    replay = unserved("youtube", 0)
    assert isinstance(replay, YouTube)
    video = replay.video(defaultAudioLanguage="lv-LV", description="Vairāk: @kanals_7")
    found = registry.parse("youtube", make_page(json.dumps({"items": [video, replay.video(description="")]})))
    first, second = found.mentions
    assert (first.kind, first.title, first.text, first.lang) == (
        "post",
        "Nordtel apskats",
        "Vairāk: @user",
        "lv",
    )
    assert (first.likes, first.replies, second.title, second.text) == (12, 0, None, "Nordtel apskats")
    thread = read(make_page, "youtube", replay.item(10, "Labs &amp; <b>ātrs</b>"))
    above, reply = thread.mentions[:2]
    assert (above.text, above.kind, above.parent_id, above.replies) == (
        "Labs & ātrs",
        "comment",
        YouTube.VIDEO,
        7,
    )
    assert above.url == f"https://www.youtube.com/watch?v={YouTube.VIDEO}&lc=Ugx10"
    assert (reply.kind, reply.parent_id, reply.replies) == ("reply", "Ugx10", None)


def test_what_a_search_finds_only_leads_to_videos(make_page: MakePage) -> None:
    found = {
        "items": [{"id": {"kind": "youtube#video", "videoId": YouTube.VIDEO}, "snippet": {"title": "x"}}]
    }
    assert registry.parse("youtube", make_page(json.dumps(found))) == Parsed()


@pytest.mark.parametrize(
    ("named", "number"),
    [
        ("dQw4w9WgXcQ", "dQw4w9WgXcQ"),
        ("https://www.youtube.com/watch?v=dQw4w9WgXcQ&t=9", "dQw4w9WgXcQ"),
        ("https://youtu.be/dQw4w9WgXcQ?si=x", "dQw4w9WgXcQ"),
        ("https://m.youtube.com/shorts/dQw4w9WgXcQ", "dQw4w9WgXcQ"),
        ("https://www.youtube.com/@nordtel_test1", None),
        ("https://evil.example/watch?v=dQw4w9WgXcQ", None),
        ("", None),
    ],
)
def test_videos_by_address(named: str, number: str | None) -> None:
    assert video_id(named) == number


@pytest.mark.parametrize(
    ("name", "mentions", "machines"), [("reddit_r_comments", 98, 2), ("reddit_search", 6, 0)]
)
def test_recorded_answers_of_reddit(
    name: str, mentions: int, machines: int, make_page: MakePage, shared: Path
) -> None:
    body = (shared / "samples" / "recorded" / f"{name}.json").read_bytes()
    parsed = registry.parse("reddit", make_page(body))
    assert (len(parsed.mentions), parsed.warnings) == (mentions, [])
    assert [reject.reason for reject in parsed.rejects] == ["a bot's post"] * machines
    assert all(mention.published_at and mention.segments and mention.url for mention in parsed.mentions)
    names = {child["data"]["author"] for child in json.loads(body)["data"]["children"]}
    assert not [mention for mention in parsed.mentions if mention.author_hash in names]


@pytest.mark.parametrize("since", [None, "2026-03-01"])
def test_a_later_search_asks_for_what_is_new(since: str | None) -> None:
    asked: list[dict[str, Any]] = []

    async def get(method: str, **query: Any) -> Any:
        asked.append(query)
        number = len(asked)
        return {
            "items": [{"id": {"videoId": f"{number:011d}"}}, {"id": {"channelId": "x"}}],
            "nextPageToken": "n",
        }

    visit = SimpleNamespace(
        target=Target("t", "youtube", options={"language": "lv"}),
        option=lambda *_: 2,
        json=lambda answer: answer,
    )
    api: Any = SimpleNamespace(visit=visit, get=get)
    assert asyncio.run(_found(api, "Nordtel", since)) == ["00000000001", "00000000002"]
    assert [query["pageToken"] for query in asked] == [None, "n"]
    assert asked[0]["relevanceLanguage"] == "lv" and asked[0]["cost"] == 100
    assert asked[0]["order"] == ("date" if since else "relevance")
    assert asked[0].get("publishedAfter") == ("2026-02-28T00:00:00Z" if since else None)


# --- the walk ---------------------------------------------------------------------------------------------


def target(stage: Any, replay: Replay, **options: Any) -> Target:
    given = {name: value for name, value in (replay.options() | options).items() if value is not None}
    return Target(stage.name, replay.kind, options=given)


def ids(stage: Any) -> set[str]:
    found = [record["native_id"] for record in stage.landed()]
    assert len(found) == len(set(found))
    return set(found)


def review_videos(stage: Any) -> Play:
    """A search leads to videos: their own words and all their comments land; one search a day."""
    replay = YouTube(stage, 25)
    searches = []

    def search(asked: Any) -> Any:
        searches.append(asked.query)
        return {"items": [{"id": {"videoId": YouTube.VIDEO}}, {"id": {"videoId": "aaaaaaaaaaa"}}]}

    stage.site.json("/youtube/v3/search", replay.keyed(search, cost=100))
    report = yield replace(target(stage, replay, video=None), brand="Nordtel")
    assert (report.outcome, report.errors) == ("done", [])
    assert ids(stage) == replay.ids()
    assert report.warnings == ["YouTube shows no video aaaaaaaaaaa: it is gone or private"]
    assert [query["q"] for query in searches] == [["Nordtel"]]
    assert report.watermark["units"]["spent"] == replay.spent > 100
    replay.add(26)
    report = yield replace(target(stage, replay, video=None), brand="Nordtel")
    assert (report.new, len(searches)) == (1, 1)
    spent = replay.spent
    report = yield replace(target(stage, replay, video=None), brand="Nordtel")
    assert (report.new, replay.spent) == (0, spent + 1)  # as many comments as before: nothing else is asked
    assert "publishedAfter" not in searches[0] and report.watermark["searched"].keys() == {"Nordtel"}


def a_channel(stage: Any) -> Play:
    """All videos of a channel, found by its name."""
    replay = YouTube(stage, 12)
    stage.site.json("/youtube/v3/channels", replay.keyed(lambda asked: {"items": [{"id": "UC" + "x" * 22}]}))
    report = yield target(stage, replay, video=None, channel="@nordtel")
    assert (report.outcome, report.errors) == ("done", [])
    assert ids(stage) == replay.ids() - {YouTube.VIDEO}
    assert stage.site.asked[0].query["forHandle"] == ["@nordtel"]


def units(stage: Any) -> Play:
    """The target's share of the quota ends the run by name, before anything is asked beyond it."""
    replay = YouTube(stage, 90)
    report = yield target(stage, replay, units_per_day=3)
    assert report.errors[0].what.startswith("QuotaUsedUp: 3 of 3 units") and report.outcome == "partial"
    assert replay.spent == 3
    report = yield target(stage, replay, units_per_day=200)
    assert (report.outcome, report.errors) == ("done", [])
    assert ids(stage) == replay.ids()


def the_keys_quota(stage: Any) -> Play:
    """The quota of the key itself, said with a 403, is no refused key."""
    replay = YouTube(stage, 3)
    used_up = {"error": {"code": 403, "errors": [{"reason": "quotaExceeded"}]}}
    stage.site.json("/youtube/v3/videos", lambda _: replay.no(403, used_up))
    report = yield target(stage, replay)
    assert report.errors[0].what.startswith("QuotaUsedUp") and "midnight" in report.errors[0].next_step


def comments_off(stage: Any) -> Play:
    """A video without comments is passed over; its own words have landed."""
    replay = YouTube(stage, 3)
    off = {"error": {"code": 403, "errors": [{"reason": "commentsDisabled"}]}}
    stage.site.json("/youtube/v3/commentThreads", lambda _: replay.no(403, off))
    report = yield target(stage, replay)
    assert (report.outcome, report.new, report.errors) == ("done", 1, [])
    assert report.skipped[0].what.startswith("CommentsOff")


def no_contract(stage: Any) -> Play:
    """Reddit stays off until the target names its contract: nothing is asked."""
    replay = Reddit(stage, 3)
    report = yield target(stage, replay, contract=None)
    assert report.errors[0].what == "ContractNeeded: reddit is off: its terms ask for a contract"
    assert "contract = " in report.errors[0].next_step and stage.site.asked == []


def found_with_comments(stage: Any) -> Play:
    """A search's posts bring their comments, those that the answer left out too, and no more twice."""
    replay = Reddit(stage, 3)
    replay.items[2]["num_comments"] = 205
    many = [comment(f"m{n}", "t3_2", f"Viedoklis {n}") for n in range(204)]
    shown, hidden = many[:3], [each["data"]["id"] for each in many[3:]]
    more = {"kind": "more", "data": {"children": hidden, "parent_id": "t3_2", "name": "t1__"}}
    deep = {"kind": "more", "data": {"children": [], "parent_id": "t1_m0", "name": "t1__"}}
    below = comment("d1", "t1_m0", "Dziļi")

    def page(asked: Any) -> Any:
        tree = [below] if "comment" in asked.query else [*shown, more, deep]
        return [replay.wrap([replay.items[2]]), {"kind": "Listing", "data": {"children": tree}}]

    def grow(asked: Any) -> Any:
        wanted = asked.query["children"][0].split(",")
        assert len(wanted) <= 100 and asked.query["link_id"] == ["t3_2"]
        return {"json": {"data": {"things": [many[int(name[1:])] for name in wanted]}}}

    stage.site.json("/r/latvia/search", replay.guarded(replay._page))
    stage.site.json("/comments/2", replay.guarded(page))
    stage.site.json("/api/morechildren", replay.guarded(grow))
    report = yield target(stage, replay, query="Nordtel")
    assert (report.outcome, report.errors, report.warnings) == ("done", [], [])
    assert ids(stage) == replay.ids() | {f"t1_m{n}" for n in range(204)} | {"t1_d1"}
    asked = len(stage.site.asked)
    report = yield target(stage, replay, query="Nordtel")
    assert (report.new, len(stage.site.asked) - asked) == (0, 2)  # a token and the first page


def by_its_page(stage: Any) -> Play:
    """The business by the address of its page; its rating is a snapshot of the report."""
    replay = Trustpilot(stage, 3)
    report = yield replace(
        target(stage, replay, domain=None), url="https://www.trustpilot.com/review/nordtel.example"
    )
    assert (report.outcome, report.new) == ("done", 3)
    assert (report.ratings[0].rating, report.ratings[0].reviews, report.ratings[0].product) == (
        3.7,
        412,
        "Nordtel",
    )


def many_in_a_second(stage: Any) -> Play:
    """More posts than cursors reach are found window by window."""
    replay = KEYED["bluesky"](stage, 1_030)
    report = yield target(stage, replay)
    assert (report.outcome, report.errors) == ("done", [])
    assert ids(stage) == replay.ids()
    assert any("until" in asked.query for asked in stage.site.asked)


def nowhere_to_look(stage: Any) -> Play:
    """A target that names nothing says what it lacks."""
    replay = KEYED["googlebusiness"](stage, 1)
    report = yield target(stage, replay, location=None)
    assert report.errors[0].what == "BadTarget: no place to read reviews of"


SCENARIOS = {
    scenario.__name__: scenario
    for scenario in (
        review_videos, a_channel, units, the_keys_quota, comments_off, no_contract, found_with_comments,
        by_its_page, many_in_a_second, nowhere_to_look,
    )
}  # fmt: skip


@pytest.fixture(scope="module")
def played(play: Any, make_home: Any, tmp_path_factory: Any) -> dict[str, Exception | None]:
    home = make_home(tmp_path_factory.mktemp("details") / "landing")
    home.secrets = SECRETS
    found: dict[str, Exception | None] = play(SCENARIOS, home)
    return found


@pytest.mark.parametrize("name", SCENARIOS)
def test_spider(name: str, played: dict[str, Exception | None]) -> None:
    if error := played[name]:
        raise error
