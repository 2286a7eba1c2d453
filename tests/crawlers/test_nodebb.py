"""What NodeBB's posts mean, and how its spider walks topics and categories."""

from __future__ import annotations

import json
from collections.abc import Callable, Generator
from typing import Any

import pytest
from open_social import NodeBB

from crawlers.parsing import Page, Parsed
from crawlers.report import TargetReport
from crawlers.sources.nodebb import Place, parse
from crawlers.target import Target

MakePage = Callable[..., Page]
Play = Generator[Target, TargetReport, None]
TOPIC = {
    "tid": 9,
    "slug": "9/atsauksmes",
    "title": "Pieredze ar &quot;Nordtel&quot;?",
    "mainPid": 70,
    "category": {"name": "Telekomi"},
}


def post(number: int = 71, **changes: Any) -> dict[str, Any]:
    return {
        "pid": number,
        "tid": 9,
        "uid": 77,
        "content": f'<p dir="auto">Labs tīkls 👍 #{number}</p>\n',
        "timestamp": 1_772_359_200_000,
        "timestampISO": "2026-03-01T10:00:00.000Z",
        "edited": 0,
        "deleted": 0,
        "votes": -1,
        "upvotes": 2,
        "downvotes": 3,
        "replies": {"count": 4},
        "user": {"uid": 77, "username": "Jānis K", "userslug": "janis-k", "postcount": 31},
        "index": 1,
    } | changes


def read(make_page: MakePage, *posts: Any, url: str = "https://x.example/forum/api/topic/9/s") -> Parsed:
    return parse(make_page(json.dumps(TOPIC | {"posts": list(posts)}), url))


def test_posts_become_mentions(make_page: MakePage) -> None:
    first, second, third = read(
        make_page,
        post(70, index=0),
        post(71, edited=1_772_369_200_000, timestampISO=None),
        post(72, toPid="71", index=2),
    ).mentions
    assert (first.source, first.kind, first.native_id) == ("nodebb:x.example", "post", "70")
    assert (first.title, first.text) == ('Pieredze ar "Nordtel"?', "Labs tīkls 👍 #70")
    assert first.url == "https://x.example/forum/post/70" and first.parent_id is None
    assert (first.likes, first.replies, first.author_mentions) == (2, 4, 31)
    assert first.segments == {"category": "Telekomi"} and first.edited_at is None
    assert (second.kind, second.parent_id, second.published_at) == ("reply", "70", first.published_at)
    assert second.edited_at is not None
    assert third.parent_id == "71"
    assert "nis" not in first.to_json().replace(str(first.author_features), "")


def test_quotes_of_others_and_the_line_that_names_them_are_left_out(make_page: MakePage) -> None:
    quoted = '<p><a href="/user/liga">@liga</a> <a href="/post/70">said</a>:</p><blockquote><p>slikti</p></blockquote>'
    (mention,) = read(make_page, post(content=f"{quoted}<p>Man labi</p><pre><code>x</code></pre>")).mentions
    assert mention.text == "Man labi"


def test_what_is_not_to_be_taken_is_rejected(make_page: MakePage) -> None:
    parsed = read(
        make_page,
        post(deleted=1, content="[[topic:post-is-deleted]]"),
        post(content="<blockquote>cits</blockquote>"),
        post(pid=None),
        post(pid=-3),
        5,
    )
    assert [reject.reason for reject in parsed.rejects] == [
        "deleted",
        "no text of its own",
        "post without an id",
        "post without an id",
        "post without an id",
    ]
    assert "items without 'pid': has the format changed?" in parsed.warnings
    assert "cits" not in str(parsed.rejects)


