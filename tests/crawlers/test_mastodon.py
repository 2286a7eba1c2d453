"""What Mastodon's statuses mean, and how their spider walks timelines and searches."""

from __future__ import annotations

import json
from collections.abc import Callable, Generator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crawlers.authors import AuthorHasher
from crawlers.parsing import Page, Parsed, ParseError
from crawlers.report import TargetReport
from crawlers.run import crawl
from crawlers.sources.mastodon import parse
from crawlers.target import Target

MakePage = Callable[..., Page]
Play = Generator[Target, TargetReport, None]
URL = "https://here.example/api/v1/timelines/tag/nordtel?limit=40"


def status(number: int = 900, **changes: Any) -> dict[str, Any]:
    return {
        "id": str(number),
        "uri": f"https://majas.example/users/zane_b/statuses/{number}",
        "url": f"https://majas.example/@zane_b/{number}",
        "created_at": "2026-03-01T10:00:00.000Z",
        "edited_at": None,
        "visibility": "public",
        "language": "lv",
        "content": f'<p>Atkal <a href="https://here.example/tags/nordtel">#<span>nordtel</span></a> kļūda 😤 №{number}</p>',
        "spoiler_text": "",
        "in_reply_to_id": None,
        "reblog": None,
        "favourites_count": 4,
        "replies_count": 2,
        "account": {
            "acct": "zane_b@majas.example", "bot": False, "created_at": "2022-08-28T00:00:00.000Z", "statuses_count": 31,
        },
    } | changes  # fmt: skip


def read(make_page: MakePage, *statuses: Any, url: str = URL) -> Parsed:
    return parse(make_page(json.dumps(list(statuses)), url))


def test_a_recorded_search_comes_out_whole(make_page: MakePage, shared: Path) -> None:
    body = (shared / "samples" / "recorded" / "mastodon_search_v2.json").read_bytes()
    parsed = parse(make_page(body, "https://mastodon.social/api/v2/search?q=amen"))
    assert (parsed.found, parsed.rejects, parsed.warnings) == (2, [], [])
    first, second = parsed.mentions
    assert (first.source, first.native_id) == ("mastodon:icosahedron.website", "116388148912635764")
    assert (second.source, second.native_id) == ("mastodon:social.sublingual.xyz", "116388107097123650")
    assert (first.kind, first.lang, first.parent_id) == ("reply", "en", "mastodon.social/116387888508422624")
    assert first.text is not None
    assert first.text.startswith("@user @user not only is this the classic hip-hop / funk sample")
    assert first.url == "https://mastodon.social/statuses/116388149027005349"
    assert first.published_at == datetime(2026, 4, 11, 21, 16, 53, tzinfo=UTC)
    assert (first.likes, first.replies, first.author_mentions) == (0, 1, 3441)
    assert first.author_created_at == datetime(2022, 8, 28, tzinfo=UTC)
    assert "greg" not in first.to_json()


def test_one_post_is_one_mention_on_every_server(make_page: MakePage) -> None:
    (here,) = read(make_page, status()).mentions
    at_home = status(account={"acct": "zane_b"})
    (there,) = read(make_page, at_home, url="https://majas.example/api/v1/timelines/public").mentions
    assert (here.source, here.native_id, here.author_hash) == (
        there.source,
        there.native_id,
        there.author_hash,
    )
    (other,) = read(make_page, status(uri="https://majas.example/notes/9a", url=None)).mentions
    assert other.native_id == "notes/9a"


