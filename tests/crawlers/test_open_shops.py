"""What is each shop's and store's own: fallbacks, windows, exports, countries. What all share: test_weather.py."""

from __future__ import annotations

from collections.abc import Callable, Generator
from datetime import date
from html import escape
from typing import Any

import pytest
from keyed import text
from open_shops import AppStore, Heureka, Steam, WooCommerce, WordPress, YandexMarket
from replays import SECRETS, ids, target

from crawlers.report import TargetReport
from crawlers.target import Target

Play = Generator[Target, TargetReport, None]
SCENARIOS: dict[str, Callable[[Any], Play]] = {}


def scenario(function: Callable[[Any], Play]) -> Callable[[Any], Play]:
    SCENARIOS[function.__name__] = function
    return function


def asked(stage: Any, path: str) -> list[Any]:
    return [one for one in stage.site.asked if one.path == path]


# --- WordPress --------------------------------------------------------------------------------------------


def feed(numbers: range) -> str:
    """The comments' feed of WordPress, newest first."""
    entries = "".join(
        f"<item><title>Comment on Apskats by Jānis Ozoliņš</title>"
        f"<link>https://blogs.example/2026/10/apskats/#comment-{number}</link>"
        f"<dc:creator>Jānis Ozoliņš</dc:creator><pubDate>Sun, 01 Mar 2026 10:00:00 +0000</pubDate>"
        f"<description>{escape(text(number))}</description></item>"
        for number in numbers
    )
    head = "<title>Comments for Blogs</title><link>https://blogs.example</link>"
    return f'<rss version="2.0" xmlns:dc="http://purl.org/dc/elements/1.1/"><channel>{head}{entries}</channel></rss>'


@scenario
def the_feed_is_read_where_the_api_is_closed_and_nothing_comes_twice_when_it_opens(stage: Any) -> Play:
    replay = WordPress(stage, 30)
    opened = stage.site.routes[replay.path]
    stage.site.answer(replay.path, status=401, body=b'{"code": "rest_disabled"}')
    stage.site.serve("/comments/feed/", feed(range(30, 20, -1)), content_type="application/rss+xml")
    report = yield target(stage, replay)
    assert (report.outcome, report.new, report.errors) == ("done", 10, [])
    assert any("answered 401" in warning and "newest only" in warning for warning in report.warnings)
    assert {record["source"] for record in stage.landed()} == {f"wordpress:{stage.site.host}"}
    closed = {record["native_id"]: record["author_hash"] for record in stage.landed()}
    stage.site.routes[replay.path] = opened
    report = yield target(stage, replay, recheck_days=0)
    assert (report.outcome, report.new) == ("done", 20)
    assert set(ids(stage)) == replay.ids()
    assert closed["comment-25"] in {record["author_hash"] for record in stage.landed()[-20:]}


@scenario
def a_closed_api_without_a_feed_is_an_error(stage: Any) -> Play:
    replay = WordPress(stage, 3)
    stage.site.answer(replay.path, status=404)
    report = yield target(stage, replay)
    assert (report.outcome, report.new) == ("failed", 0)
    assert report.errors[0].what == "HttpError: answered 404" and "/comments/feed/" in report.errors[0].where


@scenario
def an_api_that_closes_in_the_middle_is_no_reason_for_the_feed(stage: Any) -> Play:
    replay = WordPress(stage, 230)
    stage.site.first_answer(replay.path, [{"status": 403}], replay.late)
    report = yield target(stage, replay)
    assert (report.outcome, report.new) == ("partial", 100) and report.errors[
        0
    ].what == "HttpError: answered 403"
    report = yield target(stage, replay)
    assert (report.outcome, set(ids(stage)) == replay.ids()) == ("done", True)


@scenario
def a_post_s_page_gives_the_comments_of_this_post(stage: Any) -> Play:
    replay = WordPress(stage, 3)
    links = [f'<{replay.root}>; rel="https://api.w.org/"', "<http://127.0.0.1/?p=4>; rel=shortlink"]
    links.append(f'<{replay.root}wp/v2/posts/4>; rel="alternate"; type="application/json"')
    stage.site.serve("/2026/10/apskats/", "<html></html>", Link=", ".join(links))
    report = yield target(stage, replay, f"{stage.site.url}/2026/10/apskats/")
    assert (report.outcome, report.new) == ("done", 3)
    (request,) = asked(stage, replay.path)
    assert (request.query["post"], request.query["_embed"]) == (["4"], ["up"])
    assert "author_avatar_urls" not in request.query["_fields"][0]
    assert {record["title"] for record in stage.landed()} == {"Nordtel – apskats"}


@scenario
def a_site_without_pretty_addresses_is_asked_by_rest_route(stage: Any) -> Play:
    replay = WordPress(stage, 3)
    page = f'<html><head><link rel="https://api.w.org/" href="{stage.site.url}/index.php?rest_route=/"></head></html>'
    stage.site.serve("/", page)
    inner = stage.site.routes[replay.path]
    stage.site.serve("/index.php", inner)
    report = yield target(stage, replay, query="Nordtel")
    assert (report.outcome, report.new) == ("done", 3)
    (request,) = asked(stage, "/index.php")
    assert (request.query["rest_route"], request.query["search"]) == (["/wp/v2/comments"], ["Nordtel"])


