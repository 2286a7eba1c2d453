"""What the town serves is what real sites serve: valid, complete, found by libraries that read the real ones."""

from __future__ import annotations

import io
import json
from typing import Any

import extruct
import feedparser
import pytest
from lxml import etree

from data.town import Town
from data.town.catalogue import products
from data.town.pages import blog, shop
from tests.town.conftest import Client


def all_pages(web: Client, path: str) -> list[str]:
    """The pages of a list, following rel=next."""
    pages: list[str] = []
    while path:
        body = web.get(path).body.decode()
        pages.append(body)
        following = etree.HTML(body).xpath("//link[@rel='next']/@href")
        path = str(following[0]) if following else ""
    return pages


def reviews_in(body: str) -> list[dict[str, Any]]:
    found = extruct.extract(body, syntaxes=["json-ld", "microdata"], uniform=True)
    nodes = [*found["json-ld"], *found["microdata"]]
    given = [node.get("review", []) for node in nodes if node.get("@type") == "Product"]
    return [review for each in given for review in (each if isinstance(each, list) else [each])]


def test_listings_lead_to_every_product(web: Client) -> None:
    for brand in ("nordvila", "vintrel", "kometra"):
        pages = all_pages(web, f"/shop/{brand}/")
        assert len(pages) > 1
        links = {
            link for body in pages for link in etree.HTML(body).xpath("//div[@class='product-card']//a/@href")
        }
        assert links == {shop.path(each) for each in products() if each.brand == brand}
        listed = extruct.extract(pages[0], syntaxes=["json-ld"])["json-ld"][0]
        assert listed["@type"] == "ItemList"


def test_extruct_finds_every_review_once(town: Town, web: Client) -> None:
    found: dict[str, dict[str, Any]] = {}
    for product in products():
        for body in all_pages(web, shop.path(product)):
            for review in reviews_in(body):
                name = review.get("@id") or review.get("id")
                assert name not in found
                found[name] = review
    truths = {each.native_id: each for each in town.truth() if each.source_kind == "structured"}
    assert found.keys() == truths.keys()
    for name, review in found.items():
        assert " ".join(review["reviewBody"].split()) == " ".join(truths[name].text.split())
        assert int(review["reviewRating"]["ratingValue"]) == truths[name].stars
        assert review["datePublished"] == truths[name].published_at.isoformat(timespec="seconds")


def test_both_markups_are_there_with_an_aggregate(web: Client) -> None:
    for markup in ("json-ld", "microdata"):
        product = next(each for each in products() if each.markup == markup)
        found = extruct.extract(web.get(shop.path(product)).body.decode(), syntaxes=[markup], uniform=True)[
            markup
        ]
        aggregate = next(node for node in found if node["@type"] == "Product")["aggregateRating"]
        assert 1 <= float(aggregate["ratingValue"].replace(",", ".")) <= 5
        assert int(aggregate["reviewCount"]) > 10


def test_forum_posts_page_down_to_the_first(town: Town, web: Client) -> None:
    seen: list[int] = []
    path = "/forum/posts.json"
    while True:
        posts = web.get(path).json["latest_posts"]
        fresh = [post["id"] for post in posts if post["id"] not in seen]
        if not fresh:
            break
        assert len(posts) <= 50
        seen += fresh
        path = f"/forum/posts.json?before={min(fresh)}"
    assert sorted(seen, reverse=True) == seen
    assert {str(each) for each in seen} == {
        each.native_id for each in town.truth() if each.source_kind == "discourse"
    }


def test_topics_are_listed_and_their_streams_complete(town: Town, web: Client) -> None:
    topics: list[dict[str, Any]] = []
    number = 0
    while True:
        listed = web.get(f"/forum/latest.json?page={number}").json["topic_list"]
        topics += listed["topics"]
        number += 1
        if "more_topics_url" not in listed:
            break
    assert sorted(topic["id"] for topic in topics) == sorted(each.id for each in town.topics.values())
    longest = max(topics, key=lambda topic: topic["posts_count"])
    assert longest["posts_count"] > 20
    first = web.get(f"/forum/t/{longest['id']}.json").json
    assert len(first["post_stream"]["posts"]) == 20
    rest = first["post_stream"]["stream"][20:]
    query = "&".join(f"post_ids[]={each}" for each in rest[:20])
    by_ids = web.get(f"/forum/t/{longest['id']}/posts.json?{query}").json["post_stream"]["posts"]
    second = web.get(f"/forum/t/{longest['id']}.json?page=2").json["post_stream"]["posts"]
    assert [post["id"] for post in by_ids] == [post["id"] for post in second] == rest[:20]
    assert web.get(f"/forum/t/{longest['id']}.json?page=9").status == 404


