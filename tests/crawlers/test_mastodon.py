"""What Mastodon's statuses mean, and where its tokens go."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from open_social import Mastodon

from crawlers.authors import AuthorHasher
from crawlers.parsing import Page, Parsed
from crawlers.report import TargetReport
from crawlers.run import crawl
from crawlers.sources.mastodon import parse
from crawlers.target import Target

MakePage = Callable[..., Page]
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


def test_a_token_goes_to_its_own_server_and_shows_nowhere(
    site: Any, home: Any, quick: Any, tmp_path: Path
) -> None:
    server = Mastodon(SimpleNamespace(site=site), 95)
    one = Target("one", "mastodon", site.url, options={"query": "nordtel"})
    tokens = {"mastodon": {site.host: "s3cret", "token": "of another"}}
    log = tmp_path / "crawl.log"

    def run(secrets: dict[str, dict[str, str]]) -> TargetReport:
        return crawl([one], home.root, AuthorHasher(b"test"), quick(), secrets=secrets, log=log).targets[0]

    without = run({"mastodon": {"token": "of another"}})
    assert without.outcome == "failed" and without.errors[0].what.startswith("MissingKey")
    assert (run(tokens).new, len(home.landed())) == (95, 95)
    server.add(500)
    again = run(tokens)
    assert (again.new, again.pages) == (1, 2)
    files = [path.read_bytes() for path in home.root.rglob("*") if path.is_file()]
    assert not any(
        b"s3cret" in shown for shown in [again.model_dump_json().encode(), log.read_bytes(), *files]
    )
