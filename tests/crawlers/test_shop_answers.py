"""What WordPress's comments, WooCommerce's, Heureka's and Yandex Market's reviews mean, one by one."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from replays import items

from crawlers import registry
from crawlers.parsing import Page, Parsed

MakePage = Callable[..., Page]
HEUREKA = "https://www.heureka.cz/direct/dotaznik/export-review.php"


def read(make_page: MakePage, kind: str, value: Any, url: str = "https://x.example/wp-json/x") -> Parsed:
    return registry.parse(kind, make_page(value if isinstance(value, str) else json.dumps(value), url))


def one(kind: str, **changes: Any) -> dict[str, Any]:
    return dict(items(kind, "Labi")[0]) | changes


# --- WordPress --------------------------------------------------------------------------------------------


def test_recorded_comments_come_out_whole_by_api_and_by_feed(make_page: MakePage, shared: Path) -> None:
    folder, site = shared / "samples" / "wordpress", "http://127.0.0.1:18080"
    api = make_page((folder / "comments.json").read_bytes(), f"{site}/wp-json/wp/v2/comments?per_page=100")
    parsed = registry.parse("wordpress", api)
    assert (parsed.found, len(parsed.mentions), parsed.rejects, parsed.warnings) == (100, 100, [], [])
    assert Counter(mention.kind for mention in parsed.mentions) == {"comment": 73, "reply": 27}
    first = parsed.mentions[0]
    assert (first.source, first.native_id) == ("wordpress:127.0.0.1:18080", "comment-2")
    assert first.text == "Ļoti labs telefons, piegāde bija ātra, iesaku! #1/0"
    assert first.published_at == datetime(2026, 10, 2, 9, tzinfo=UTC)
    assert first.url == f"{site}/2026/10/nordfon-x1-review/comment-page-1/#comment-2"
    assert "gravatar" not in first.to_json() and "Reader" not in first.to_json()
    feed = make_page((folder / "comments.rss").read_bytes(), f"{site}/comments/feed/")
    for mention in registry.parse("wordpress", feed).mentions:
        assert mention.source == first.source and mention.native_id.startswith("comment-")
    empty = registry.parse("wordpress", make_page((folder / "error-page.json").read_bytes(), api.url))
    assert (empty.found, empty.mentions, empty.rejects) == (0, [], [])


def test_a_comment_is_known_by_the_same_id_and_author_by_api_and_by_feed(
    make_page: MakePage, shared: Path
) -> None:
    folder = shared / "samples" / "wordpress"
    by_id: dict[str, set[str | None]] = {}
    for name in ("comments.json", "comments.rss", "comments-post4-page2.json", "post-comments.rss"):
        page = make_page((folder / name).read_bytes(), "http://127.0.0.1:18080/wp-json/wp/v2/comments")
        for mention in registry.parse("wordpress", page).mentions:
            by_id.setdefault(mention.native_id, set()).add(f"{mention.author_hash} {mention.text}")
    assert len(by_id) > 100 and all(len(found) == 1 for found in by_id.values())


def test_what_is_no_comment_of_a_person_is_rejected(make_page: MakePage) -> None:
    quote = {"rendered": "<blockquote><p>cits</p></blockquote>"}
    values = [
        one("wordpress", type="pingback"),
        one("wordpress", status="hold"),
        one("wordpress", content=quote),
        one("wordpress", id=None),
    ]
    parsed = read(make_page, "wordpress", values)
    assert [reject.reason for reject in parsed.rejects] == [
        "a link from another site, not a comment", "not public", "no text of its own", "comment without an id",
    ]  # fmt: skip
    (mention,) = read(make_page, "wordpress", [one("wordpress", parent=7, _embedded={"up": [None]})]).mentions
    assert (mention.kind, mention.parent_id, mention.title) == ("reply", "comment-7", None)


# --- WooCommerce ------------------------------------------------------------------------------------------


def test_a_review_of_a_product(make_page: MakePage) -> None:
    first, bare, unrated = read(
        make_page,
        "woocommerce",
        [
            one("woocommerce"),
            one("woocommerce", id=2, review="", rating=1),
            one("woocommerce", id=3, rating=0),
        ],
    ).mentions
    assert (first.source, first.kind, first.native_id) == ("woocommerce:x.example", "review", "1")
    assert (first.rating, first.rating_min, first.rating_max, first.verified) == (2, 1, 5, False)
    assert (first.product, first.url) == ("Tālrunis “X1”", "https://veikals.example/prece/x1/#comment-1")
    assert first.published_at == datetime(2026, 2, 2, 2, 41, tzinfo=UTC)
    assert (bare.text, bare.rating) == (None, 1)
    assert (unrated.text, unrated.rating, unrated.rating_max) == ("Labi", None, None)


def test_neither_words_nor_stars_are_no_review(make_page: MakePage) -> None:
    parsed = read(
        make_page, "woocommerce", [one("woocommerce", review="<p></p>", rating=None), {"rating": 5}]
    )
    assert [reject.reason for reject in parsed.rejects] == [
        "a mention needs a text or a rating", "review without an id",
    ]  # fmt: skip
    assert "items without 'review': has the format changed?" in parsed.warnings


# --- Heureka ----------------------------------------------------------------------------------------------


def test_the_recorded_export_of_a_shop_comes_out_whole(make_page: MakePage, shared: Path) -> None:
    body = (shared / "samples" / "recorded" / "heureka_export_shop.xml").read_bytes()
    parsed = registry.parse("heureka", make_page(body, HEUREKA))
    assert (parsed.found, parsed.rejects, parsed.warnings) == (5, [], [])
    assert [(m.native_id, m.rating, m.text) for m in parsed.mentions] == [
        ("shop-141604079", 5, "doporučuji"),
        ("shop-140332011", 5, "spokojena"),
        ("shop-138008506", 4, "dobrý obchod s rychlým vyřízením a doručením objednávky"),
        ("shop-61843903", 5, "velká spokojenost"),
        ("shop-59065101", None, None),
    ]
    first, second, third, _, last = parsed.mentions
    assert (first.pros, first.cons, first.author_hash) == (["velmi rychlé dodání"], None, None)
    assert (second.pros, second.cons) == (["rychlé dodání", "dobré ceny"], ["nevím o žádných"])
    assert second.author_hash and "Věra" not in second.to_json()
    assert third.owner_reply == "byl to německý výrobek"
    assert third.segments == {
        "delivery_time": "5", "transport_quality": "5", "web_usability": "3.5", "communication": "5",
    }  # fmt: skip
    assert (first.source, first.kind, first.verified) == ("heureka:www.heureka.cz", "review", True)
    assert (first.rating_min, first.rating_max, last.rating_max) == (0.5, 5, None)
    assert first.published_at == datetime(2016, 1, 5, 16, 55, 18, tzinfo=UTC)
    assert last.pros == ["super ceny za kvalitní zboží"]
    assert "14343" not in first.to_json(), "the number of an order is nobody's business"


def test_the_recorded_export_of_products_gives_the_newest_of_each(make_page: MakePage, shared: Path) -> None:
    body = (shared / "samples" / "recorded" / "heureka_export_products.xml").read_bytes()
    parsed = registry.parse("heureka", make_page(body, HEUREKA))
    assert (parsed.found, len(parsed.mentions), len(parsed.rejects)) == (5, 3, 2)
    changed = next(m for m in parsed.mentions if m.native_id == "product-5957872")
    assert (changed.rating, changed.product) == (5, "Stojan notový Pecka MSP-008 RD")
    assert changed.pros == [
        "zatím to vypadá dobře", "za ty peníze je to dobrý kšeft", "snad se nerozpadne",
    ]  # fmt: skip
    assert changed.url == "http://www.someeshop.cz/stojan-notovy-pecka.html"
    assert {reject.reason for reject in parsed.rejects} == {
        "the review stands here once more, as new or newer"
    }


REVIEW = "<review><rating_id>{0}</rating_id><unix_timestamp>1452012918</unix_timestamp>{1}</review>"


def test_an_export_that_breaks_off_gives_what_is_whole(make_page: MakePage) -> None:
    whole = REVIEW.format(1, "<summary>Labi</summary>") + REVIEW.format(2, "<total_rating>0.5</total_rating>")
    parsed = read(
        make_page, "heureka", f"<reviews>{whole}<review><rating_id>3</rating_id><summary>Sli", HEUREKA
    )
    assert [mention.native_id for mention in parsed.mentions] == ["shop-1", "shop-2"]
    assert parsed.rejects[-1].reason == "the export breaks off" and parsed.mentions[1].rating == 0.5


def test_entities_and_what_is_not_there_do_no_harm(make_page: MakePage, within: Callable[..., None]) -> None:
    bomb = (
        '<!DOCTYPE r [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;&a;"><!ENTITY f SYSTEM "file:///etc/passwd">]>'
    )
    body = f"{bomb}<reviews>{REVIEW.format(1, '<summary>x&b;&f;</summary><total_rating>9</total_rating>')}</reviews>"
    (mention,) = read(make_page, "heureka", body, HEUREKA).mentions
    assert (mention.text or "").startswith("x") and mention.rating is None
    assert "aaaa" not in mention.to_json() and "root:" not in mention.to_json()
    parsed = read(
        make_page, "heureka", f"<reviews>{REVIEW.format('', '')}{REVIEW.format(2, '')}</reviews>", HEUREKA
    )
    assert [reject.reason for reject in parsed.rejects] == [
        "review without an id", "a mention needs a text or a rating",
    ]  # fmt: skip
    long = REVIEW.format(7, f"<summary>{'ж' * 5_000_000}</summary>")
    within(2.0, read, make_page, "heureka", f"<reviews>{long}{'<review>' * 100_000}", HEUREKA)
    many = (
        f"<product>{'<a>x</a>' * 50_000}<reviews>{REVIEW.format(1, '<a>x</a>') * 9_000}</reviews></product>"
    )
    within(2.0, read, make_page, "heureka", f"<products>{many}</products>", HEUREKA)


# --- Yandex Market ----------------------------------------------------------------------------------------


def feedback(**changes: Any) -> dict[str, Any]:
    return {"status": "OK", "result": {"feedbacks": [one("yandexmarket", **changes)]}}


def test_a_review_of_goods(make_page: MakePage) -> None:
    figures = {"rating": 1, "commentsCount": 3, "recommended": False, "paidAmount": 100}
    said = {"advantages": "быстро\n\nдёшево", "disadvantages": "шумит", "comment": "Брал @mama_7, доволен"}
    value = feedback(feedbackId=17, description=said, statistics=figures)
    (mention,) = read(make_page, "yandexmarket", value).mentions
    assert (mention.source, mention.kind) == ("yandexmarket:market.yandex.ru", "review")
    assert (mention.native_id, mention.text) == ("17", "Брал @user, доволен")
    assert (mention.pros, mention.cons) == (["быстро", "дёшево"], ["шумит"])
    assert (mention.rating, mention.rating_min, mention.rating_max, mention.replies) == (1, 1, 5, 3)
    assert mention.segments == {"recommended": "false", "paid": "true"}
    assert (mention.product, mention.author_hash is not None) == ("SKU-12", True)
    assert mention.published_at is not None and "orderId" not in mention.to_json()


def test_a_moment_with_a_zone_is_the_same_moment_in_utc(make_page: MakePage) -> None:
    (mention,) = read(make_page, "yandexmarket", feedback(createdAt="2026-03-01T14:30:00+03:00")).mentions
    assert mention.published_at == datetime(2026, 3, 1, 11, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"feedbackId": None}, "review without an id"),
        ({"description": {}, "statistics": {"rating": 7}}, "a mention needs a text or a rating"),
    ],
)
def test_what_says_nothing_is_rejected(changes: dict[str, Any], reason: str, make_page: MakePage) -> None:
    parsed = read(make_page, "yandexmarket", feedback(**changes))
    assert (parsed.mentions, parsed.rejects[0].reason) == ([], reason)


def test_comments_of_buyers_and_not_of_the_shop(make_page: MakePage) -> None:
    def comment(number: int, kind: str, **more: Any) -> dict[str, Any]:
        author = {"type": kind, "name": "Ozoliņš"}
        return {"id": number, "feedbackId": 17, "text": f"ответ {number}", "author": author, **more}

    comments = [
        comment(1, "USER"),
        comment(2, "BUSINESS"),
        comment(3, "USER", parentId=2),
        comment(4, "USER", status="BANNED"),
        comment(5, "USER", text=" "),
    ]
    parsed = read(make_page, "yandexmarket", {"result": {"comments": comments}})
    assert [(m.native_id, m.kind, m.parent_id) for m in parsed.mentions] == [
        ("comment-1", "reply", "17"), ("comment-3", "reply", "comment-2"),
    ]  # fmt: skip
    assert [reject.reason for reject in parsed.rejects] == [
        "not public",
        "a mention needs a text or a rating",
    ]