def test_guests_members_and_posts_of_other_networks(make_page: MakePage) -> None:
    address = "https://m.example/users/liga/statuses/5"
    far = {"uid": "https://m.example/users/liga", "username": "liga@m.example"}
    guest, named, gone, remote, below = read(
        make_page,
        post(1, uid=0, user={"uid": 0, "username": "Guest"}),
        post(2, uid=0, handle="Viesis", user={"uid": 0, "username": "Viesis"}),
        post(3, uid=0, user={"username": "[[global:former-user]]"}),
        post(4, pid=address, uid=far["uid"], user=far),
        post(5, toPid=address),
    ).mentions
    assert guest.author_hash is None and gone.author_hash is None
    assert named.author_hash is not None and remote.author_hash not in (None, named.author_hash)
    assert remote.url == "https://x.example/forum/topic/9/atsauksmes/2"
    assert below.parent_id == remote.native_id and "liga" not in remote.to_json()


def test_a_search_s_hits_carry_their_topics(make_page: MakePage) -> None:
    hit = post(topic={"title": "Cits temats", "slug": "3/cits", "mainPid": 71}, index=0)
    parsed = parse(make_page(json.dumps({"posts": [hit], "title": "[[global:search]]"})))
    assert (parsed.mentions[0].title, parsed.mentions[0].kind) == ("Cits temats", "post")


@pytest.mark.parametrize(
    ("url", "place"),
    [
        ("https://x.example", Place("https://x.example")),
        ("https://x.example/forum/recent?page=2", Place("https://x.example/forum")),
        ("https://x.example/topic/9/slug/31", Place("https://x.example", topic="9/slug")),
        ("https://x.example/topic/9/31", Place("https://x.example", topic="9")),
        ("https://x.example/f/api/topic/9", Place("https://x.example/f", topic="9")),
        ("https://x.example/category/5/telekomi", Place("https://x.example", listing="category/5/telekomi")),
        ("https://x.example/tags/nordtel", Place("https://x.example", listing="tags/nordtel")),
        ("https://x.example/category", Place("https://x.example")),
    ],
)
def test_addresses_of_a_forum(url: str, place: Place) -> None:
    assert Place.of(url) == place


def test_lists_are_read_and_give_nothing(make_page: MakePage) -> None:
    assert (
        parse(make_page(b'{"topics": [{"tid": 1}]}')) == parse(make_page(b'{"categories": []}')) == Parsed()
    )


# --- the spider -------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def played(play: Any, make_home: Any, tmp_path_factory: Any) -> dict[str, Exception | None]:
    home = make_home(tmp_path_factory.mktemp("nodebb") / "landing")
    found: dict[str, Exception | None] = play(SCENARIOS, home)
    return found


def topics_read(stage: Any) -> list[str]:
    return [
        f"{asked.path.split('/')[3]}?{asked.query['page'][0]}"
        for asked in stage.site.asked
        if "/topic/" in asked.path
    ]


def a_category_and_those_below_it(stage: Any) -> Play:
    forum = NodeBB(stage, 40)
    inner = stage.site.routes["/api/category/1"]
    below = {"children": [{"cid": 2, "slug": "2/r%C4%ABga"}, {"cid": 1}, {"cid": 9}]}
    stage.site.serve("/api/category/2/r%C4%ABga", stage.site.routes["/api/category/2"])
    stage.site.answer("/api/category/9", status=403)
    stage.site.json("/api/category/1", lambda asked: json.loads(inner(asked).body) | below)
    report = yield stage.target("/category/1", "nodebb")
    assert (report.outcome, report.new, report.errors[0].count) == ("done", 40, 1)
    stage.site.asked.clear()
    report = yield stage.target("/category/1", "nodebb")
    assert (report.new, topics_read(stage)) == (0, [])
    assert forum.ids() == {record["native_id"] for record in stage.landed()}


def one_topic(stage: Any) -> Play:
    forum = NodeBB(stage, 200)
    report = yield stage.target("/topic/3/tema", "nodebb")
    assert (report.outcome, report.new) == ("done", 29)
    stage.site.answer("/api/topic/3/tema", status=404)
    report = yield stage.target("/topic/3/tema", "nodebb", recheck_days=0)
    assert report.outcome == "failed" and forum.topics == 7