@scenario
def an_api_elsewhere_is_not_followed(stage: Any) -> Play:
    replay = WordPress(stage, 3)
    stage.site.serve("/", "<html></html>", Link='<http://evil.example/wp-json/>; rel="https://api.w.org/"')
    report = yield target(stage, replay)
    assert (report.outcome, report.new) == ("done", 3)
    assert {record["source"] for record in stage.landed()} == {f"wordpress:{stage.site.host}"}


@scenario
def a_site_with_an_order_of_its_own_is_read_to_its_end(stage: Any) -> Play:
    replay = WordPress(stage, 130)
    replay.newest = lambda: [replay.items[number] for number in sorted(replay.items)]  # type: ignore[method-assign]
    yield target(stage, replay)
    replay.add(131)
    report = yield target(stage, replay)
    assert (report.outcome, report.new, report.pages) == ("done", 1, 3)


@scenario
def a_first_page_that_cannot_be_read_is_not_needed(stage: Any) -> Play:
    replay = WordPress(stage, 3)
    stage.site.serve("/", b"\x89PNG", content_type="image/png")
    report = yield target(stage, replay)
    assert (report.outcome, report.new) == ("done", 3)


# --- WooCommerce ------------------------------------------------------------------------------------------


@scenario
def a_product_s_page_gives_the_reviews_of_this_product(stage: Any) -> Play:
    replay = WooCommerce(stage, 3)
    link = f'<{replay.root}wp/v2/product/12>; rel="alternate"; type="application/json"'
    stage.site.serve("/prece/x1/", "<html></html>", Link=f'<{replay.root}>; rel="https://api.w.org/", {link}')
    report = yield target(stage, replay, f"{stage.site.url}/prece/x1/", category_ids=[7, 8])
    assert (report.outcome, report.new) == ("done", 3)
    (request,) = asked(stage, replay.path)
    assert (request.query["product_id"], request.query["category_id"]) == (["12"], ["7,8"])


@scenario
def the_api_s_own_address_is_taken_as_it_is(stage: Any) -> Play:
    replay = WooCommerce(stage, 3)
    report = yield target(stage, replay, f"{stage.site.url}/wp-json/", product_id=12)
    assert (report.outcome, report.new, report.pages) == ("done", 3, 1)
    stage.site.answer(replay.path, status=404)
    report = yield target(stage, replay, f"{stage.site.url}/wp-json/")
    assert report.outcome == "failed" and report.errors[0].what == "HttpError: answered 404"


# --- Heureka ----------------------------------------------------------------------------------------------


@scenario
def a_long_export_is_read_piece_by_piece_and_products_from_the_watermark_on(stage: Any) -> Play:
    replay = Heureka(stage, 2_300)
    report = yield target(stage, replay)
    assert (report.outcome, report.new, report.pages) == ("done", 2_300, 2)
    replay.edit(2)
    replay.edit(3)
    report = yield target(stage, replay)
    assert (report.outcome, report.new, report.edited) == ("done", 0, 2)
    first, second = replay.since
    assert first < second and len(set(ids(stage))) == 2_300


@scenario
def an_export_that_did_not_change_is_not_sent_again_once_it_was_read_whole(stage: Any) -> Play:
    replay = Heureka(stage, 6)
    inner = stage.site.routes[replay.path]

    def tagged(request: Any) -> Any:
        answer = inner(request)
        answer.headers |= {"ETag": '"v1"'}
        return stage.site.reply(status=304) if request.headers.get("if-none-match") == '"v1"' else answer

    stage.site.serve(replay.path, tagged)
    report = yield target(stage, replay)
    assert (report.new, report.not_modified, report.watermark["shop_read"]) == (6, 0, True)
    report = yield target(stage, replay)
    assert (report.outcome, report.new, report.not_modified) == ("done", 0, 1)


@scenario
def one_export_alone_and_a_key_of_its_own(stage: Any) -> Play:
    replay = Heureka(stage, 6)
    report = yield target(stage, replay, exports="shop", country="sk")
    assert (report.outcome, report.new) == ("done", 3)
    assert not asked(stage, replay.late_path)
    report = yield target(stage, replay, exports="both")
    assert report.outcome == "failed" and report.errors[0].what.startswith(
        "BadTarget: no export is called 'both'"
    )
    report = yield target(stage, replay, country="pl")
    assert report.outcome == "failed" and report.errors[0].what.startswith("BadTarget: no such Heureka")


@scenario
def a_page_instead_of_an_export_asks_for_the_key(stage: Any) -> Play:
    replay = Heureka(stage, 6)
    stage.site.serve(replay.path, "<!DOCTYPE html><html><body>Neplatný klíč</body></html>")
    report = yield target(stage, replay, exports=["shop"])
    assert report.outcome == "partial" and "is the key right?" in report.errors[0].what