def test_categories_hold_their_topics(web: Client) -> None:
    for category in web.get("/forum/categories.json").json["category_list"]["categories"]:
        listed = web.get(f"/forum/c/{category['slug']}/{category['id']}.json").json["topic_list"]["topics"]
        assert {topic["category_id"] for topic in listed} == {category["id"]}


def test_replies_point_at_posts_and_quotes_are_marked(web: Client) -> None:
    posts = web.get("/forum/posts.json?before=900").json["latest_posts"]
    replies = [post for post in posts if post["reply_to_post_number"]]
    assert replies
    assert all(post["reply_to_post_number"] < post["post_number"] for post in replies)
    assert any('<aside class="quote' in post["cooked"] for post in replies)


def test_feedparser_reads_articles_and_every_comment(town: Town, web: Client) -> None:
    rss, atom = (feedparser.parse(io.BytesIO(web.get(f"/blog/{each}/").body)) for each in ("feed", "atom"))
    assert not rss.bozo
    assert not atom.bozo
    assert [entry.id for entry in rss.entries] == [entry.id for entry in atom.entries]
    found = set()
    for entry in rss.entries:
        comments = feedparser.parse(io.BytesIO(web.get(entry.wfw_commentrss).body))
        assert not comments.bozo
        assert len(comments.entries) == int(entry.slash_comments)
        found |= {"comment-" + comment.id.rpartition(":")[2] for comment in comments.entries}
        assert all(
            comment.link.endswith("#comment-" + comment.id.rpartition(":")[2]) for comment in comments.entries
        )
    truths = {
        each.native_id for each in town.truth() if each.source_kind == "feed" and each.flag != "editorial"
    }
    assert found == truths


def test_comment_feeds_come_in_both_formats(town: Town, web: Client) -> None:
    first, second = (blog.path(town.articles[key]) for key in ("1", "2"))
    assert feedparser.parse(io.BytesIO(web.get(f"{first}feed/").body)).version == "atom10"
    assert feedparser.parse(io.BytesIO(web.get(f"{second}feed/").body)).version == "rss20"


def test_sitemaps_name_pages_that_answer(web: Client) -> None:
    index = etree.fromstring(web.get("/sitemap.xml").body)
    maps = index.xpath("//*[local-name()='loc']/text()")
    assert len(maps) == 3
    for each in maps:
        tree = etree.fromstring(web.get(str(each)).body)
        pages = tree.xpath("//*[local-name()='loc']/text()")
        assert len(tree.xpath("//*[local-name()='lastmod']")) == len(pages) > 20
        assert web.get(str(pages[0])).status == web.get(str(pages[-1])).status == 200


@pytest.mark.parametrize(
    "path",
    ["/", "/shop/", "/shop/nordvila/", "/forum/", "/forum/t/1", "/blog/", "/forum/u/nordvila_care.json"],
)
def test_pages_for_people_answer(web: Client, path: str) -> None:
    assert web.get(path).status == 200


@pytest.mark.parametrize(
    "path",
    [
        "/nowhere", "/shop/other/", "/shop/nordvila/p/none/", "/shop/nordvila/?page=99", "/forum/t/99999.json",
        "/forum/c/xx/99.json", "/blog/2020/01/1-x/", "/forum/t/abc.json", "/%00", "/forum/u/nobody.json",
    ],
)  # fmt: skip
def test_what_is_not_there_is_404(web: Client, path: str) -> None:
    assert web.get(path).status == 404


def test_nothing_of_the_truth_is_served(town: Town, web: Client) -> None:
    page = json.dumps(web.get("/forum/posts.json").json)
    for word in ("campaign", "outage", "level", "truth"):
        assert f'"{word}"' not in page