def test_threads_edits_and_warnings(make_page: MakePage) -> None:
    reply = status(901, in_reply_to_id="900", edited_at="2026-03-01T11:00:00Z", spoiler_text="dusmas")
    content = (
        '<p class="quote-inline">RE: https://x.example/1</p><p>Piekrītu @liga@cits.example, nestrādā</p>'
    )
    first, second = read(make_page, status(), reply | {"content": content}).mentions
    assert (first.kind, second.kind, second.parent_id) == ("post", "reply", "900")
    assert (second.title, second.text) == ("dusmas", "Piekrītu @user, nestrādā")
    assert second.edited_at is not None and first.edited_at is None


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"account": {"acct": "a", "bot": True}}, "a bot's post"),
        ({"account": {"acct": "a", "noindex": True}}, "its author does not want to be indexed"),
        ({"account": {"acct": "a", "indexable": False}}, "its author does not want to be indexed"),
        ({"visibility": "private"}, "not public"),
        ({"reblog": {"id": "1"}}, "a boost has no words of its own"),
        ({"content": "<p></p>"}, "no text of its own"),
        ({"id": None}, "status without an id"),
    ],
)
def test_what_is_not_to_be_taken_is_rejected(
    make_page: MakePage, changes: dict[str, Any], reason: str
) -> None:
    parsed = read(make_page, status(**changes))
    assert (parsed.mentions, parsed.found, parsed.rejects[0].reason) == ([], 1, reason)
    assert "kļūda" not in parsed.rejects[0].raw and "zane" not in parsed.rejects[0].raw


def test_a_lost_field_is_told(make_page: MakePage) -> None:
    parsed = read(make_page, {key: value for key, value in status().items() if key != "uri"})
    assert parsed.mentions[0].source == "mastodon:here.example"
    assert parsed.warnings == ["items without 'uri': has the format changed?"]


@pytest.mark.parametrize("body", [b"", b"{}", b'{"error": "x"}', b"<html>", b"\xff", b'"x"'])
def test_no_statuses_is_said_so(make_page: MakePage, body: bytes) -> None:
    with pytest.raises(ParseError, match=r"example\.com"):
        parse(make_page(body))


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=6,
)
addresses = st.text(max_size=12).map(lambda tail: f"https://[{tail}") | st.text(max_size=12).map(
    "https://a.b/{}".format
)
odd = st.fixed_dictionaries(
    {}, optional=dict.fromkeys(status(), values) | {"uri": values | addresses, "url": addresses}
)


@settings(max_examples=80, deadline=None)
@given(statuses=st.lists(odd | values, max_size=4))
def test_any_json_is_read_or_refused_by_name(statuses: list[Any], make_page: MakePage) -> None:
    parsed = read(make_page, *statuses)
    assert parsed.found == len(statuses) == len(parsed.mentions) + len(parsed.rejects)
    for mention in parsed.mentions:
        assert mention.text
        mention.to_json().encode()


# --- the spider -------------------------------------------------------------------------------------------


class Server:
    """A server with one hashtag and a search for those with a token."""

    def __init__(self, stage_or_site: Any, number: int, reply: Any) -> None:
        self.site, self.reply = getattr(stage_or_site, "site", stage_or_site), reply
        self.statuses = [status(n) for n in range(1, number + 1)]
        self.site.json("/api/v1/timelines/tag/nordt%C4%93l", self._timeline)
        self.site.json("/api/v2/search", self._search)

    def _timeline(self, asked: Any) -> Any:
        before = int(asked.query.get("max_id", ["999999"])[0])
        found = [one for one in reversed(self.statuses) if int(one["id"]) < before][:40]
        if not found:
            return []
        address = f"{self.site.url}{asked.path}"
        link = f'<{address}?limit=40&max_id={found[-1]["id"]}>; rel="next", <{address}?min_id=9>; rel="prev"'
        return self.reply(json.dumps(found).encode(), headers={"Link": link})

    def _search(self, asked: Any) -> Any:
        if asked.headers.get("authorization") != "Bearer s3cret":
            return self.reply(b"{}", 401)
        since, offset = int(asked.query.get("min_id", ["0"])[0]), int(asked.query["offset"][0])
        found = [one for one in self.statuses if int(one["id"]) > since]
        return {"statuses": found[offset : offset + 40], "accounts": [], "hashtags": []}


REPLY: list[Any] = []


