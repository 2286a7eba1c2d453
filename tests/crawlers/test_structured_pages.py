"""Small pages of our own, one for each trap of the markup, in the languages that people write."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from crawlers import links
from crawlers.authors import AuthorHasher
from crawlers.mention import Mention
from crawlers.parsing import Page, ParseError
from crawlers.sources.structured import look, parse

PAGES = sorted((Path(__file__).parent / "pages" / "structured").glob("*.html"))
NOW = datetime(2025, 6, 1, 12, tzinfo=UTC)
URL = "https://shop.example/page"
SOURCE = "structured:shop.example"


def page(body: str | bytes, url: str = URL, now: datetime = NOW, charset: str | None = None) -> Page:
    raw = body.encode() if isinstance(body, str) else body
    return Page(raw, url, now, AuthorHasher(), charset)


def value(mention: Mention, name: str) -> Any:
    found = getattr(mention, name)
    return found.date().isoformat() if isinstance(found, datetime) else found


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.stem)
def test_a_page_gives_what_is_written_beside_it(path: Path) -> None:
    expected = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))
    parsed = parse(page(path.read_bytes()))
    assert len(parsed.mentions) == parsed.found == len(expected["reviews"])
    for mention, wanted in zip(parsed.mentions, expected["reviews"], strict=True):
        author = wanted.pop("author", None)
        if author:
            assert mention.author_hash == AuthorHasher().hash(SOURCE, author)
        if wanted.pop("anonymous", False):
            assert mention.author_features
            assert mention.author_features["anonymous"] == 1
        assert {name: value(mention, name) for name in wanted} == wanted
    for rating, wanted in zip(parsed.ratings, expected["ratings"], strict=True):
        assert {name: getattr(rating, name) for name in wanted} == wanted
    assert len(parsed.rejects) == expected["rejects"]


def one(review: str, around: str = "") -> Mention:
    script = f'<script type="application/ld+json">{{"@type":"Product","name":"P"{around},"review":{review}}}</script>'
    return parse(page(f"<html lang=en>{script}")).mentions[0]


def test_two_anonymous_authors_are_never_taken_for_one() -> None:
    parsed = parse(page((PAGES[0].parent / "en_alike.html").read_bytes()))
    first, second, _ = parsed.mentions
    assert first.author_hash != second.author_hash
    assert first.native_id != second.native_id


def test_a_relative_date_and_the_place_on_the_page_do_not_change_the_id() -> None:
    review = '{"@type":"Review","author":"A","reviewBody":"fine","datePublished":"DAYS days ago"}'
    newer = '{"@type":"Review","author":"B","reviewBody":"newer"}'
    script = '<script type="application/ld+json">{"@type":"Product","name":"P","review":[REVIEWS]}</script>'
    before = parse(page(script.replace("REVIEWS", review.replace("DAYS", "2")))).mentions[0]
    after = parse(
        page(script.replace("REVIEWS", f"{newer},{review.replace('DAYS', '3')}"), URL + "?page=2")
    ).mentions[1]
    assert before.native_id == after.native_id
    assert before.published_at
    assert before.published_at.date().isoformat() == "2025-05-30"


def test_a_review_keeps_its_own_id_through_an_edit() -> None:
    before = one(
        '{"@type":"Review","@id":"https://shop.example/r/1","reviewBody":"good","reviewRating":{"ratingValue":5}}'
    )
    after = one(
        '{"@type":"Review","@id":"https://shop.example/r/1","reviewBody":"bad","reviewRating":{"ratingValue":1}}'
    )
    assert before.native_id == after.native_id


def test_an_id_that_several_reviews_claim_is_nobodys() -> None:
    items = ",".join(
        f'{{"@type":"Review","@id":"#review","url":"/page","reviewBody":"text {n}"}}' for n in range(3)
    )
    parsed = parse(
        page(
            f'<script type="application/ld+json">{{"@type":"Product","name":"P","review":[{items}]}}</script>'
        )
    )
    assert len({mention.native_id for mention in parsed.mentions}) == 3


@pytest.mark.parametrize(
    ("rating", "expected"),
    [
        ('{"ratingValue":"4,5"}', (4.5, 1, 5)),
        ('{"ratingValue":7}', (7, 1, 10)),
        ('{"ratingValue":72}', (72, 0, 100)),
        ('{"ratingValue":0.5}', (0.5, 0, 5)),
        ('{"ratingValue":"3","worstRating":"5","bestRating":"1"}', (3, 1, 5)),
        ('{"ratingValue":"8/10"}', (8, 1, 10)),
        ('"4"', (4, 1, 5)),
        ('{"ratingValue":{"@value":"3"}}', (3, 1, 5)),
        ('{"ratingValue":"none"}', (None, None, None)),
        ('{"ratingValue":1e400}', (None, None, None)),
    ],
)
def test_a_rating_gets_the_scale_that_it_states_or_the_least_that_fits(
    rating: str, expected: tuple[float, ...]
) -> None:
    mention = one(f'{{"@type":"Review","reviewBody":"x","reviewRating":{rating}}}')
    assert (mention.rating, mention.rating_min, mention.rating_max) == expected


def test_the_scale_of_silent_ratings_is_that_of_their_highest() -> None:
    items = ",".join(
        f'{{"@type":"Review","author":"{n}","reviewRating":{{"ratingValue":{n}}}}}' for n in (3, 9, 5)
    )
    parsed = parse(
        page(
            f'<script type="application/ld+json">{{"@type":"Product","name":"P","review":[{items}]}}</script>'
        )
    )
    assert [mention.rating_max for mention in parsed.mentions] == [10, 10, 10]


@pytest.mark.parametrize("kind", ["ClaimReview", "AggregateRating", "Person"])
def test_what_is_no_review_is_not_taken_for_one(kind: str) -> None:
    script = f'<script type="application/ld+json">{{"@type":"{kind}","reviewBody":"x","ratingValue":3,"author":"a"}}</script>'
    assert parse(page(script)).found == 0


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "cp1257", "cp1251"])
def test_the_stated_encoding_is_obeyed(encoding: str) -> None:
    text = "Отлично, рекомендую" if encoding == "cp1251" else "Ļoti labi, iesaku"
    body = f'<meta charset="{encoding}"><div itemscope itemtype="http://schema.org/Review"><p itemprop="reviewBody">{text}</p></div>'
    assert parse(page(body.encode(encoding))).mentions[0].text == text
    assert parse(page(body.replace("meta", "x").encode(encoding), charset=encoding)).mentions[0].text == text


def test_text_that_looks_like_markup_stays_text() -> None:
    assert (
        one('{"@type":"Review","reviewBody":"I <3 it, 5 < 6 & =HYPERLINK(1)"}').text
        == "I <3 it, 5 < 6 & =HYPERLINK(1)"
    )
    assert one('{"@type":"Review","reviewBody":"a\\ud83d b \\u0000 c"}').text == "a\ufffd b c"


@pytest.mark.parametrize(
    "body", [b"", b"   ", b"\x89PNG\r\n" + bytes(900), b"plain words, no markup", b'{"a": 1}']
)
def test_what_is_no_page_is_named(body: bytes) -> None:
    with pytest.raises(ParseError, match=r"shop\.example"):
        parse(page(body))


def test_scripts_nested_ten_thousand_deep_are_told_and_the_rest_is_read() -> None:
    deep = "[" * 10_000 + "]" * 10_000
    good = '{"@type":"Product","name":"P","review":{"@type":"Review","reviewBody":"still here"}}'
    scripts = "".join(f'<script type="application/ld+json">{text}</script>' for text in (deep, "{{{", good))
    parsed = parse(page(f"<html>{scripts}"))
    assert [mention.text for mention in parsed.mentions] == ["still here"]
    assert [reject.reason.partition(":")[0] for reject in parsed.rejects] == ["unreadable JSON-LD"] * 2
    assert all(reject.where.startswith(URL) for reject in parsed.rejects)


def test_the_handle_is_nowhere_in_the_mention() -> None:
    mention = one(
        '{"@type":"Review","name":"Review by secret_name","author":"secret_name","reviewBody":"ok"}'
    )
    assert "secret_name" not in mention.to_json()


def test_a_page_with_reviews_of_one_thing_is_its_own_and_a_list_is_not() -> None:
    related = "".join(
        f'<div itemscope itemtype="http://schema.org/Product"><a itemprop="url" href="/{n}"><b itemprop="name">{n}</b></a></div>'
        for n in "abc"
    )
    review = '<div itemscope itemtype="http://schema.org/Review"><p itemprop="reviewBody">fine</p></div>'
    assert look(page(f"<html>{review}{related}")).is_product
    listing = look(page(f"<html>{related}"))
    assert not listing.is_product
    assert links.products(listing.web, listing.nodes) == [f"https://shop.example/{n}" for n in "abc"]


@pytest.mark.parametrize(
    ("markup", "url", "following"),
    [
        ('<link rel="next" href="/list?page=2">', "/list", "/list?page=2"),
        ('<a rel="next" href="?p=3">3</a>', "/list?p=2", "/list?p=3"),
        (
            '<div class="pagination"><a href="/list/page/3/">Следующая</a></div>',
            "/list/page/2/",
            "/list/page/3/",
        ),
        (
            '<a href="/list?sort=new&page=2">2</a><a href="/list?sort=new&page=3">3</a>',
            "/list?sort=new",
            "/list?sort=new&page=2",
        ),
        (
            '<nav aria-label="Pagination"><a class="next" href="/list?start=20"><svg/></a></nav>',
            "/list",
            "/list?start=20",
        ),
        ('<a class="slick-next" href="/other-product">›</a>', "/list", None),
        ('<a rel="next" href="https://elsewhere.example/2">next</a>', "/list", None),
        ('<a class="next" href="#">›</a><a href="javascript:void(0)">next</a>', "/list", None),
        ('<div class="pager"><a href="/list?page=1">Další</a></div>', "/list?page=1", None),
    ],
)
def test_the_next_page(markup: str, url: str, following: str | None) -> None:
    base = "https://shop.example"
    found = links.next_page(look(page(f"<html>{markup}", base + url)).web)
    assert found == (base + following if following else None)


def test_the_page_of_all_reviews_lies_below_the_product() -> None:
    markup = """<a href="/lamp/reviews/">all 25</a><a href="/lamp/reviews/17/">one</a><a href="/lamp/reviews/add/">write</a>
    <a href="/other/reviews/">other</a><a href="/reviews/">shop</a><a href="/lamp/hodnoceni?sort=new">recenze</a>"""
    found = links.all_reviews(look(page(f"<html>{markup}", "https://shop.example/lamp/")).web)
    assert found == ["https://shop.example/lamp/reviews/", "https://shop.example/lamp/hodnoceni?sort=new"]
