"""What Lemmy's posts and comments mean, and how their spider walks searches and communities."""

from __future__ import annotations

import json
from collections.abc import Callable, Generator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crawlers.parsing import Page, Parsed, ParseError
from crawlers.report import TargetReport
from crawlers.sources.lemmy import parse
from crawlers.target import Target

MakePage = Callable[..., Page]
Play = Generator[Target, TargetReport, None]
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


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b'{"error": "x"}', b'{"posts": 3}', b"<html>", b"\xff"])
def test_no_lemmy_is_said_so(make_page: MakePage, body: bytes) -> None:
    with pytest.raises(ParseError, match=r"example\.com"):
        parse(make_page(body))


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=6,
)
odd_own = st.fixed_dictionaries(
    {}, optional=dict.fromkeys({**post()["post"], **comment()["comment"]}, values)
)
odd = st.fixed_dictionaries(
    {},
    optional={"post": odd_own, "comment": odd_own, "creator": values, "counts": values, "community": values},
)


@settings(max_examples=80, deadline=None)
@given(posts=st.lists(odd | values, max_size=3), comments=st.lists(odd | values, max_size=3))
def test_any_json_is_read_or_refused_by_name(
    posts: list[Any], comments: list[Any], make_page: MakePage
) -> None:
    parsed = read(make_page, posts=posts, comments=comments)
    assert parsed.found == len(posts) + len(comments) == len(parsed.mentions) + len(parsed.rejects)
    for mention in parsed.mentions:
        assert mention.text
        mention.to_json().encode()


# --- the spider -------------------------------------------------------------------------------------------


class Server:
    """A server with posts and comments, newest first, by page."""

    def __init__(self, stage: Any, posts: int, comments: int) -> None:
        self.posts = [post(n) for n in range(posts, 0, -1)]
        self.comments = [comment(n) for n in range(comments, 0, -1)]
        stage.site.json("/api/v3/search", self._search)
        stage.site.json("/api/v3/post/list", lambda asked: {"posts": self._page(asked, self.posts)})
        stage.site.json("/api/v3/comment/list", lambda asked: {"comments": self._page(asked, self.comments)})

    def _search(self, asked: Any) -> Any:
        wanted = asked.query["type_"][0]
        assert asked.query["q"] == ["Nordtel"] and asked.query["sort"] == ["New"]
        posts = self._page(asked, self.posts) if wanted == "Posts" else []
        comments = self._page(asked, self.comments) if wanted == "Comments" else []
        return {"type_": wanted, "posts": posts, "comments": comments, "communities": [], "users": []}

    @staticmethod
    def _page(asked: Any, items: list[Any]) -> list[Any]:
        page, limit = int(asked.query["page"][0]), int(asked.query["limit"][0])
        assert limit <= 50
        return items[(page - 1) * limit : page * limit]


@pytest.fixture(scope="module")
def played(play: Any, make_home: Any, tmp_path_factory: Any) -> dict[str, Exception | None]:
    home = make_home(tmp_path_factory.mktemp("lemmy") / "landing")
    found: dict[str, Exception | None] = play(SCENARIOS, home)
    return found


def whole(stage: Any) -> Play:
    """Posts and comments to the empty page, through a pause and a failure; to the watermark; then a sweep."""
    server, options = Server(stage, 120, 130), {"query": "Nordtel"}
    failures = [{"status": 429, "headers": {"Retry-After": "0"}}, {"status": 500}]
    stage.site.first_answer("/api/v3/search", failures)
    report = yield stage.target("/", "lemmy", options=options)
    assert (report.outcome, report.new, report.errors, report.warnings) == ("done", 250, [], [])
    assert len({(record["source"], record["native_id"]) for record in stage.landed()}) == 250
    report = yield stage.target("/", "lemmy", options=options)
    assert (report.outcome, report.new, report.edited, report.pages) == ("done", 0, 0, 2)
    server.posts[100]["post"]["body"] = "labots"
    server.comments.insert(0, comment(900))
    report = yield stage.target("/", "lemmy", options=options, recheck_days=0)
    assert (report.outcome, report.new, report.edited) == ("done", 1, 1)


def community(stage: Any) -> Play:
    """A community, by its address; a walk that broke off goes to the end once more."""
    server = Server(stage, 60, 170)
    report = yield stage.target("/c/telekomi", "lemmy")
    assert (report.outcome, report.new) == ("done", 230)
    lists = [asked for asked in stage.site.asked if asked.path.endswith("/list")]
    assert {asked.query["community_name"][0] for asked in lists} == {"telekomi"}
    server.comments = [*(comment(1_000 + n) for n in range(120)), *server.comments]
    stage.site.first_answer(
        "/api/v3/comment/list", [{"status": 500}] * 3, lambda asked: asked.query["page"] == ["3"]
    )
    report = yield stage.target("/c/telekomi", "lemmy")
    assert (report.outcome, report.new) == ("partial", 100)
    report = yield stage.target("/c/telekomi", "lemmy")
    assert (report.outcome, report.new) == ("done", 20)


def changed(stage: Any) -> Play:
    """An answer of another form is an error, not an end."""
    stage.site.json("/api/v3/post/list", {"items": []})
    report = yield stage.target("/", "lemmy")
    assert report.outcome != "done" and report.errors[0].what.startswith("ParseError")


SCENARIOS = {scenario.__name__: scenario for scenario in (whole, community, changed)}


@pytest.mark.parametrize("name", SCENARIOS)
def test_spider(name: str, played: dict[str, Exception | None]) -> None:
    if error := played[name]:
        raise error