@pytest.fixture(scope="module")
def played(play: Any, make_home: Any, reply: Any, tmp_path_factory: Any) -> dict[str, Exception | None]:
    REPLY.append(reply)
    home = make_home(tmp_path_factory.mktemp("mastodon") / "landing")
    found: dict[str, Exception | None] = play(SCENARIOS, home)
    return found


def whole(stage: Any) -> Play:
    """Down the links to the end, through a pause and a failure; to the watermark; then a sweep."""
    server = Server(stage, 170, REPLY[0])
    path = "/api/v1/timelines/tag/nordt%C4%93l"
    soon = (datetime.now(UTC) + timedelta(seconds=1)).isoformat()
    headers = {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": soon, "Retry-After": "0"}
    stage.site.first_answer(path, [{"status": 429, "headers": headers}, {"status": 500}])
    report = yield stage.target("/tags/nordtēl", "mastodon")
    assert (report.outcome, report.new, report.errors, report.warnings) == ("done", 170, [], [])
    assert len({record["native_id"] for record in stage.landed()}) == len(stage.landed()) == 170
    report = yield stage.target("/tags/nordtēl", "mastodon")
    assert (report.outcome, report.new, report.edited, report.pages) == ("done", 0, 0, 1)
    server.statuses[3]["content"] = "<p>labots</p>"
    server.statuses.append(status(500))
    report = yield stage.target("/tags/nordtēl", "mastodon", recheck_days=0)
    assert (report.outcome, report.new, report.edited) == ("done", 1, 1)


def broken_off(stage: Any) -> Play:
    """A walk that fails in the middle is gone on with where it was."""
    server = Server(stage, 170, REPLY[0])
    path = "/api/v1/timelines/tag/nordt%C4%93l"
    third = [{"status": 502}] * 3
    stage.site.first_answer(path, third, lambda asked: asked.query.get("max_id") == ["91"])
    report = yield stage.target("/tags/nordtēl", "mastodon")
    assert (report.outcome, report.new) == ("partial", 80)
    server.statuses.append(status(500))
    report = yield stage.target("/tags/nordtēl", "mastodon")
    assert (report.outcome, report.new) == ("done", 91)


def members_only(stage: Any) -> Play:
    """A server that shows its posts to members only: the error says where the token goes."""
    stage.site.answer("/api/v1/timelines/public", status=422)
    report = yield stage.target("/", "mastodon")
    assert report.outcome == "failed" and report.errors[0].what.startswith("MissingKey")
    assert stage.site.host in report.errors[0].next_step


SCENARIOS = {scenario.__name__: scenario for scenario in (whole, broken_off, members_only)}


@pytest.mark.parametrize("name", SCENARIOS)
def test_spider(name: str, played: dict[str, Exception | None]) -> None:
    if error := played[name]:
        raise error


def test_a_token_goes_to_its_own_server_and_shows_nowhere(
    site: Any, home: Any, quick: Any, reply: Any, tmp_path: Path
) -> None:
    server = Server(site, 95, reply)
    one = Target("one", "mastodon", site.url, options={"query": "nordtel"})
    tokens = {"mastodon": {site.host: "s3cret", "token": "of another"}}
    log = tmp_path / "crawl.log"

    def run(secrets: dict[str, dict[str, str]]) -> TargetReport:
        return crawl([one], home.root, AuthorHasher(b"test"), quick(), secrets=secrets, log=log).targets[0]

    without = run({"mastodon": {"token": "of another"}})
    assert without.outcome == "failed" and without.errors[0].what.startswith("MissingKey")
    assert (run(tokens).new, len(home.landed())) == (95, 95)
    server.statuses.append(status(500))
    again = run(tokens)
    assert (again.new, again.pages) == (1, 2)
    files = [path.read_bytes() for path in home.root.rglob("*") if path.is_file()]
    assert not any(
        b"s3cret" in shown for shown in [again.model_dump_json().encode(), log.read_bytes(), *files]
    )
