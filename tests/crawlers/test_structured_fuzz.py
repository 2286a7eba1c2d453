"""Any bytes end as mentions or as a ParseError, in time; small readers keep their promises on any text."""

from __future__ import annotations

import json
import random
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crawlers import links
from crawlers.authors import AuthorHasher
from crawlers.parsing import Page, Parsed, ParseError
from crawlers.sources.structured import look

NOW = datetime(2025, 6, 1, 12, tzinfo=UTC)
PAGES = sorted((Path(__file__).parent / "pages" / "structured").glob("*.html"))
QUICK = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def read(body: bytes) -> Parsed | None:
    """What comes out must be sound: unique ids, something said, JSON that encodes, links on the same host."""
    try:
        found = look(Page(body, "https://shop.example/page", NOW, AuthorHasher()))
    except ParseError:
        return None
    for mention in found.parsed.mentions:
        assert mention.text or mention.title or mention.pros or mention.cons or mention.rating is not None
        json.loads(mention.to_json().encode())
    ids = [mention.native_id for mention in found.parsed.mentions]
    assert len(set(ids)) == len(ids)
    urls = [
        *links.products(found.web, found.nodes),
        *links.all_reviews(found.web),
        *links.categories(found.web),
    ]
    following = links.next_page(found.web)
    assert all(
        url.startswith(("http://shop.example", "https://shop.example"))
        for url in [*urls, *filter(None, [following])]
    )
    return found.parsed


@QUICK
@given(st.binary(max_size=2_000))
def test_any_bytes(body: bytes) -> None:
    read(body)


@QUICK
@given(
    st.recursive(
        st.none() | st.booleans() | st.floats() | st.text(max_size=20),
        lambda inner: (
            st.lists(inner, max_size=4)
            | st.dictionaries(
                st.sampled_from(
                    (
                        "@type",
                        "@id",
                        "review",
                        "name",
                        "reviewBody",
                        "reviewRating",
                        "ratingValue",
                        "bestRating",
                        "author",
                        "datePublished",
                        "itemReviewed",
                        "url",
                        "comment",
                        "positiveNotes",
                        "@graph",
                        "interactionStatistic",
                    )
                ),
                inner | st.sampled_from(("Review", "Product", "4,5", "#r", "2020-02-30", "⭐")),
                max_size=6,
            )
        ),
        max_leaves=30,
    )
)
def test_any_json(value: object) -> None:
    read(f'<script type="application/ld+json">{json.dumps(value)}</script>'.encode())


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.stem)
def test_mutated_pages(path: Path) -> None:
    whole, chance = path.read_bytes(), random.Random(path.stem)
    for _ in range(60):
        body = bytearray(whole)
        for _ in range(chance.randrange(1, 12)):
            place = chance.randrange(len(body))
            mutate(body, place, chance)
        read(bytes(body))


def mutate(body: bytearray, place: int, chance: random.Random) -> None:
    kinds: list[Callable[[], object]] = [
        lambda: body.__setitem__(place, chance.randrange(256)),
        lambda: body.__delitem__(slice(place, place + chance.randrange(60))),
        lambda: body.__setitem__(slice(place, place), body[place : place + 80] * 3),
        lambda: body.__setitem__(
            slice(place, place),
            chance.choice([b"<", b'"', b"\x00", b"</div>", b"{", b"]", b"\xff\xfe", b"<!--"]),
        ),
    ]
    chance.choice(kinds)()
    if not body:
        body.append(60)


HOSTILE = {
    "reviews never closed": b'<div itemscope itemtype="http://schema.org/Review" itemprop=review><div itemprop=reviewBody>' * 5_000,
    "hreviews never closed": b'<div class="hreview"><span class="description">' * 3_000,
    "tags never closed": b"<div class='product'><a href='/x'>" * 30_000,
    "references to all": b'<div itemscope itemtype="http://schema.org/Review" itemref="r">' * 300 + b"<div id=r>" + b"<p itemprop=reviewBody>x</p>" * 3_000,
    "one text, many authors": b'<script type="application/ld+json">[' + b",".join(b'{"@type":"Review","reviewBody":"the same words by all of us","author":"a%d"}' % i for i in range(5_000)) + b"]</script>",
    "braces": b'<script type="application/ld+json">' + b"{" * 1_000_000 + b"</script>",
    "quotation marks": b'<script type="application/ld+json">{"a":"' + b'x"y ' * 200_000 + b"}</script>",
    "dates that are none": b'<script type="application/ld+json">[' + b",".join(b'{"@type":"Review","reviewBody":"t%d","datePublished":"xx %d ago"}' % (i, i) for i in range(2_000)) + b"]</script>",
    "entities": b'<p itemscope itemtype="x/Review"><b itemprop=reviewBody>' + b"&amp;" * 1_000_000,
}  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_no_page_takes_two_seconds(name: str) -> None:
    began = time.process_time()
    read(HOSTILE[name])
    assert time.process_time() - began < 2.0
