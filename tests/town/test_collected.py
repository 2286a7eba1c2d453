"""The parsers of the crawlers get out of the town's pages exactly what is true about it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from crawlers.authors import AuthorHasher
from crawlers.mention import Mention
from crawlers.parsing import Page
from crawlers.sources import discourse, feed, structured
from data.town import Town
from data.town.catalogue import products
from data.town.pages import blog, shop
from tests.town.conftest import Client

NOW = datetime(2026, 11, 22, tzinfo=UTC)


def page(web: Client, path: str) -> Page | None:
    reply = web.get(path)
    return Page(reply.body, web.running.origin + path, NOW, AuthorHasher()) if reply.status == 200 else None


def collected(town: Town, web: Client) -> Iterator[Mention]:
    for product in products():
        number = 1
        while got := page(web, f"{shop.path(product)}?page={number}"):
            yield from structured.parse(got).mentions
            number += 1
    for top in range(50, len(town.posts()) + 50, 50):
        got = page(web, f"/forum/posts.json?before={top}")
        assert got
        yield from discourse.parse(got).mentions
    for path in ("/blog/feed/", *(f"{blog.path(each)}feed/" for each in town.articles.values())):
        got = page(web, path)
        assert got
        yield from feed.parse(got).mentions


@pytest.fixture(scope="module")
def mentions(town: Town, web: Client) -> list[Mention]:
    return list(collected(town, web))


def test_every_mention_comes_out_as_it_was_said(town: Town, mentions: list[Mention]) -> None:
    truths = {(each.source_kind, each.native_id): each for each in town.truth()}
    found = {(each.source.partition(":")[0], each.native_id): each for each in mentions}
    assert found.keys() == truths.keys()
    for key, mention in found.items():
        true = truths[key]
        assert mention.published_at == true.published_at
        assert mention.rating == true.stars
        assert mention.text == true.text or "@" in (mention.text or "")
        assert mention.author_hash == AuthorHasher().hash(mention.source, true.author)
        assert mention.edited_at is None or key[0] == "discourse"


@pytest.mark.parametrize("kind", ["discourse", "feed"])
def test_replies_know_what_they_answer(mentions: list[Mention], kind: str) -> None:
    own = [each for each in mentions if each.source.startswith(kind) and each.kind == "reply"]
    assert sum(each.parent_id is not None for each in own) > 50


def test_owners_replies_stand_with_the_reviews(mentions: list[Mention]) -> None:
    assert sum(each.owner_reply is not None for each in mentions) > 5