# --- Yandex Market ----------------------------------------------------------------------------------------


@scenario
def comments_and_the_shop_s_answers_come_where_they_are_wanted(stage: Any) -> Play:
    replay = YandexMarket(stage, 12)
    report = yield target(stage, replay, comments=True)
    assert (report.outcome, report.new, report.warnings) == ("done", 14, [])
    records = {record["native_id"]: record for record in stage.landed()}
    assert records["5"]["owner_reply"] == "Приносим извинения #5"
    assert (records["comment-50"]["kind"], records["comment-50"]["parent_id"]) == ("reply", "5")
    assert "Приносим" not in str(records["comment-50"]["text"])
    report = yield target(stage, replay, recheck_days=0, comments=True)
    assert (report.new, report.edited) == (0, 0)


@scenario
def nothing_older_than_since_is_asked_for(stage: Any) -> Play:
    replay = YandexMarket(stage, 130)
    report = yield target(stage, replay, since=date(2025, 11, 22))
    starts = sorted(one.json()["dateTimeFrom"] for one in asked(stage, replay.path))
    assert report.outcome == "done" and starts[0] == "2025-11-22T00:00:00+00:00"
    assert 0 < report.new < 130
    report = yield target(stage, replay, since="whenever")
    assert report.errors[0].what.startswith("BadTarget: since is no day")
    report = yield target(stage, replay, business="x/../y")
    assert report.errors[0].what.startswith("BadTarget: no cabinet")


@scenario
def an_api_s_whole_address_says_all(stage: Any) -> Play:
    replay = YandexMarket(stage, 3)
    report = yield Target(stage.name, replay.kind, f"{stage.site.url}{replay.path}")
    assert (report.outcome, report.new) == ("done", 3)
    other = Heureka(stage, 3)
    report = yield Target(stage.name, other.kind, f"{stage.site.url}{other.path}")
    assert (report.outcome, report.new) == ("done", 3)


@scenario
def too_many_requests_is_420_there(stage: Any) -> Play:
    replay = YandexMarket(stage, 3)
    stage.site.first_answer(replay.path, [{"status": 420}])
    report = yield target(stage, replay)
    assert (report.outcome, report.new, report.errors) == ("done", 3, [])


# --- Steam and the App Store ------------------------------------------------------------------------------


@scenario
def steam_shows_edits_first_and_the_sweep_finds_those_that_it_does_not_tell(stage: Any) -> Play:
    replay = Steam(stage, 230)
    report = yield target(stage, replay)
    assert report.new == 230
    replay.edit(4)
    replay.items[10]["review"] = "changed without telling"
    report = yield target(stage, replay)
    assert (report.new, report.edited) == (0, 1)
    report = yield target(stage, replay, recheck_days=0)
    assert (report.new, report.edited) == (0, 1)


@scenario
def steam_answers_200_also_when_it_did_not_succeed(stage: Any) -> Play:
    replay = Steam(stage, 3)
    stage.site.json(replay.path, {"success": 2})
    report = yield target(stage, replay)
    assert report.outcome == "partial" and report.errors[0].what.startswith("ParseError")
    report = yield target(stage, replay, f"{stage.site.url}/")
    assert report.outcome == "failed" and report.errors[0].what.startswith("BadTarget")


@scenario
def every_country_is_read_and_one_that_falls_silent_is_told(stage: Any) -> Play:
    replay = AppStore(stage, 500)
    feeds = {"lv": stage.site.routes["/lv/rss/*"]}
    one = replay.item(9_001, "Ei tööta")
    stage.site.json("/ee/rss/*", lambda request: replay.wrap([one] if "page=1/" in request.path else []))
    report = yield target(stage, replay, countries=["lv", "ee"])
    assert (report.outcome, report.new, report.errors, report.warnings) == ("done", 501, [], [])
    assert {record["segments"]["country"] for record in stage.landed()} == {"lv", "ee"}
    stage.site.json("/lv/rss/*", {"feed": {}})
    report = yield target(stage, replay, countries=["lv", "ee"])
    assert report.outcome == "partial" and any("empty now" in warning for warning in report.warnings)
    stage.site.routes |= {"/lv/rss/*": feeds["lv"]}
    replay.add(501)
    report = yield target(stage, replay, countries=["lv", "ee"])
    assert (report.outcome, report.new) == ("done", 1)
    report = yield target(stage, replay, countries=[])
    assert report.outcome == "failed" and report.errors[0].what.startswith("BadTarget")


@pytest.fixture(scope="module")
def played(play: Any, make_home: Any, tmp_path_factory: Any) -> dict[str, Exception | None]:
    home = make_home(tmp_path_factory.mktemp("shops") / "landing")
    home.secrets = SECRETS
    found: dict[str, Exception | None] = play(SCENARIOS, home)
    return found


@pytest.mark.parametrize("name", SCENARIOS)
def test_spider(name: str, played: dict[str, Exception | None]) -> None:
    if error := played[name]:
        raise error
