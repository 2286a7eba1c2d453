"""Forum postings, comments, questions and answers as schema.org items."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crawlers.mention import Mention
from crawlers.parsing import Page, Parsed, ParseError
from crawlers.sources.structured import parse

MakePage = Callable[..., Page]
URL = "https://forums.example/t/nordtel-atbalsts/12?page=2"


def ld(value: Any) -> str:
    return f"<html lang='lv'><script type='application/ld+json'>{json.dumps(value)}</script></html>"


def comment(number: int, text: str, **more: Any) -> dict[str, Any]:
    person = {"@type": "Person", "name": f"Žanis_{number}"}
    stated = {
        "@type": "Comment",
        "text": text,
        "author": person,
        "datePublished": "2026-03-14T09:30:00+02:00",
    }
    return stated | {"url": f"https://forums.example/t/nordtel-atbalsts/12/{number}"} | more


def posting(**more: Any) -> dict[str, Any]:
    return {
        "@context": "https://schema.org",
        "@type": "DiscussionForumPosting",
        "headline": "Vai Nordtel atbalsts strādā?",
        "text": "Gaidu trešo dienu, @janis_k 😡",
        "url": "https://forums.example/t/nordtel-atbalsts/12",
        "author": {"@type": "Person", "name": "Ilze Ozola"},
        "datePublished": "2026-03-13",
        "interactionStatistic": {
            "@type": "InteractionCounter", "interactionType": "https://schema.org/LikeAction", "userInteractionCount": 7,
        },
        "comment": [comment(2, "Man strādā", comment=[comment(3, "Man gan ne")]), comment(4, "Zvani viņiem")],
    } | more  # fmt: skip


def read(make_page: MakePage, value: Any, url: str = URL) -> list[Mention]:
    return parse(make_page(ld(value), url)).mentions


def test_a_thread_with_its_comments(make_page: MakePage) -> None:
    first, second, third, fourth = read(make_page, posting())
    assert (first.source, first.kind, first.parent_id) == ("structured:forums.example", "post", None)
    assert (first.title, first.text) == ("Vai Nordtel atbalsts strādā?", "Gaidu trešo dienu, @user 😡")
    assert (first.likes, first.replies, first.rating, first.product) == (7, 2, None, None)
    assert [one.kind for one in (second, third, fourth)] == ["comment", "reply", "comment"]
    assert [one.parent_id for one in (second, third, fourth)] == [
        first.native_id,
        second.native_id,
        first.native_id,
    ]
    assert {one.title for one in (second, third, fourth)} == {"Vai Nordtel atbalsts strādā?"}
    assert second.published_at is not None and second.published_at.isoformat() == "2026-03-14T07:30:00+00:00"
    assert all(one.author_hash and "anis_" not in one.to_json() for one in (second, third, fourth))


def test_the_opening_post_has_one_identity_on_all_pages_of_its_thread(make_page: MakePage) -> None:
    for changes in ({}, {"url": None}):
        value = {key: stated for key, stated in posting(**changes).items() if stated is not None}
        ids = {
            read(make_page, value, f"https://forums.example/t/nordtel-atbalsts/12{page}")[0].native_id
            for page in ("", "?page=2")
        }
        edited = read(make_page, value | {"text": "Jau atrisināts"}, URL)[0].native_id
        assert ids == {edited}


def test_microdata_beside_json_ld_is_one_posting(make_page: MakePage) -> None:
    micro = """<div itemscope itemtype="https://schema.org/DiscussionForumPosting"><h1 itemprop="headline">Vai Nordtel atbalsts strādā?</h1>
      <div itemprop="text">Gaidu trešo dienu, @janis_k 😡</div><span itemprop="author" itemscope itemtype="https://schema.org/Person">
      <b itemprop="name">Ilze Ozola</b></span><time itemprop="datePublished" datetime="2026-03-13"></time>
      <div itemprop="comment" itemscope itemtype="https://schema.org/Comment"><p itemprop="text">Tikai te</p></div></div>"""
    mentions = parse(make_page(ld(posting()).replace("</html>", micro), URL)).mentions
    assert sorted(one.text or "" for one in mentions) == [
        "Gaidu trešo dienu, @user 😡", "Man gan ne", "Man strādā", "Tikai te", "Zvani viņiem",
    ]  # fmt: skip


def test_questions_and_answers(make_page: MakePage) -> None:
    answers = [
        comment(5, "Taip, veikia", **{"@type": "Answer", "upvoteCount": 3}),
        comment(6, "Ne", **{"@type": "Answer"}),
    ]
    question = {
        "@type": "Question", "name": "Ar veikia 5G?", "text": "Ar veikia 5G kaime?", "author": {"name": "Ona"},
        "upvoteCount": 4, "acceptedAnswer": answers[0], "suggestedAnswer": answers,
    }  # fmt: skip
    first, *others = read(make_page, {"@type": "QAPage", "mainEntity": question})
    assert (first.kind, first.title, first.text, first.likes) == (
        "post",
        "Ar veikia 5G?",
        "Ar veikia 5G kaime?",
        4,
    )
    assert [(one.kind, one.text, one.parent_id, one.likes) for one in others] == [
        ("reply", "Taip, veikia", first.native_id, 3), ("reply", "Ne", first.native_id, None),
    ]  # fmt: skip


def test_comments_under_an_article_are_comments_and_the_article_is_not(make_page: MakePage) -> None:
    article = {
        "@type": "NewsArticle",
        "headline": "Nordtel ceļ cenas",
        "articleBody": "…",
        "comment": [comment(2, "Kauns!")],
    }
    (mention,) = read(make_page, article)
    assert (mention.kind, mention.title, mention.text, mention.parent_id) == (
        "comment",
        "Nordtel ceļ cenas",
        "Kauns!",
        None,
    )


def test_what_the_site_asks_itself_and_what_stands_under_a_review_are_left_out(make_page: MakePage) -> None:
    faq = {
        "@type": "FAQPage",
        "mainEntity": [
            {"@type": "Question", "name": "Kā pasūtīt?", "acceptedAnswer": {"@type": "Answer", "text": "Tā."}}
        ],
    }
    assert read(make_page, faq) == []
    assert read(make_page, faq["mainEntity"]) == []
    reply = {"@type": "Comment", "text": "Paldies!", "author": {"@type": "Organization", "name": "Nordtel"}}
    review = {
        "@type": "Review",
        "reviewBody": "Labi",
        "author": "Jana",
        "comment": reply,
        "itemReviewed": {"@type": "Product", "name": "X"},
    }
    (mention,) = read(make_page, review)
    assert (mention.kind, mention.owner_reply) == ("review", "Paldies!")


def test_a_link_with_a_title_alone_says_that(make_page: MakePage) -> None:
    (mention,) = read(make_page, {"@type": "DiscussionForumPosting", "headline": "Nordtel nestrādā"})
    assert (mention.kind, mention.title, mention.text) == ("post", None, "Nordtel nestrādā")


def sound(page: Page) -> Parsed | None:
    try:
        parsed = parse(page)
    except ParseError:
        return None
    ids = [mention.native_id for mention in parsed.mentions]
    assert len(set(ids)) == len(ids)
    for mention in parsed.mentions:
        assert mention.text or mention.title or mention.rating is not None
        mention.to_json().encode()
    return parsed


KEYS = (
    "@type",
    "@id",
    "comment",
    "text",
    "name",
    "headline",
    "author",
    "url",
    "suggestedAnswer",
    "mainEntity",
    "review",
    "datePublished",
)
TYPES = (
    "Comment",
    "DiscussionForumPosting",
    "Question",
    "Answer",
    "Review",
    "FAQPage",
    "NewsArticle",
    "https://forums.example/t",
    "#a",
)


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    value=st.recursive(
        st.none() | st.booleans() | st.floats() | st.text(max_size=12) | st.sampled_from(TYPES),
        lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(KEYS), inner | st.sampled_from(TYPES), max_size=6),
        max_leaves=30,
    )
)  # fmt: skip
def test_any_json(value: object, make_page: MakePage) -> None:
    sound(make_page(ld(value), URL))


HOSTILE = {
    "never closed": "<div itemscope itemtype='http://schema.org/Comment' itemprop=comment><p itemprop=text>x"
    * 4_000,
    "many": ld([{"@type": "Comment", "text": f"t{n}", "author": f"a{n}"} for n in range(8_000)]),
    "one text": ld(
        [{"@type": "Answer", "text": "the same words by all", "author": f"a{n}"} for n in range(5_000)]
    ),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_no_page_takes_two_seconds(name: str, make_page: MakePage, within: Callable[..., None]) -> None:
    within(2.0, sound, make_page(HOSTILE[name], URL))
