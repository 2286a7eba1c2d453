"""What every API answers: words of eight languages and hostile ones, handles, odd values, any bytes."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from keyed import HOSTILE, TEXTS
from replays import REPLAYS, answered, items

from crawlers import registry
from crawlers.parsing import Page, Parsed, ParseError

MakePage = Callable[..., Page]
URLS = {
    "googlebusiness": "https://mybusiness.googleapis.com/v4/accounts/1/locations/2/reviews",
    "youtube": "https://www.googleapis.com/youtube/v3/commentThreads?textFormat=plainText",
}
NAMES = ("ozolins", "ozoliņš", "apskati", "did:plc", "76561190000000077")
NO_AUTHOR = ("gdelt",)
EMPTY = {("wordpress", b"[]"), ("woocommerce", b"[]"), ("mastodon", b"[]"), ("gdelt", b"{}")}
"""What looks like nothing and is an answer: a page without items."""
WRONG = {
    "hackernews": b'{"hits": 3}',
    "lemmy": b'{"posts": 3}',
    "steam": b'{"success": 2, "reviews": []}',
    "appstore": b'{"feed": {"entry": 3}}',
    "gdelt": b'{"articles": 3}',
    "mastodon": b'{"error": "x"}',
    "nodebb": b'{"posts": {}}',
    "wordpress": b'{"code": "rest_forbidden"}',
    "woocommerce": b'{"code": "rest_no_route"}',
    "yandexmarket": b'{"status": "ERROR", "errors": []}',
    "heureka": b"<error>key</error>",
}
JSON = [kind for kind in REPLAYS if kind != "heureka"]


def read(make_page: MakePage, kind: str, body: bytes) -> Parsed:
    return registry.parse(kind, make_page(body, URLS.get(kind, "https://api.example.com/x")))


def said(make_page: MakePage, kind: str, *words: str) -> Parsed:
    return read(make_page, kind, answered(kind, items(kind, *words)))


@pytest.mark.parametrize("kind", REPLAYS)
def test_words_of_eight_languages_stay_as_they_were_written(kind: str, make_page: MakePage) -> None:
    parsed = said(make_page, kind, *TEXTS.values())
    assert {mention.text for mention in parsed.mentions} == set(TEXTS.values())
    assert (len(parsed.mentions), parsed.rejects, parsed.warnings) == (len(TEXTS), [], [])
    for mention in parsed.mentions:
        assert mention.source.startswith(f"{kind}:") and mention.published_at
        assert mention.author_hash or kind in NO_AUTHOR
        shown = mention.to_json().lower()
        assert not any(name in shown for name in NAMES)


@pytest.mark.parametrize("kind", REPLAYS)
def test_hostile_words_are_only_words(kind: str, make_page: MakePage) -> None:
    parsed = said(make_page, kind, *HOSTILE)
    assert len(parsed.mentions) == len(HOSTILE)
    for mention in parsed.mentions:
        assert mention.text and "Nordtel" in mention.text and "\x00" not in mention.text
        mention.to_json().encode()


@pytest.mark.parametrize("kind", REPLAYS)
def test_handles_within_words_are_masked(kind: str, make_page: MakePage) -> None:
    (mention,) = said(make_page, kind, "Paldies @janis_77, super!").mentions
    assert mention.text == "Paldies @user, super!"


@pytest.mark.parametrize("kind", REPLAYS)
@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b'{"items": 3}', b"<html>", b"\xff", b"null", b"<a/>"])
def test_no_answer_of_the_api_is_said_so(kind: str, body: bytes, make_page: MakePage) -> None:
    if (kind, body) in EMPTY:
        parsed = registry.parse(kind, make_page(body))
        assert (parsed.mentions, parsed.rejects, parsed.found) == ([], [], 0)
        return
    with pytest.raises(ParseError, match=r"example\.com"):
        registry.parse(kind, make_page(body))


@pytest.mark.parametrize("kind", WRONG)
def test_an_answer_of_another_form_is_said_so(kind: str, make_page: MakePage) -> None:
    with pytest.raises(ParseError, match=r"example\.com"):
        registry.parse(kind, make_page(WRONG[kind]))


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=6,
)


@st.composite
def bent(draw: Any, value: Any) -> Any:
    """A value in which some parts are missing and some are something else."""
    if draw(st.integers(0, 9)) == 0:
        return draw(values)
    if isinstance(value, dict):
        return {name: draw(bent(inner)) for name, inner in value.items() if draw(st.integers(0, 9)) > 0}
    return [draw(bent(inner)) for inner in value] if isinstance(value, list) else value


def check(parsed: Parsed) -> None:
    for mention in parsed.mentions:
        assert mention.text or mention.title or mention.pros or mention.cons or mention.rating is not None
        mention.to_json().encode()


@pytest.mark.parametrize("kind", JSON)
def test_any_json_is_read_or_refused_by_name(kind: str, make_page: MakePage) -> None:
    whole = json.loads(answered(kind, items(kind, "labi", "slikti", "nekā")))

    @settings(max_examples=40, deadline=None)
    @given(value=bent(whole))
    def run(value: Any) -> None:
        try:
            parsed = read(make_page, kind, json.dumps(value).encode())
        except ParseError:
            return
        assert parsed.found == len(parsed.mentions) + len(parsed.rejects)
        check(parsed)

    run()


@pytest.mark.parametrize("kind", REPLAYS)
def test_any_damage_is_read_or_refused_by_name(kind: str, make_page: MakePage) -> None:
    whole = answered(kind, items(kind, "labi", "slikti", "nekā"))
    places = st.integers(0, len(whole))

    @settings(max_examples=30, deadline=None)
    @given(
        start=places,
        end=places,
        instead=st.binary(max_size=8) | st.sampled_from([b"<", b'"', b"&x;", b"]]>"]),
    )
    def run(start: int, end: int, instead: bytes) -> None:
        try:
            check(read(make_page, kind, whole[: min(start, end)] + instead + whole[max(start, end) :]))
        except ParseError as error:
            assert str(error)

    run()