def a_long_topic_is_read_from_its_end_and_whole_after_a_break(stage: Any) -> Play:
    forum = NodeBB(stage, 0)
    forum.topics = 1
    for number in range(1, 101):
        forum.add(number)
    yield stage.target("/", "nodebb")
    for number in range(101, 151):
        forum.add(number)
    stage.site.asked.clear()
    stage.site.first_answer("/api/topic/*", [{"status": 500}] * 6, lambda asked: asked.query["page"] == ["7"])
    report = yield stage.target("/", "nodebb")
    assert (report.outcome, report.new) == (
        "partial",
        30,
    )  # page 8 from its end; then to 6 from its beginning
    stage.site.asked.clear()
    report = yield stage.target("/", "nodebb")
    assert (report.outcome, report.new) == ("done", 20)
    forum.add(151)
    stage.site.asked.clear()
    report = yield stage.target("/", "nodebb")
    assert (report.outcome, report.new) == ("done", 1)
    assert topics_read(stage) == ["1?1", "1?8", "1?7"]


def what_moved_behind_a_break_is_found_behind_what_is_known_by_now(stage: Any) -> Play:
    forum = NodeBB(stage, 70)
    yield stage.target("/", "nodebb")
    for number in range(71, 85):
        forum.add(number)
    report = yield stage.target("/", "nodebb", options={"max_pages": 5})
    assert report.outcome == "partial" and 0 < report.new < 14
    report = yield stage.target("/", "nodebb")
    assert report.outcome == "done"
    assert {record["native_id"] for record in stage.landed()} == forum.ids()
    stage.site.asked.clear()
    forum.add(85)
    report = yield stage.target("/", "nodebb")
    assert (report.new, topics_read(stage)) == (1, ["2?1"])
    assert not [asked for asked in stage.site.asked if "categor" in asked.path]


def withdrawn_topics_and_closed_lists(stage: Any) -> Play:
    """A forum that lists no categories is read by what is recent."""
    NodeBB(stage, 14)
    stage.site.answer("/api/categories", status=403)
    gone = {"topics": [{"tid": 1, "deleted": 1, "lastposttime": 5, "postcount": 9}, {"tid": 2}, {}]}
    stage.site.json("/api/recent", gone)
    report = yield stage.target("/", "nodebb")
    assert (report.outcome, report.new, report.errors) == ("done", 2, [])
    assert topics_read(stage) == ["2?1"]


def a_forum_that_hides_what_is_recent(stage: Any) -> Play:
    """Its categories are read instead; where they are closed as well, that is an error."""
    forum = NodeBB(stage, 40)
    stage.site.answer("/api/recent", status=404)
    report = yield stage.target("/", "nodebb")
    assert (report.outcome, report.new) == ("done", 40) and len(forum.ids()) == 40
    stage.site.answer("/api/categories", status=401)
    report = yield stage.target("/", "nodebb")
    assert report.outcome == "failed" and report.errors[0].what == "HttpError: answered 404"


def another_form(stage: Any) -> Play:
    """A list without topics is an error, not an end."""
    stage.site.json("/api/recent", {"threads": []})
    report = yield stage.target("/", "nodebb")
    assert report.outcome == "failed" and report.errors[0].what.startswith("ParseError")


SCENARIOS: dict[str, Callable[[Any], Play]] = {
    scenario.__name__: scenario
    for scenario in (
        a_category_and_those_below_it,
        one_topic,
        a_long_topic_is_read_from_its_end_and_whole_after_a_break,
        what_moved_behind_a_break_is_found_behind_what_is_known_by_now,
        withdrawn_topics_and_closed_lists,
        a_forum_that_hides_what_is_recent,
        another_form,
    )
}


@pytest.mark.parametrize("name", SCENARIOS)
def test_spider(name: str, played: dict[str, Exception | None]) -> None:
    if error := played[name]:
        raise error
