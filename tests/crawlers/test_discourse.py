"""What Discourse's JSON means, post by post."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crawlers.parsing import Page, Parsed, ParseError
from crawlers.sources.discourse import Place, parse

MakePage = Callable[..., Page]


def post(**changes: Any) -> dict[str, Any]:
    return {
        "id": 70,
        "topic_id": 9,
        "topic_slug": "signals",
        "post_number": 2,
        "post_type": 1,
        "username": "Jānis.K",
        "cooked": "<p>Labs tīkls 👍</p>",
        "created_at": "2026-02-03T04:05:06.789Z",
        "updated_at": "2026-02-03T04:05:06.789Z",
        "version": 1,
        "reply_to_post_number": None,
        "reply_count": 3,
        "actions_summary": [{"id": 2, "count": 5}],
    } | changes


def read(
    make_page: MakePage, *posts: dict[str, Any], url: str = "https://forum.example/posts.json"
) -> Parsed:
    return parse(make_page(json.dumps({"latest_posts": list(posts)}), url))


def test_a_post_becomes_a_mention(make_page: MakePage) -> None:
    (mention,) = read(make_page, post()).mentions
    assert (mention.source, mention.kind, mention.native_id) == ("discourse:forum.example", "reply", "70")
    assert mention.text == "Labs tīkls 👍"
    assert mention.url == "https://forum.example/t/signals/9/2"
    assert (mention.likes, mention.replies, mention.rating) == (5, 3, None)
    assert (
        mention.published_at is not None
        and mention.published_at.isoformat() == "2026-02-03T04:05:06.789000+00:00"
    )
    assert mention.edited_at is None
    assert mention.author_hash and "nis" not in mention.to_json().replace(str(mention.author_features), "")


def test_equal_handles_hash_equally_on_one_forum_only(make_page: MakePage) -> None:
    here, again = read(make_page, post(), post(id=71, username="jānis.k ")).mentions
    (there,) = read(make_page, post(), url="https://other.example/posts.json").mentions
    assert here.author_hash == again.author_hash != there.author_hash


def test_words_of_others_are_left_out_and_handles_masked(make_page: MakePage) -> None:
    cooked = """
    <aside class="quote" data-username="Ozols"><div class="title">Ozols:</div><blockquote><p>not mine</p></blockquote></aside>
    <p><a class="mention" href="/u/zane_b">@zane_b</a> piegāde <b>kavējās</b>, raksti info@nordtel.example
    <img class="emoji" alt=":angry:" src="/x.png"></p>
    <aside class="onebox"><article>preview of a page</article></aside>
    <div class="lightbox-wrapper"><a href="/i.jpg"><img src="/i.jpg"><div class="meta"><span>i.jpg 900×600</span></div></a></div>
    <script>alert(1)</script><p>Ještě čekám.</p>"""
    (mention,) = read(make_page, post(cooked=cooked)).mentions
    assert mention.text == "@user piegāde kavējās, raksti info@nordtel.example :angry:\nJeště čekám."


def test_who_is_answered(make_page: MakePage) -> None:
    posts = [post(id=70, post_number=1), post(id=75, post_number=2, reply_to_post_number=1)]
    posts.append(post(id=80, post_number=9, reply_to_post_number=7))
    first, second, third = read(make_page, *posts).mentions
    assert (first.kind, first.parent_id) == ("post", None)
    assert (second.kind, second.parent_id) == ("reply", "70")
    assert third.parent_id == "9:7"


def test_an_edit_shows(make_page: MakePage) -> None:
    (mention,) = read(make_page, post(version=3, updated_at="2026-02-05T00:00:00+02:00")).mentions
    assert mention.edited_at is not None and mention.edited_at.isoformat() == "2026-02-04T22:00:00+00:00"


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"hidden": True}, "hidden"),
        ({"deleted_at": "2026-01-01T00:00:00Z"}, "deleted"),
        ({"user_deleted": True}, "deleted"),
        ({"action_code": "closed.enabled"}, "system post"),
        ({"post_type": 3}, "system post"),
        ({"post_type": 4}, "system post"),
        ({"user_id": -1}, "system user"),
        ({"id": None}, "post without an id"),
        ({"cooked": "<p><img src='/x.png'></p>"}, "no text of its own"),
    ],
)
def test_what_is_not_anybodys_word_is_rejected_with_its_reason(
    make_page: MakePage, changes: dict[str, Any], reason: str
) -> None:
    parsed = read(make_page, post(**changes))
    assert (parsed.mentions, parsed.found) == ([], 1)
    assert parsed.rejects[0].reason == reason
    assert "tīkls" not in parsed.rejects[0].raw and "nis.K" not in parsed.rejects[0].raw


def test_strange_values_do_not_stop_the_page(make_page: MakePage) -> None:
    odd = post(created_at="yesterday", reply_count=-4, actions_summary="none", username=7, topic_slug=None)
    good, other = read(make_page, odd, post(id=71)).mentions
    assert (good.published_at, good.replies, good.likes, good.author_hash) == (None, None, 0, None)
    assert good.url == "https://forum.example/t/-/9/2"
    assert other.native_id == "71"


def test_lone_surrogates_and_control_characters_can_be_stored(make_page: MakePage) -> None:
    body = '{"latest_posts": [{"id": 1, "post_number": 1, "topic_id": 1, "cooked": "<p>a\\ud800b\\u0000c \\ud83d\\ude00</p>"}]}'
    (mention,) = parse(make_page(body)).mentions
    assert mention.text is not None and mention.text.endswith("😀")
    mention.to_json().encode()


def test_the_sources_own_address_of_a_post_is_used_below_a_folder(make_page: MakePage) -> None:
    url = "https://example.com/kopiena/posts.json?before=9"
    (mention,) = read(make_page, post(post_url="/kopiena/t/signals/9/2"), url=url).mentions
    assert mention.url == "https://example.com/kopiena/t/signals/9/2"
    (plain,) = read(make_page, post(post_url="//evil.example/x"), url=url).mentions
    assert plain.url == "https://example.com/kopiena/t/signals/9/2"


@pytest.mark.parametrize(
    ("url", "place"),
    [
        ("https://f.example", Place("https://f.example")),
        ("https://f.example/latest", Place("https://f.example")),
        ("https://f.example/forum/", Place("https://f.example/forum")),
        ("https://f.example/t/some-words/88/4", Place("https://f.example", topic=88)),
        ("https://f.example/t/88", Place("https://f.example", topic=88)),
        ("https://f.example/forum/t/88.json", Place("https://f.example/forum", topic=88)),
        ("https://f.example/c/phones/12/l/latest", Place("https://f.example", listing="c/phones/12")),
        ("https://f.example/c/a/b/12", Place("https://f.example", listing="c/a/b/12")),
        ("https://f.example/tag/fiber", Place("https://f.example", listing="tag/fiber")),
    ],
)
def test_addresses_of_a_forum(url: str, place: Place) -> None:
    assert Place.of(url) == place


@pytest.mark.parametrize(
    "body", [b"", b"<html>", b"[]", b"{}", b"null", b'{"post_stream": 5}', b'"x"', b"\xff\xfe"]
)
def test_no_discourse_is_said_so(make_page: MakePage, body: bytes) -> None:
    with pytest.raises(ParseError, match=r"example\.com"):
        parse(make_page(body))


def test_no_page_takes_long(make_page: MakePage, within: Callable[..., None]) -> None:
    deep = "<div>" * 20_000 + "<p>a" * 300_000
    within(2.0, read, make_page, *(post(id=number, cooked=deep) for number in range(5)))
    within(2.0, read, make_page, *(post(id=number) for number in range(20_000)))
    within(2.0, read, make_page, post(cooked="@a.-" * 400_000))


@settings(max_examples=150, deadline=None)
@given(body=st.binary(max_size=200))
def test_any_bytes_are_read_or_refused_by_name(body: bytes, make_page: MakePage) -> None:
    with pytest.raises(ParseError):
        parse(make_page(body))
